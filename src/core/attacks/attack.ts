import type { Descriptors, ParametersOf, ParameterValues } from '../base/parameters.js';
import type { Random } from '../base/random.js';
import type { Objective } from '../models/objectives/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Goal } from './harness/goal.js';
import type { Norm } from './harness/norms.js';
import type { AttackTarget } from './harness/target.js';

type Floats = Tensor<'float32'>;

/** What an attack is given for one batch of inputs; P are the values of its parameters. */
export interface AttackContext<P = ParameterValues> {
  readonly target: AttackTarget;
  /** [N, ...dims], inside the classifier's bounds; a copy, the attack's own. */
  readonly images: Floats;
  readonly objective: Objective;
  /** Every parameter of the attack, checked. */
  readonly parameters: P;
  /**
   * Classes to move away from, where they are not the predictions of `target`: those of the attacked model
   * when the attack differentiates another one, the true ones where the criterion says so. To be passed on to
   * `target.gradient`.
   */
  readonly labels?: Int32Array;
  /** Whether `target` is another model than the attacked one: then the attack cannot see its own success. */
  readonly transfer: boolean;
  /** What success is. */
  readonly goal: Goal;
  /**
   * A fresh stream for a row, the same numbers each time it is asked for: one for each input, so that results
   * depend neither on the batch size nor on which inputs are still attacked.
   */
  random(row: number): Random;
  /** For attacks that run long between two budgets: to be looked at now and then. */
  readonly signal?: AbortSignal;
}

/** What an attack knows after its preparation; budgets share all of it. */
export interface Prepared {
  /** Independent tries (one for each target class, say), of which one success is enough; default 1. */
  readonly attempts?: number;
  /**
   * Candidates of the images' shape for the inputs listed in `rows`, for budgets in rising order and attempts
   * from 0. They are proposals: the harness projects, clips and judges them.
   */
  candidates(budget: number, rows: readonly number[], attempt: number): Promise<Floats> | Floats;
  /**
   * Whether the attack found nothing more to change in this input before its budget was used up. An input
   * that it has no reason to change (it is of the wanted class already) is untouched, not stuck.
   */
  stuck?(row: number): boolean;
}

/**
 * An attack as a value. It proposes perturbed inputs; it has no way to report its own success.
 * `prepare` does what all budgets share (the one gradient of FGSM), `candidates` the rest.
 */
export interface Attack<D extends Descriptors = Descriptors> {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly norm: Norm;
  /**
   * False for an attack that follows no objective (a saliency map, random noise); what it was given then
   * changes nothing.
   */
  readonly followsObjective: boolean;
  /** What it may be tuned with, by name; flags, help texts and the keys of studies are made from this. */
  readonly parameters: D;
  readonly budget: Budget;
  /**
   * Refuses parameters that are allowed one by one but not together; `resolveParameters`
   * asks, before anything runs.
   * @throws ToolkitError `bad-value`
   */
  check?(parameters: ParametersOf<D>): void;
  /** Does what all budgets share, for one batch of inputs. */
  prepare(context: AttackContext<ParametersOf<D>>): Promise<Prepared>;
}

/** What an attack may use up: a radius, a number of elements. */
export interface Budget {
  readonly name: string;
  readonly help: string;
  readonly default: readonly number[];
  readonly minimum: number;
  readonly maximum: number;
  /** What one of it is, for messages: "input units", "elements". */
  readonly unit?: string;
  /** Only whole numbers make sense (elements, steps). */
  readonly integer?: true;
}

/** An attack whose context knows the types of its parameters. */
export const defineAttack = <const D extends Descriptors>(attack: Attack<D>): Attack<D> => attack;
