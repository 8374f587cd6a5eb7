import type { Progress } from '../../../core/base/progress.js';
import type { Rate } from '../../../core/base/statistics.js';
import type { Dataset } from '../../../core/data/dataset.js';
import type { ModelUnderTest } from '../../../core/models/model-under-test.js';
import { compressionStages } from '../../../core/reshaping/index.js';
import type { Runtime } from '../../../core/runtime/runtime.js';
import { decodeCheckpoint } from '../../../core/training/checkpoint.js';
import { imagesAfter, imagesInAll, type TrainingPlan } from '../../../core/training/training-plan.js';
import { datasetDigest } from '../../datasets/split-digest.js';
import type { ArtifactStore } from '../../store/artifact-store.js';
import { DataSource } from '../../work/data-source.js';
import { type Finished, metaOf, readArtifact } from '../../work/executor.js';
import { InProcessExecutor } from '../../work/in-process.js';
import { askedFormat } from '../../work/kinds/audited-model.js';
import { stageKey } from '../../work/kinds/compress-stages.js';
import type { MetaOf } from '../../work/kinds/index.js';
import { CHECKPOINT } from '../../work/kinds/train-step.js';
import { type Plan, type Step, stepOf } from '../../work/plan.js';
import { keyContextOf, keyedSteps } from '../../work/step-keys.js';
import type { Strength } from './compress-options.js';

export interface CompressionRun {
  readonly runtime: Runtime;
  /** As its file has it, and brought together with the data. */
  readonly file: Uint8Array;
  readonly model: ModelUnderTest;
  readonly data: Dataset;
  /** First training images that are used. */
  readonly trainImages: number;
  readonly testImages: number;
  readonly seed: number;
  readonly strengths: readonly Strength[];
  readonly finetuning: TrainingPlan | undefined;
  readonly threads?: number | undefined;
  readonly store: ArtifactStore;
  readonly checkpointSeconds: number;
  /** Hears, before anything is done, of a checkpoint: images seen, of how many. */
  readonly onStart: (found: { readonly images: number; readonly total: number } | undefined) => void;
  /** Hears of each model when it is complete, before its accuracy is measured. */
  readonly onCompressed: (strength: number, file: Uint8Array) => Promise<void>;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** What came of a compression. */
export interface CompressedModel extends MetaOf<'compress'> {
  readonly file: Uint8Array;
  readonly testAccuracy: Rate;
}

const BEFORE = 'accuracy before';
const compressionId = (at: number) => `compression ${at + 1}`;
const accuracyId = (at: number) => `accuracy ${at + 1}`;

/**
 * Accuracy of a model, its compressions, and the accuracy of each, as steps.
 * @throws ToolkitError `interrupted` after the signal, or the reason of the signal; as the steps
 */
export async function runCompression(options: CompressionRun): Promise<{
  readonly before: Rate;
  readonly compressed: readonly CompressedModel[];
}> {
  const { runtime, data, store, strengths, progress, signal, checkpointSeconds } = options;
  const digest = datasetDigest(data);
  const plan = await planOf(options, { name: data.name, digest });
  options.onStart(await checkpointOf(plan, options));
  const executor = new InProcessExecutor({
    ...{ runtime, store, checkpointSeconds },
    data: new DataSource(store, new Map([[digest, data]])),
  });
  const finished = new Map<string, Finished>();
  const files = new Map<number, Uint8Array>();
  try {
    for await (const step of executor.run(plan, { progress, ...(signal && { signal }) })) {
      finished.set(step.step.id, step);
      const at = strengths.findIndex((_, i) => compressionId(i) === step.step.id);
      if (at < 0) continue;
      const file = await readArtifact(step, 'model.onnx');
      files.set(at, file);
      await options.onCompressed(at, file);
    }
  } finally {
    await executor.close();
  }
  const found = (id: string): Finished => {
    const step = finished.get(id);
    if (!step) throw new Error(`${id} has ended without a result`);
    return step;
  };
  return {
    before: metaOf(found(BEFORE), 'test-accuracy').accuracy,
    compressed: strengths.map((_, at) => ({
      ...metaOf(found(compressionId(at)), 'compress'),
      file: files.get(at) ?? new Uint8Array(),
      testAccuracy: metaOf(found(accuracyId(at)), 'test-accuracy').accuracy,
    })),
  };
}

async function planOf(options: CompressionRun, data: { name: string; digest: string }): Promise<Plan> {
  const { store, file, strengths, trainImages, testImages, seed, finetuning, threads } = options;
  const model = { sha256: await store.put(file) };
  const format = askedFormat(options.model);
  // What is rounded by the range of a batch is measured as it is mostly deployed: one image at a time.
  const formatOf = ({ activations }: Strength) =>
    activations.name === 'dynamic' ? { ...format, deployedBatch: 1 } : format;
  const measured = { data, images: testImages, seed };
  const before = stepOf('test-accuracy', {
    id: BEFORE,
    title: 'measuring accuracy before',
    parameters: { ...measured, model: format },
    inputs: { model },
  });
  const steps = strengths.flatMap((strength, at): Step[] => [
    stepOf('compress', {
      id: compressionId(at),
      title: strength.compression.text,
      parameters: {
        ...{ data, model: format, images: trainImages, seed },
        compression: strength.compression.text,
        activations: strength.activations.text,
        ...(finetuning && { training: { ...finetuning } }),
        ...(threads !== undefined && { threads }),
      },
      inputs: { model },
    }),
    stepOf('test-accuracy', {
      id: accuracyId(at),
      title: `measuring ${strength.compression.text}`,
      parameters: { ...measured, model: formatOf(strength) },
      inputs: { model: { step: compressionId(at), artifact: 'model.onnx' } },
    }),
  ]);
  return { schema: 'foolproof.plan/1', steps: [before, ...steps] };
}

/** The checkpoint of the first fine-tuning that has one. */
async function checkpointOf(plan: Plan, options: CompressionRun) {
  const { runtime, store, finetuning, trainImages, strengths } = options;
  if (!finetuning) return undefined;
  const keyed = keyedSteps(plan, keyContextOf(runtime)).filter(({ step }) => step.kind === 'compress');
  for (const [at, { key }] of keyed.entries()) {
    const bytes = await store.step('compress', key).scratch.read(CHECKPOINT);
    const stages = compressionStages(strengths[at]?.compression ?? { steps: [], text: '' });
    const perStage = imagesInAll(finetuning, trainImages);
    for (const stage of stages.keys()) {
      const checkpoint = bytes && decodeCheckpoint(bytes, stageKey(key, stage));
      if (!checkpoint) continue;
      const images = stage * perStage + imagesAfter(checkpoint.header.step, trainImages, finetuning);
      return { images, total: stages.length * perStage };
    }
  }
  return undefined;
}
