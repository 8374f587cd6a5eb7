import { z } from 'zod';
import type { Dataset } from '../../../core/data/dataset.js';
import { type ModelFormat, withFormat } from '../../../core/formats/prepare-model.js';
import { materialize } from '../../../core/models/materialize.js';
import { decodeModel } from '../../../core/onnx/decode.js';
import { encodeModel } from '../../../core/onnx/encode.js';
import type { Model } from '../../../core/onnx/graph.js';
import { compressAll, compressionStages, parseCompression } from '../../../core/reshaping/index.js';
import type { HistoryPoint } from '../../../core/training/checkpoint.js';
import { fit } from '../../../core/training/fit.js';
import { imagesInAll, type TrainingPlan } from '../../../core/training/training-plan.js';
import type { StepContext } from '../step-kind.js';
import { checkpointIn } from './train-step.js';

/** What is compressed how, and fine-tuned on what. */
export interface CompressionWork {
  readonly compression: string;
  readonly seed: number;
  readonly format: ModelFormat;
  readonly data: Dataset;
  /** First training images that are used. */
  readonly images: number;
  /** Fine-tuning after each stage; none when absent. */
  readonly plan?: TrainingPlan | undefined;
  readonly threads?: number | undefined;
}

/** A compressed model, quantized weights not yet as integers. */
export interface Tuned {
  readonly tuned: Model;
  readonly history: readonly HistoryPoint[];
  /** Training images seen, repetitions included. */
  readonly images: number;
}

/** Under this key a stage keeps its checkpoint. @param key of the step */
export const stageKey = (key: string, stage: number): string => `${key}/${stage}`;

/**
 * Compresses stage by stage, with fine-tuning behind each: pruned weights learn to do without the others
 * before they are clustered, centroids before they are quantized (Han, Mao and Dally 2016, Fig. 1).
 */
export async function compressed(plain: Model, work: CompressionWork, context: StepContext): Promise<Tuned> {
  const stages = compressionStages(parseCompression(work.compression));
  const perStage = work.plan ? imagesInAll(work.plan, work.images) : 0;
  const total = perStage * stages.length;
  const { progress, runtime } = context;
  if (work.plan) progress.begin(`fine-tuning: ${work.compression}`, total, 'images');
  let model = plain;
  let history: readonly HistoryPoint[] = [];
  for (const [at, { choice, replaces }] of stages.entries()) {
    const kept = work.plan && (await keptStage(context, at));
    if (kept) {
      ({ model, history } = kept);
      continue;
    }
    const base = replaces ? await materialize(model, runtime) : model;
    model = compressAll(base, choice, work.seed);
    if (!work.plan) continue;
    const done = perStage * at;
    const result = await fineTuned(model, { ...work, plan: work.plan, stage: at, done }, context);
    model = result.tuned;
    history = [...history, ...result.history.map((point) => ({ ...point, images: point.images + done }))];
    if (at < stages.length - 1) await keepStage(context, at, { model, history });
  }
  const loss = history.at(-1)?.loss.toFixed(4);
  if (work.plan) progress.end(loss === undefined ? undefined : `loss ${loss}`);
  return { tuned: model, history, images: total };
}

/** What the stages so far came to. */
interface Stage {
  readonly model: Model;
  readonly history: readonly HistoryPoint[];
}

const pointsSchema = z.array(z.object({ images: z.number(), loss: z.number(), accuracy: z.number() }));

/** The model comes last: once it is there, so is the rest. */
async function keepStage({ scratch, kept }: StepContext, at: number, stage: Stage): Promise<void> {
  await scratch.write(`stage-${at}.json`, JSON.stringify(stage.history));
  await scratch.write(`stage-${at}.onnx`, encodeModel(stage.model));
  await kept();
}

async function keptStage({ scratch }: StepContext, at: number): Promise<Stage | undefined> {
  const [points, model] = [await scratch.read(`stage-${at}.json`), await scratch.read(`stage-${at}.onnx`)];
  if (!points || !model) return undefined;
  const history = pointsSchema.parse(JSON.parse(new TextDecoder().decode(points)));
  return { model: decodeModel(model), history };
}

interface FineTuning extends CompressionWork {
  readonly plan: TrainingPlan;
  readonly stage: number;
  /** Images that the stages before have seen. */
  readonly done: number;
}

/** The model after its fine-tuning: all that was trained, in the model as its file has it. */
async function fineTuned(model: Model, work: FineTuning, context: StepContext): Promise<Tuned> {
  const { plan, format, data, stage, done, threads } = work;
  const { runtime, progress, signal } = context;
  const kind = plan.adversary === undefined ? '' : 'adversarial ';
  const trainee = withFormat(model, format, data.dims, 'the model');
  const result = await fit(trainee, data.train.slice(0, work.images), {
    ...{ runtime, plan },
    checkpoint: {
      store: checkpointIn(context),
      key: stageKey(context.key, stage),
      everySeconds: context.checkpointSeconds,
    },
    onProgress: ({ images, loss, accuracy }) =>
      progress.advance(
        done + images,
        `${kind}loss ${loss.toFixed(3)}  accuracy ${(100 * accuracy).toFixed(1)} %`,
      ),
    ...(threads && { threads }),
    ...(signal && { signal }),
  });
  const trained = result.model.graph.initializers;
  const initializers = new Map(
    [...model.graph.initializers].map(([name, value]) => {
      const found = trained.get(name);
      const isSame = found?.dtype === value.dtype && String(found.dims) === String(value.dims);
      return [name, isSame ? found : value] as const;
    }),
  );
  const metadata = new Map([...model.metadata, ...defenceOf(result.model)]);
  const tuned = { ...model, metadata, graph: { ...model.graph, initializers } };
  return { tuned, history: result.history, images: result.images };
}

/** What `fit` says in the metadata of the defence that it trained with. */
const defenceOf = ({ metadata }: Model): [string, string][] =>
  [...metadata].filter(([key]) => key === 'foolproof.adversary' || key === 'foolproof.distillation');
