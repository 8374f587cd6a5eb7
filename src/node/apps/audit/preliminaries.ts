import { FILE_GRID, type ValueGrid } from '../../../core/attacks/harness/value-grid.js';
import type { Dataset } from '../../../core/data/dataset.js';
import type { PlannedAttack, SuiteNeeds } from '../../../core/evaluation/attack-suite.js';
import { needsOf, oddGrid } from '../../../core/evaluation/findings/probe-findings.js';
import { type Source, SUBSTITUTE } from '../../../core/evaluation/gradient-sources.js';
import type { Probes } from '../../../core/evaluation/probes/index.js';
import { trainingCost } from '../../../core/evaluation/substitute.js';
import { Classifier } from '../../../core/models/classifier.js';
import type { ModelUnderTest } from '../../../core/models/model-under-test.js';
import { decodeModel } from '../../../core/onnx/decode.js';
import { type Finished, metaOf, readArtifact } from '../../work/executor.js';
import { askedFormat } from '../../work/kinds/audited-model.js';
import { MODEL } from '../../work/kinds/step-parts.js';
import { type Step, stepOf } from '../../work/plan.js';
import type { RunAuditOptions } from './audit-options.js';
import type { Throughput } from './throughput.js';

/** Inputs that are probed, if the time allows it. */
const PROBED = 16;
const MIN_PROBED = 4;
/** Queries of the decision-based attack of the probe, for each input. */
const QUERIES = 150;
/** Queries and gradients of all probes for each input, roughly. */
const [PROBE_QUERIES, PROBE_GRADIENTS] = [QUERIES + 25, 8];
/** Shares of the time allowed that probing and a substitute's training may take. */
const [PROBE_SHARE, SUBSTITUTE_SHARE] = [0.05, 0.08];
/** Multiply-adds of a training for each second, on one slow core. */
const ADDS_PER_SECOND = 4e9;
/** Images that a substitute learns from for each attacked one, and at least and at most. */
const [IMAGES_EACH, MIN_IMAGES, MAX_IMAGES] = [10, 256, 1000];
const EPOCHS = 4;

type Seeded = Pick<RunAuditOptions, 'seconds' | 'norm' | 'epsilon'> & {
  readonly data: { readonly name: string; readonly digest: string };
  readonly seed: number;
  readonly indices: Uint32Array;
};

const about = (at: number, part: string) => ({ model: String(at), part });

/** What is asked of a model before its attacks are planned. */
export function probeStep(
  model: ModelUnderTest,
  at: number,
  { query, gradient }: Pick<Throughput, 'query' | 'gradient'>,
  { data, seed, indices, seconds }: Seeded,
): Step {
  const each = PROBE_QUERIES * query + PROBE_GRADIENTS * gradient;
  const fits = seconds === undefined ? PROBED : Math.floor((PROBE_SHARE * seconds) / Math.max(each, 1e-9));
  const count = Math.min(PROBED, Math.max(MIN_PROBED, fits), indices.length);
  return stepOf('probe', {
    id: `${at}/probe`,
    title: `${model.id}, probes`,
    about: about(at, 'probe'),
    parameters: {
      ...{ data, seed, queries: QUERIES, model: askedFormat(model) },
      indices: [...indices.subarray(0, count)],
      grids: gridsOf(model).map(plainGrid),
    },
    inputs: { model: { sha256: model.provenance.sha256 } },
  });
}

/** Steps between black and white of image files of 8 bits and fewer, and of numbers as the model takes them. */
export function gridsOf({ provenance: { format } }: Pick<ModelUnderTest, 'provenance'>): ValueGrid[] {
  const files = [255, 127, 63, 31, 15].map((steps): ValueGrid => ({ ...FILE_GRID, steps }));
  const { scale, mean, std } = format.preprocessing;
  const ends = (value: number) => mean.map((m, c) => (value * (std[c] ?? 1) + m) / scale);
  const own: ValueGrid = { steps: 255, low: ends(0), high: ends(1) };
  const isFile = own.low.every((low) => low === 0) && own.high.every((high) => high === 1);
  return isFile ? files : [...files, own];
}

const plainGrid = ({ steps, low, high }: ValueGrid) => ({ steps, low: [...low], high: [...high] });

