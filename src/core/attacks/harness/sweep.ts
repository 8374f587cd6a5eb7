import { stream } from '../../base/random.js';
import { type Rate, rate } from '../../base/statistics.js';
import type { Classifier } from '../../models/classifier.js';
import type { Objective } from '../../models/objectives/index.js';
import { NO_CLASS } from '../../tensor/floats.js';
import { rows, type Tensor } from '../../tensor/tensor.js';
import type { Attack } from '../attack.js';
import { type AttackParameters, resolveParameters } from '../attack-parameters.js';
import { type GradientSummary, GradientTotals } from '../search/gradient-summary.js';
import { predictionChanges, type ThreatModel } from '../threat-model.js';
import { changedRows, confine, reachOf } from './confine.js';
import { BatchGoal } from './goal.js';
import { type Norm, perturbationSizes } from './norms.js';
import { Path } from './path.js';
import { pickRows } from './rows.js';
import { checkCandidates, checkOptions } from './sweep-checks.js';
import { Tally } from './tally.js';
import { Watched } from './target.js';

type Floats = Tensor<'float32'>;

/**
 * A threat model and who attacks what: `sweep({ ...threatModel, attack, classifier, ... })`. Of the threat
 * model the budgets have to be given; the norm is the attack's, the bounds are the attacked model's, and
 * success is a changed prediction (`predictionChanges`, Algorithm 1) where nothing else is said.
 */
