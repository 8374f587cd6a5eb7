import type { Classifier } from '../models/classifier.js';
import type { Objective } from '../models/objectives.js';
import { stream } from '../random.js';
import { type Rate, rate } from '../statistics.js';
import { rows, type Tensor } from '../tensor/tensor.js';
import type { Attack } from './attack.js';
import { checkCandidates, checkOptions } from './checks.js';
import { type Norm, project } from './norms.js';
import { type AttackParameters, resolveParameters } from './parameters.js';
import { pickRows } from './rows.js';
import { Watched } from './target.js';

type Floats = Tensor<'float32'>;

export interface SweepOptions {
  readonly attack: Attack;
  readonly classifier: Classifier;
  /** The model whose gradients the attack follows, when it is not the attacked one: a transfer attack. */
  readonly source?: Classifier;
  readonly objective: Objective;
  /** Parameters of the attack; those that are missing have their usual values. */
  readonly parameters?: AttackParameters;
  /** [N, ...dims]. */
  readonly images: Floats;
  /** True classes [N]. */
  readonly labels: ArrayLike<number | bigint>;
  /** Budgets in rising order. */
  readonly budgets: readonly number[];
  readonly seed?: number;
  /**
   * Algorithm 1 to the letter: an input that is fooled leaves the later batches. Cheaper, but then nothing is known of it
   * at larger budgets, so `successAtBudget` and `robustAccuracy` count it as it was when it left.
   */
  readonly dropFooled?: boolean;
  /** Keep the adversarial inputs: for each input the one at its smallest successful budget, else at the largest. */
  readonly keepAdversarial?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface SweepPoint {
  readonly budget: number;
  /** Algorithm 1: prediction changed at this budget or a smaller one. */
  readonly success: Rate;
  /** Prediction changed at exactly this budget. */
  readonly successAtBudget: Rate;
  /** Classified correctly before the attack and at this budget. */
  readonly robustAccuracy: Rate;
}

export interface SweepResult {
  readonly norm: Norm;
  readonly cleanAccuracy: Rate;
  readonly points: readonly SweepPoint[];
  /** Index of each input's smallest successful budget, or -1. */
  readonly smallest: Int32Array;
  /** Predictions before the attack. */
  readonly clean: Int32Array;
  /** Predictions at each budget: [budgets][N]. */
  readonly predictions: readonly Int32Array[];
  /** At each budget: inputs that the attack left as they were. An attack that does nothing is no robust model. */
  readonly untouched: readonly Rate[];
  /**
   * Inputs not fooled for which the attack had nothing more to change before the largest budget was used up (no admissible
   * element); undefined for attacks that cannot say.
   */
  readonly stuck?: Rate;
  /** What the gradient at the originals looked like; undefined when the attack asked for none. */
  readonly gradient?: GradientSummary;
  /** See `keepAdversarial`. */
  readonly adversarial?: Floats;
}

export interface GradientSummary {
  /** Share of input elements with a gradient of exactly zero. */
  readonly zeroElements: number;
  /** Inputs whose whole gradient is exactly zero: a gradient attack cannot move them. */
  readonly zeroInputs: Rate;
  /** Mean absolute gradient over the elements of each input, [N]. */
  readonly meanAbsolute: Float64Array;
}

/**
 * Success over a set of budgets in one go: the harness of every attack and the paper's Algorithm 1.
 *
 * For each batch the attack prepares once. For each budget its candidates are projected into the norm ball and the bounds,
 * the model is run again, and only a changed prediction counts. The attack works on a copy of the images and has no say in
 * the predictions before it, so all it can influence are its candidates. An input that comes back unchanged, bit for bit,
 * keeps its prediction without another run. `O(X)` is the model's own prediction, so inputs that were
 * wrong from the start are attacked too; `robustAccuracy` never counts those as robust.
 *
 * @throws ToolkitError `bad-value` for budgets out of order or parameters out of range, `data-mismatch` for images out of bounds or missing labels
 */
export async function sweep(options: SweepOptions): Promise<SweepResult> {
  const { attack, classifier, images, budgets, labels, signal } = options;
  checkOptions(options);
  // A transfer from the attacked model itself is none.
  const source = options.source === classifier ? undefined : options.source;
  const count = images.dims[0]!;
  const state = new Outcomes(count, budgets.length);
  const slopes = new Slopes(count);
  const parameters = resolveParameters(attack, options.parameters);
  let stuck: number | undefined;
  const adversarial = options.keepAdversarial ? new Float32Array(images.data.length) : undefined;
  const width = images.data.length / Math.max(1, count);
  for (let start = 0; start < count; start += classifier.batchSize) {
    signal?.throwIfAborted();
    const end = Math.min(count, start + classifier.batchSize);
    const batch = rows(images, start, end);
    const target = new Watched(classifier, batch, source);
    const prepared = await attack.prepare({
      target,
      images: { ...batch, data: batch.data.slice() },
      objective: options.objective,
      parameters,
      ...(source && { labels: Int32Array.from(await target.cleanPredictions()) }),
      random: (row) => stream(options.seed ?? 1, 'attack', attack.name, start + row),
      ...(signal && { signal }),
    });
    if (target.gradientAtOriginals) slopes.add(start, target.gradientAtOriginals);
    state.setClean(start, await target.cleanPredictions());
    for (const [b, budget] of budgets.entries()) {
      const live = state.live(start, end, b, options.dropFooled === true);
      let open = live;
      for (let attempt = 0; attempt < (prepared.attempts ?? 1) && open.length > 0; attempt++) {
        signal?.throwIfAborted();
        const originals = pickRows(batch, open);
        const proposed = await prepared.candidates(budget, open, attempt);
        checkCandidates(attack, originals, proposed);
        const judged = project(originals, proposed, attack.norm, budget, classifier.bounds);
        const changed = changedRows(originals, judged);
        const predicted = changed.length > 0 ? await classifier.predict(pickRows(judged, changed)) : [];
        const answers = new Map(changed.map((i, at) => [i, predicted[at]!]));
        open.forEach((row, i) => {
          const first = state.record(start + row, b, answers.get(i));
          if (adversarial && (first || state.smallest[start + row] === -1)) {
            adversarial.set(judged.data.subarray(i * width, (i + 1) * width), (start + row) * width);
          }
        });
        open = open.filter((row) => !state.fooled(start + row, b));
      }
      // Lets progress bars and signals have their turn between runs of the engine.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    if (prepared.stuck) {
      stuck ??= 0;
      for (let row = start; row < end; row++) if (state.smallest[row] === -1 && prepared.stuck(row - start)) stuck += 1;
    }
    options.onProgress?.(end, count);
  }
  return {
    norm: attack.norm,
    ...state.summary(budgets, labels),
    ...(stuck !== undefined && { stuck: rate(stuck, count) }),
    ...(slopes.any && { gradient: slopes.summary() }),
    ...(adversarial && { adversarial: { ...images, data: adversarial } }),
  };
}

/** Rows of `judged` that differ from their original. */
function changedRows(originals: Floats, judged: Floats): number[] {
  const width = originals.data.length / originals.dims[0]!;
  return [...Array(originals.dims[0]!).keys()].filter((row) => {
    for (let i = row * width; i < (row + 1) * width; i++) if (judged.data[i] !== originals.data[i]) return true;
    return false;
  });
}

/** What is worth knowing of the gradients of all batches. */
class Slopes {
  any = false;
  private readonly meanAbsolute: Float64Array;
  private zeroElements = 0;
  private elements = 0;

