import type { Assignment } from '../assignment.js';
import type { Finished, StepResult } from '../executor.js';
import { costOf, type Plan } from '../plan.js';
import type { PlanState } from '../plan-state.js';

/** A worker keeps to the model that it has at hand unless another step takes so many times longer. */
const LONGER = 2;

/** Hands the steps of a plan to several workers, each when its inputs exist. */
export class StepQueue {
  /** For each step the cost of the longest chain that begins with it. */
  readonly #chains: ReadonlyMap<string, number>;
  readonly #waiting: (() => void)[] = [];
  #inProgress = 0;
  #closed = false;

  constructor(
    plan: Plan,
    private readonly state: PlanState,
  ) {
    this.#chains = chainsOf(plan);
  }

  /**
   * The next step for a worker; waits while there may be one later.
   *
   * The longest chain goes first, so that no long one begins when all others are done.
   *
   * @param last what the worker did before
   * @returns undefined when there is nothing left for it
   */
  async take(last?: Assignment): Promise<Assignment | undefined> {
    for (;;) {
      if (this.#closed) return undefined;
      const next = this.#best([...this.state.ready()], last);
      if (next) {
        this.state.begin(next);
        this.#inProgress += 1;
        return next;
      }
      if (this.#inProgress === 0) return undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** A step that was taken is finished. */
  finish(result: StepResult): Finished[] {
    this.#inProgress -= 1;
    const finished = this.state.finish(result);
    this.#wake();
    return finished;
  }

  /** Hands out nothing any more. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  #best(ready: readonly Assignment[], last: Assignment | undefined): Assignment | undefined {
    const longest = this.#longest(ready);
    const local = last && this.#longest(ready.filter((step) => isRelated(step, last)));
    if (!local || !longest) return longest;
    return this.#chain(longest) > LONGER * this.#chain(local) ? longest : local;
  }

  #longest(steps: readonly Assignment[]): Assignment | undefined {
    const [first, ...others] = steps;
    return first && others.reduce((a, b) => (this.#chain(b) > this.#chain(a) ? b : a), first);
  }

  #chain({ id }: Assignment): number {
    return this.#chains.get(id) ?? 0;
  }
}

/** Whether two steps start from the same bytes, or one from what the other has made. */
function isRelated(step: Assignment, last: Assignment): boolean {
  const known = new Set(Object.values(last.inputs).map(({ sha256 }) => sha256));
  return Object.values(step.inputs).some(({ sha256, from }) => known.has(sha256) || from?.key === last.key);
}

function chainsOf({ steps }: Plan): Map<string, number> {
  const chains = new Map<string, number>();
  const after = new Map<string, number>();
  // From the last step on: those that start from a step come behind it.
  for (const step of [...steps].reverse()) {
    const chain = costOf(step) + (after.get(step.id) ?? 0);
    chains.set(step.id, chain);
    for (const input of Object.values(step.inputs))
      if ('step' in input) after.set(input.step, Math.max(chain, after.get(input.step) ?? 0));
  }
  return chains;
}
