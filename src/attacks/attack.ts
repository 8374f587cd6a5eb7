import type { Objective } from '../models/objectives.js';
import type { Random } from '../random.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Norm } from './norms.js';
import type { AttackTarget } from './target.js';

type Floats = Tensor<'float32'>;

/** What an attack is given for one batch of inputs. */
export interface AttackContext {
  readonly target: AttackTarget;
  /** [N, ...dims], inside the classifier's bounds; a copy, the attack's own. */
  readonly images: Floats;
  readonly objective: Objective;
  /**
   * A fresh stream for a row, the same numbers each time it is asked for: one for each input, so that results depend
   * neither on the batch size nor on which inputs are still attacked.
   */
  random(row: number): Random;
}

/** What an attack knows after its preparation; budgets share all of it. */
export interface Prepared {
  /**
   * Candidates of the images' shape for the inputs listed in `rows` (all when absent), one budget at a time.
   * They are proposals: the harness projects, clips and judges them.
   */
  candidates(budget: number, rows: readonly number[]): Promise<Floats> | Floats;
}

/**
 * An attack as a value. It proposes perturbed inputs; it has no way to report its own success.
 * `prepare` does what all budgets share (the one gradient of FGSM), `candidates` the rest.
 */
export interface Attack {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly norm: Norm;
  readonly budget: {
    readonly name: string;
    readonly help: string;
    readonly default: readonly number[];
    readonly minimum: number;
    readonly maximum: number;
    /** What one of it is, for messages: "input units", "elements". */
    readonly unit?: string;
    /** Only whole numbers make sense (elements, steps). */
    readonly integer?: true;
  };
  prepare(context: AttackContext): Promise<Prepared>;
}
