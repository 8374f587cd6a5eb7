import type { Progress } from '../../../core/base/progress.js';
import type { Report } from './messages.js';

/** Milliseconds between reports of one piece of work: a display draws no more. */
const EVERY = 250;

/**
 * Progress of a worker process, as messages to its parent.
 *
 * @param totalCost of the plan that the shares given to `overall` are of
 * @param before cost of the models that this process did before the one in progress
 */
export function reporter(
  say: (report: Report) => void,
  totalCost: number,
  before: () => number,
  now: () => number = () => performance.now(),
): Progress {
  let last = Number.NEGATIVE_INFINITY;
  let share = 0;
  return {
    begin(label, total, unit) {
      last = Number.NEGATIVE_INFINITY;
      say({ type: 'begin', label, total, unit });
    },
    advance(done, detail) {
      if (now() - last < EVERY) return;
      last = now();
      const worked = Math.max(0, share * totalCost - before());
      say({ type: 'advance', done, ...(detail !== undefined && { detail }), worked });
    },
    end: (summary) => say({ type: 'end', ...(summary !== undefined && { summary }) }),
    overall(all) {
      share = all;
    },
  };
}
