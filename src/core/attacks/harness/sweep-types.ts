import type { Rate } from '../../base/statistics.js';
import type { Classifier } from '../../models/classifier.js';
import type { Objective } from '../../models/objectives/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Attack } from '../attack.js';
import type { AttackParameters } from '../attack-parameters.js';
import type { GradientSummary } from '../search/gradient-summary.js';
import type { ThreatModel } from '../threat-model.js';
import type { Norm } from './norms.js';
import type { ValueGrid } from './value-grid.js';

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
  /** Judge every candidate in a second form: held to a grid, as files hold it. Not beside `rounding`. */
  readonly grid?: SecondForm;
  /** Hears how many inputs are done, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Success at one budget. */
/** Candidates are judged as they are and held to a grid: an input that either fools the model on is fooled. */
export interface SecondForm {
  readonly values: ValueGrid;
  /**
   * Whether the attack too sees the model through the grid, and candidates on it are judged first; otherwise
   * it sees exact values, and those are.
   */
  readonly seen: boolean;
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
  /** Inputs fooled at some budget by the form that is judged second alone. Undefined unless `grid`. */
  readonly otherForm?: Rate;
}
