import type { ArtifactStore } from '../store/artifact-store.js';
import { type Assignment, assignmentOf } from './assignment.js';
import type { Finished, StepResult } from './executor.js';
import type { Plan, Step } from './plan.js';
import { type KeyContext, type KeyedStep, keyedSteps } from './step-keys.js';
import { findResult } from './step-results.js';

/** How far the execution of a plan has come: which steps are finished, and which can be run. */
export class PlanState {
  readonly #steps: readonly KeyedStep[];
  readonly #byKey: ReadonlyMap<string, readonly Step[]>;
  readonly #results = new Map<string, StepResult>();
  readonly #begun = new Set<string>();

  constructor(plan: Plan, context: KeyContext) {
    this.#steps = keyedSteps(plan, context);
    const byKey = new Map<string, Step[]>();
    for (const { key, step } of this.#steps) byKey.set(key, [...(byKey.get(key) ?? []), step]);
    this.#byKey = byKey;
  }

  /** Tells of every step that the store holds the result of. */
  async *found(store: ArtifactStore, signal?: AbortSignal): AsyncGenerator<Finished> {
    for (const keyed of this.#steps) {
      signal?.throwIfAborted();
      if (this.#results.has(keyed.key)) continue;
      const assignment = assignmentOf(keyed, this.#results);
      const result = assignment && (await findResult(store, assignment));
      if (result) yield* this.finish(result);
    }
  }

  /**
   * Steps that can be run and that were not begun, in the order of the plan. Of steps
   * with one key only the first.
   */
  *ready(): Generator<Assignment, undefined> {
    const told = new Set<string>();
    for (const keyed of this.#steps) {
      const { key } = keyed;
      if (this.#begun.has(key) || this.#results.has(key) || told.has(key)) continue;
      const assignment = assignmentOf(keyed, this.#results);
      if (!assignment) continue;
      told.add(key);
      yield assignment;
    }
  }

  begin({ key }: Assignment): void {
    this.#begun.add(key);
  }

  /** @returns the steps that have this result: several when a plan names one piece of work more than once */
  finish(result: StepResult): Finished[] {
    this.#results.set(result.key, result);
    const steps = this.#byKey.get(result.key) ?? [];
    return steps.map((step, i) => ({ ...result, step, found: result.found || i > 0 }));
  }

  /** Steps that are not finished, begun or not. */
  get unfinished(): readonly KeyedStep[] {
    return this.#steps.filter(({ key }) => !this.#results.has(key));
  }
}