export interface SweepOptions extends Pick<ThreatModel, 'budgets'>, Partial<Omit<ThreatModel, 'budgets'>> {
  readonly attack: Attack;
  readonly classifier: Classifier;
  /** The model whose gradients the attack follows, when it is not the attacked one: a transfer attack. */
  readonly source?: Classifier;
  readonly objective: Objective;
  /** Parameters of the attack; those that are missing have their defaults. */
  readonly parameters?: AttackParameters;
  /** [N, ...dims]. */
  readonly images: Floats;
  /** True classes [N]. */
  readonly labels: ArrayLike<number | bigint>;
  readonly seed?: number;
  /**
   * Number of the first input, when these are a part of a longer list: random numbers are those that it has
   * there. Default 0.
   */
  readonly firstInput?: number;
  /**
   * Algorithm 1 to the letter: an input that is fooled leaves the later batches. Cheaper, but then nothing is
   * known of it at larger budgets, so `successAtBudget` and `robustAccuracy` count it as it was when it left.
   */
  readonly dropFooled?: boolean;
  /**
   * Keep the adversarial inputs: for each input the one at its smallest successful
   * budget, else at the largest.
   */
  readonly keepAdversarial?: boolean;
  /** Watch for silent successes, see `SweepResult.silent`. */
  readonly watchPath?: boolean;
  /** Hears how many inputs are done, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Success at one budget. */
export interface SweepPoint {
  readonly budget: number;
  /** Algorithm 1: success by the criterion at this budget or a smaller one. */
  readonly success: Rate;
  /** Success by the criterion at exactly this budget. */
  readonly successAtBudget: Rate;
  /** Classified correctly before the attack and at this budget. */
  readonly robustAccuracy: Rate;
}

/** What a sweep over budgets results in. */
export interface SweepResult {
  readonly norm: Norm;
  readonly cleanAccuracy: Rate;
  readonly points: readonly SweepPoint[];
  /** Index of each input's smallest successful budget, or -1. */
  readonly smallest: Int32Array;
  /**
   * For each input the size of the perturbation that first succeeded, in `norm` and as it was judged; NaN for
   * inputs that were never fooled. For an attack that looks for the smallest perturbation, given a budget
   * that allows any, this is the distribution of minimal norms.
   */
  readonly distances: Float64Array;
  /** Predictions before the attack; -1 where the outputs are no numbers: such an input is not attacked. */
  readonly clean: Int32Array;
  /**
   * Predictions at each budget, [budgets][N]: of the attempt that succeeded, else of the last that changed
   * one; -1 where the outputs are no numbers, which counts as any other change.
   */
  readonly predictions: readonly Int32Array[];
  /**
   * At each budget: inputs that the attack left as they were. An attack that does nothing is no robust model.
   */
  readonly untouched: readonly Rate[];
  /**
   * Inputs not fooled for which the attack had nothing more to change before the largest budget was used up
   * (no admissible element); undefined for attacks that cannot say.
   */
  readonly stuck?: Rate;
  /** What the gradient at the originals looked like; undefined when the attack asked for none. */
  readonly gradient?: GradientSummary;
  /** See `keepAdversarial`. */
  readonly adversarial?: Floats;
  /**
   * Inputs not fooled at any budget though the attack had asked about a point inside the largest ball that
   * fools the attacked model. Undefined unless `watchPath`.
   */
  readonly silent?: Rate;
}

/**
 * Success over a set of budgets in one go: the harness of every attack and the paper's Algorithm 1.
 *
 * For each batch the attack prepares once. For each budget its candidates are projected into the norm ball
 * and the bounds (and rounded, if that is asked for), the model is run again, and the criterion says what
 * counts. The attack works on a copy of the images and has no say in the predictions before it, so all it can
 * influence are its candidates. An input that comes back unchanged, bit for bit, keeps its prediction without
 * another run. `O(X)` is the model's own prediction, so inputs that were wrong from the start are attacked
 * too; `robustAccuracy` never counts those as robust.
 *
 * @throws ToolkitError `bad-value` for budgets out of order or parameters out of range, `data-mismatch` for
 *   images out of bounds or missing labels
 */
export async function sweep(options: SweepOptions): Promise<SweepResult> {
  const { attack, classifier, images, budgets, labels, signal } = options;
  checkOptions(options);
  // A transfer from the attacked model itself is none.
  const source = options.source === classifier ? undefined : options.source;
  const count = images.dims[0]!;
  const { criterion = predictionChanges, bounds = classifier.bounds } = options;
  const given = Int32Array.from(labels as ArrayLike<number>, Number);
  const state = new Tally(count, budgets.length);
  const gradients = new GradientTotals(count);
  const parameters = resolveParameters(attack, options.parameters);
  let stuck: number | undefined;
  let silent: number | undefined;
  const adversarial = options.keepAdversarial ? new Float32Array(images.data.length) : undefined;
  const width = images.data.length / Math.max(1, count);
  for (let start = 0; start < count; start += classifier.batchSize) {
    signal?.throwIfAborted();
    const end = Math.min(count, start + classifier.batchSize);
    const batch = rows(images, start, end);
    const ball = { norm: attack.norm, size: budgets.at(-1) ?? 0, bounds };
    const path = options.watchPath ? new Path(batch, ball) : undefined;
    const goal = new BatchGoal(criterion, batch, (options.firstInput ?? 0) + start);
    const target = new Watched({
      attacked: classifier,
      originals: batch,
      source,
      bounds,
      rounding: options.rounding,
      path,
      goal,
    });
    const own = criterion.leaves === 'label' ? given.slice(start, end) : undefined;
    // An attack on the model itself sees the predictions, and needs no query to be told.
    // What has no class is not attacked, and needs any.
    const leave =
      own ?? (source && (await target.cleanPredictions()).map((prediction) => Math.max(0, prediction)));
    const prepared = await attack.prepare({
      target,
      images: { ...batch, data: batch.data.slice() },
      objective: options.objective,
      parameters,
      ...(leave && { labels: leave }),
      transfer: source !== undefined,
      goal,
      random: (row) =>
        stream(options.seed ?? 1, 'attack', attack.name, (options.firstInput ?? 0) + start + row),
      ...(signal && { signal }),
    });
    const clean = await target.cleanPredictions();
    const nowhere = [...clean.keys()].filter((row) => clean[row] === NO_CLASS);
    if (target.gradientAtOriginals) gradients.add(start, without(target.gradientAtOriginals, nowhere));
    const isSuccess = (prediction: number, row: number) =>
      goal.isReached(prediction, row, own ? given[start + row]! : clean[row]!);
    state.setClean(start, clean);
    for (const [b, budget] of budgets.entries()) {
      const reach = reachOf(budget, options);
      const live = state.live(start, end, b, options.dropFooled === true);
      for (const row of nowhere) state.leaveOut(start + row, b);
      let open = live.filter((row) => clean[row] !== NO_CLASS && !isSuccess(clean[row]!, row));
      // What is a success as it is needs no attack, whatever the budget.
      for (const row of live) {
        if (clean[row] === NO_CLASS || !isSuccess(clean[row]!, row)) continue;
        const outcome = { attempt: 0, prediction: undefined, success: true };
        if (!state.record(start + row, b, outcome)) continue;
        state.distances[start + row] = 0;
        adversarial?.set(batch.data.subarray(row * width, (row + 1) * width), (start + row) * width);
      }
      for (let attempt = 0; attempt < (prepared.attempts ?? 1) && open.length > 0; attempt++) {
        signal?.throwIfAborted();
        const originals = pickRows(batch, open);
        const proposed = await prepared.candidates(reach, open, attempt);
        checkCandidates(attack, originals, proposed);
        const judged = confine(originals, proposed, budget, options);
        const changed = changedRows(originals, judged);
        const predicted = changed.length > 0 ? await classifier.predict(pickRows(judged, changed)) : [];
        const answers = new Map(changed.map((i, at) => [i, predicted[at]!]));
        const sizes = perturbationSizes(originals, judged, attack.norm);
        const fooled = open.map((row, i) => isSuccess(answers.get(i) ?? clean[row]!, row));
        const reached = await goal.confirmed(judged, open, fooled);
        open.forEach((row, i) => {
          const [prediction, success] = [answers.get(i), reached[i] === true];
          const first = state.record(start + row, b, { attempt, prediction, success });
          if (first) state.distances[start + row] = sizes[i]!;
          if (adversarial && (first || state.smallest[start + row] === -1)) {
            adversarial.set(judged.data.subarray(i * width, (i + 1) * width), (start + row) * width);
          }
        });
        open = open.filter((row) => !state.reached(start + row, b));
      }
      // Lets progress bars and signals have their turn between runs of the engine.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    if (prepared.stuck) {
      stuck ??= 0;
      for (let row = start; row < end; row++)
        if (state.smallest[row] === -1 && prepared.stuck(row - start)) stuck += 1;
    }
    if (path) {
      silent ??= 0;
      for (let row = start; row < end; row++) {
        const isSilent = path.crossed(row - start, (prediction) => isSuccess(prediction, row - start));
        if (state.smallest[row] === -1 && isSilent) silent += 1;
      }
    }
    options.onProgress?.(end, count);
  }
  return {
    norm: attack.norm,
    ...state.summary(budgets, labels),
    ...(stuck !== undefined && { stuck: rate(stuck, count) }),
    ...(silent !== undefined && { silent: rate(silent, count) }),
    ...(gradients.any && { gradient: gradients.summary() }),
    ...(adversarial && { adversarial: { ...images, data: adversarial } }),
  };
}

/** A gradient of which some rows are not known, which is not to be taken for zero. */
function without(gradient: Floats, unknown: readonly number[]): Floats {
  if (unknown.length === 0) return gradient;
  const data = gradient.data.slice();
  const width = data.length / (gradient.dims[0] ?? 1);
  for (const row of unknown) data.fill(Number.NaN, row * width, (row + 1) * width);
  return { ...gradient, data };
}