  constructor(private readonly count: number) {
    this.meanAbsolute = new Float64Array(count);
  }

  add(start: number, { data, dims }: Floats): void {
    this.any = true;
    const width = data.length / dims[0]!;
    this.elements += data.length;
    for (let n = 0; n < dims[0]!; n++) {
      // Summed in double precision: a mean of tiny floats must not underflow to a zero that no element has.
      let sum = 0;
      for (let i = n * width; i < (n + 1) * width; i++) {
        if (data[i] === 0) this.zeroElements += 1;
        sum += Math.abs(data[i]!);
      }
      this.meanAbsolute[start + n] = sum / width;
    }
  }

  summary(): GradientSummary {
    const { meanAbsolute, count } = this;
    const zeroInputs = rate(meanAbsolute.filter((mean) => mean === 0).length, count);
    return { zeroElements: this.zeroElements / this.elements, zeroInputs, meanAbsolute };
  }
}

/** An attempt changed the input; the others of the same budget may leave it as it was. */
const TOUCHED = 2;

/** Predictions of every input at every budget, and what follows from them. */
class Outcomes {
  readonly smallest: Int32Array;
  private readonly clean: Int32Array;
  private readonly predictions: Int32Array[];
  private readonly untouched: Uint8Array[];

  constructor(
    private readonly count: number,
    budgets: number,
  ) {
    this.clean = new Int32Array(count);
    this.smallest = new Int32Array(count).fill(-1);
    this.predictions = Array.from({ length: budgets }, () => new Int32Array(count));
    this.untouched = Array.from({ length: budgets }, () => new Uint8Array(count));
  }

  /** Whether the prediction at budget `b` differs from the one before the attack. */
  fooled(row: number, b: number): boolean {
    return this.predictions[b]![row] !== this.clean[row];
  }

  setClean(start: number, predictions: Int32Array): void {
    this.clean.set(predictions, start);
  }

  /** Rows of the batch, counted from its start, that are still attacked at budget `b`; the others keep their outcome. */
  live(start: number, end: number, b: number, drop: boolean): number[] {
    const all = Array.from({ length: end - start }, (_, i) => i);
    if (!drop) return all;
    return all.filter((row) => {
      const fooled = this.smallest[start + row] !== -1;
      if (fooled) this.predictions[b]![start + row] = this.predictions[b - 1]![start + row]!;
      return !fooled;
    });
  }

  /**
   * @param prediction undefined for an input that came back untouched
   * @returns whether this is the first budget that fools the input
   */
  record(row: number, b: number, prediction: number | undefined): boolean {
    this.untouched[b]![row] = prediction === undefined && this.untouched[b]![row] !== TOUCHED ? 1 : TOUCHED;
    this.predictions[b]![row] = prediction ?? this.clean[row]!;
    const first = this.predictions[b]![row] !== this.clean[row] && this.smallest[row] === -1;
    if (first) this.smallest[row] = b;
    return first;
  }

  summary(budgets: readonly number[], labels: ArrayLike<number | bigint>) {
    const { clean, smallest, predictions, untouched, count } = this;
    const share = (test: (n: number) => boolean) => {
      let hits = 0;
      for (let n = 0; n < count; n++) if (test(n)) hits += 1;
      return rate(hits, count);
    };
    const correct = (n: number) => clean[n] === Number(labels[n]);
    return {
      cleanAccuracy: share(correct),
      points: budgets.map((budget, b) => ({
        budget,
        success: share((n) => smallest[n] !== -1 && smallest[n]! <= b),
        successAtBudget: share((n) => predictions[b]![n] !== clean[n]),
        robustAccuracy: share((n) => correct(n) && predictions[b]![n] === clean[n]),
      })),
      untouched: untouched.map((flags) => share((n) => flags[n] === 1)),
      smallest,
      clean,
      predictions,
    };
  }
}