/** Trains a substitute; undefined where there are too few images, or no time. */
export function substituteStep(
  model: ModelUnderTest,
  at: number,
  { query }: Pick<Throughput, 'query'>,
  { data, seed, indices, seconds, norm, epsilon }: Seeded,
  available: { readonly train: number; readonly test: number },
): Step | undefined {
  const [channels = 1, height = 1, width = 1] = model.shape.dims;
  const each =
    2 * query + trainingCost([channels, height, width], model.classes, 1, EPOCHS) / ADDS_PER_SECOND;
  const fits = seconds === undefined ? MAX_IMAGES : Math.floor((SUBSTITUTE_SHARE * seconds) / each);
  const wanted = Math.min(MAX_IMAGES, Math.max(MIN_IMAGES, IMAGES_EACH * indices.length));
  const there = available.train > 0 ? available.train : available.test - indices.length;
  const images = Math.min(wanted, fits, there);
  if (images < MIN_IMAGES / 4) return undefined;
  const size = channels * height * width;
  return stepOf('substitute', {
    id: `${at}/substitute`,
    title: `${model.id}, substitute`,
    about: about(at, 'substitute'),
    parameters: {
      ...{ data, seed, images, epochs: EPOCHS, model: askedFormat(model) },
      except: available.train > 0 ? [] : [...indices],
      noise: Math.min(1, norm === 'Linf' ? epsilon : epsilon / Math.sqrt(size)),
    },
    inputs: { model: { sha256: model.provenance.sha256 } },
  });
}

/** What is known of a model before its attacks. */
export interface Preliminary {
  readonly probe: Step;
  readonly needs: SuiteNeeds;
  /** Values that candidates are judged at as well. */
  readonly grid: ValueGrid;
  /** The training of its substitute; undefined where there is none. */
  readonly before?: Step;
}

/**
 * Has every model probed and its substitute trained.
 *
 * @param run has steps finished, and remembers them
 * @returns one for each model
 */
export async function preliminaries(
  models: readonly ModelUnderTest[],
  speeds: readonly Throughput[],
  options: Seeded & { readonly available: Dataset; readonly planned?: readonly PlannedAttack[] },
  run: (steps: readonly Step[]) => Promise<ReadonlyMap<string, Finished>>,
): Promise<Preliminary[]> {
  const isWanted = options.planned?.some(({ substitute }) => substitute) ?? true;
  const { train, test } = options.available;
  const steps = models.map((model, at) => {
    const speed = speeds[at] ?? { query: 0, gradient: 0 };
    const counts = { train: train.count, test: test.count };
    return {
      probe: probeStep(model, at, speed, options),
      before: isWanted ? substituteStep(model, at, speed, options, counts) : undefined,
    };
  });
  const finished = await run(steps.flatMap(({ probe, before }) => [probe, ...(before ? [before] : [])]));
  return steps.map(({ probe, before }) => {
    const probes = probesOf(probe, finished);
    const grid = oddGrid(probes)?.values ?? FILE_GRID;
    return { probe, needs: needsOf(probes), grid, ...(before && { before }) };
  });
}

/** Trained substitutes as sources of gradients, by the position of their models. */
export async function substitutesOf(
  known: readonly Preliminary[],
  finished: ReadonlyMap<string, Finished>,
  { runtime }: Pick<RunAuditOptions, 'runtime'>,
): Promise<Map<number, readonly Source[]>> {
  const sources = new Map<number, readonly Source[]>();
  for (const [at, { before }] of known.entries()) {
    const step = before && finished.get(before.id);
    if (!step) continue;
    const model = decodeModel(await readArtifact(step, MODEL));
    const classifier = new Classifier(model, { runtime, source: SUBSTITUTE, threads: 1 });
    sources.set(at, [{ name: SUBSTITUTE, classifier, substitute: true }]);
  }
  return sources;
}

/** @throws Error where the step is not finished */
export function probesOf({ id }: Step, finished: ReadonlyMap<string, Finished>): Probes {
  const step = finished.get(id);
  if (!step) throw new Error(`step ${id} is not finished`);
  return metaOf(step, 'probe').probes;
}

/** Seconds that all of it took when it was made, which may have been in an earlier run. */
export const secondsSpent = (
  known: readonly Preliminary[],
  finished: ReadonlyMap<string, Finished>,
): number =>
  known.reduce((sum, { probe, before }) => {
    const [probed, trained] = [finished.get(probe.id), before && finished.get(before.id)];
    const seconds = (probed ? metaOf(probed, 'probe').seconds : 0) + sum;
    return seconds + (trained ? metaOf(trained, 'substitute').seconds : 0);
  }, 0);
