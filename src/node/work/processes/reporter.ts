import type { Progress } from '../../../core/base/progress.js';
import type { Report } from './messages.js';

/** Milliseconds between reports of one piece of work: a display draws no more. */
const EVERY = 250;

/** Progress of a worker process, as messages to its parent. */
export function reporter(
  say: (report: Report) => void,
  now: () => number = () => performance.now(),
): Progress {
  let last = Number.NEGATIVE_INFINITY;
  return {
    begin(label, total, unit) {
      last = Number.NEGATIVE_INFINITY;
      say({ type: 'begin', label, total, unit });
    },
    advance(done, detail) {
      if (now() - last < EVERY) return;
      last = now();
      say({ type: 'advance', done, ...(detail !== undefined && { detail }) });
    },
    end: (summary) => say({ type: 'end', ...(summary !== undefined && { summary }) }),
    overall: () => {},
  };
}
