import { clearlyAbove } from '../attacks/harness/near-tie.js';
import type { ValueGrid } from '../attacks/harness/value-grid.js';
import { sweep } from '../attacks/index.js';
import type { Batch } from '../data/dataset.js';
import type { Classifier } from '../models/classifier.js';
import { objectives } from '../models/objectives/index.js';
import { argMax } from '../tensor/floats.js';
import { rows, type Tensor } from '../tensor/tensor.js';
import { type AuditNorm, type PlannedAttack, trialId } from './attack-suite.js';
import type { Source } from './gradient-sources.js';
import { type Chunk, type Outcome, outcomeOf } from './trial-outcome.js';

/** An attack as it is made on one model. */
export interface ModelTrial {
  readonly id: string;
  readonly planned: PlannedAttack;
  readonly source?: Source;
  readonly budgets: readonly number[];
}

/** What all trials of a model share. */
export interface TrialOptions {
  readonly norm: AuditNorm;
  readonly epsilon: number;
  readonly epsilons: readonly number[];
  readonly seed: number;
  /** Number of inputs of the audit before these; default 0. */
  readonly from?: number;
  readonly rounding?: number;
  /** Values that every candidate is judged at as well; none where candidates are rounded anyway. */
  readonly grid?: ValueGrid;
  readonly signal?: AbortSignal;
}

/** Every trial of a model, in the order of the suite. */
export function trialsOf(
  { bounds, shape }: Pick<Classifier, 'bounds' | 'shape'>,
  sources: readonly Source[],
  planned: readonly PlannedAttack[],
  { norm, epsilon, epsilons }: Pick<TrialOptions, 'norm' | 'epsilon' | 'epsilons'>,
): ModelTrial[] {
  const size = shape.dims.reduce((product, dim) => product * dim, 1);
  const range = (bounds[1] - bounds[0]) * (norm === 'Linf' ? 1 : Math.sqrt(size));
  const budgets = { curve: epsilons, epsilon: [epsilon], range: [range] };
  return planned.flatMap((attack): ModelTrial[] => {
    const trial = { planned: attack, budgets: budgets[attack.budgets] };
    if (!attack.transferred && !attack.substitute) return [{ ...trial, id: trialId(attack) }];
    const fits = ({ substitute }: Source) => attack.substitute === substitute;
    return sources.filter(fits).map((source) => ({ ...trial, source, id: trialId(attack, source.name) }));
  });
}

/**
 * Makes every trial on some inputs of one model.
 *
 * @param onTrial hears which trial begins, and how many of its inputs are done
 */
export async function runTrials(
  classifier: Classifier,
  trials: readonly ModelTrial[],
  { images, labels }: Batch,
  options: Pick<TrialOptions, 'seed' | 'from' | 'rounding' | 'grid' | 'signal'>,
  onTrial: (trial: ModelTrial, index: number) => void = () => {},
): Promise<Chunk> {
  const before = await state(classifier, images);
  const outcomes: Outcome[] = [];
  for (const [i, trial] of trials.entries()) {
    options.signal?.throwIfAborted();
    onTrial(trial, i);
    const { attack, objective, parameters } = trial.planned;
    const started = performance.now();
    const queries = { ...(trial.source?.classifier ?? classifier).queries };
    const result = await sweep({
      attack,
      classifier,
      ...(trial.source && { source: trial.source.classifier }),
      objective: objective ?? objectives['cross-entropy'],
      ...(parameters && { parameters }),
      images,
      labels: labels.data,
      budgets: trial.budgets,
      seed: options.seed,
      firstInput: options.from ?? 0,
      watchPath: trial.planned.role === 'iterative',
      ...(options.rounding && { rounding: options.rounding }),
      ...(options.grid &&
        !options.rounding && { grid: { values: options.grid, seen: trial.planned.rounded === true } }),
      ...(options.signal && { signal: options.signal }),
    });
    const now = (trial.source?.classifier ?? classifier).queries;
    outcomes.push(
      outcomeOf(trial.id, trial.budgets, result, {
        seconds: (performance.now() - started) / 1000,
        queries: { forward: now.forward - queries.forward, gradient: now.gradient - queries.gradient },
      }),
    );
  }
  return { ...before, outcomes };
}

/** What the model says before any attack, asked twice. */
async function state(classifier: Classifier, images: Tensor<'float32'>): Promise<Omit<Chunk, 'outcomes'>> {
  const [logits, again] = [await classifier.logits(images), await classifier.logits(images)];
  const each = Array.from({ length: images.dims[0]! }, (_, n) => rows(logits, n, n + 1).data);
  // Beyond rounding: on some devices sums have another order each time, which is no randomness of the model.
  const differ = (a: number, b: number) => clearlyAbove(a, b) || clearlyAbove(b, a);
  return {
    clean: Array.from(argMax(logits)),
    changedAnswers: each.filter((row, n) =>
      rows(again, n, n + 1).data.some((value, k) => differ(value, row[k]!)),
    ).length,
    saturated: each.filter(isSaturated).length,
    probabilities: each.every(isDistribution),
  };
}

/** In single precision, as toolkits compute it. */
function isSaturated(logits: Float32Array): boolean {
  const top = logits.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const total = logits.reduce((sum, value) => Math.fround(sum + Math.fround(Math.exp(value - top))), 0);
  return Math.fround(1 / total) === 1;
}

const ROUNDING = 1e-3;

const isDistribution = (row: Float32Array): boolean =>
  row.every((value) => value >= 0 && value <= 1) &&
  Math.abs(row.reduce((sum, value) => sum + value, 0) - 1) < ROUNDING;
