import type { Progress } from '../../core/base/progress.js';
import type { Assignment } from './assignment.js';
import type { Finished } from './executor.js';
import { Overall } from './overall.js';
import { costOf, type Plan, planCost } from './plan.js';

/**
 * Progress of a plan: that of its steps passed on, with how much of all work is done and how
 * long the rest will take.
 */
export class PlanProgress {
  readonly #overall: Overall;
  readonly #costs: ReadonlyMap<string, number>;

  constructor(
    plan: Plan,
    private readonly progress: Progress,
  ) {
    this.#overall = new Overall(planCost(plan));
    this.#costs = new Map(plan.steps.map((step) => [step.id, costOf(step)]));
  }

  finish({ step, found }: Finished): void {
    const cost = this.#costs.get(step.id) ?? 0;
    if (found) this.#overall.found(step.id, cost);
    else this.#overall.record(step.id, cost);
    this.#tell();
  }

  /**
   * For a step that begins.
   *
   * @param lane where its pieces are shown
   */
  of({ id, title }: Pick<Assignment, 'id' | 'title'>, lane: Progress = this.progress): Progress {
    const cost = this.#costs.get(id) ?? 0;
    let total = 1;
    return {
      // The plan knows what a step is part of; the step itself does not.
      begin: (_, size, unit) => {
        total = Math.max(1, size);
        lane.begin(title, size, unit);
      },
      advance: (done, detail) => {
        this.#overall.record(id, cost * Math.min(1, done / total));
        this.#tell();
        lane.advance(done, detail);
      },
      end: (summary) => lane.end(summary),
      overall: () => {},
    };
  }

  #tell(): void {
    const { state } = this.#overall;
    if (state) this.progress.overall(state.share, state.secondsLeft);
  }
}
