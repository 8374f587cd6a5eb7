import type { Ball } from '../harness/balls.js';
import type { Walk, WalkOptions } from './ascent.js';
import { isZero, startOf } from './steepest.js';

/** Share of a step that is new; the rest repeats the last one. */
const ALPHA = 0.75;
/** Steps that have to raise the loss, or the steps are too long. */
const RHO = 0.75;

/**
 * When the length of the steps is looked at: `w_j = ceil(p_j * steps)` with `p_0 = 0`, `p_1 = 0.22` and
 * `p_{j+1} = p_j + max(p_j - p_{j-1} - 0.03, 0.06)` (Croce and Hein 2020, section 3.1); for 100 steps 0, 22,
 * 41, 57, 70, 80, 87, 93, 99.
 */
export function checkpoints(steps: number): number[] {
  // In hundredths, which are whole numbers: 0.22 + 0.19 is not quite 0.41.
  const all = [0];
  for (let [before, p] = [0, 22]; p <= 100; [before, p] = [p, p + Math.max(p - before - 3, 6)]) {
    const next = Math.ceil((p * steps) / 100);
    if (next > all.at(-1)!) all.push(next);
  }
  return all;
}

/**
 * Auto-PGD (Croce and Hein 2020, Algorithm 1): steps with momentum whose length, first twice the radius, is
 * halved at a checkpoint where fewer than 75 % of the steps since the last one raised the loss, or where
 * neither length nor highest loss have changed since then; the walk then goes on from the best point.
 */
export function autoPgd(
  options: WalkOptions,
  ball: Ball,
  steps: number,
): Walk & { readonly stepLength: number } {
  const { centre, radius, bounds } = options;
  const point = startOf(options, ball, true);
  const width = point.length;
  const before = new Float64Array(width);
  const y = new Float64Array(width);
  const best = { point: point.slice(), gradient: new Float32Array(width), loss: Number.NEGATIVE_INFINITY };
  const planned = checkpoints(steps);
  let length = 2 * radius;
  /** Iterates asked about so far, the loss of the last, and the position of the next checkpoint. */
  let [asked, loss, next] = [0, Number.NEGATIVE_INFINITY, 1];
  let raised = 0;
  let atCheckpoint = { length, loss };

  /** Algorithm 1, lines 12 to 15. @returns whether the walk goes back to its best point */
  function checkLength(): boolean {
    const window = planned[next]! - planned[next - 1]!;
    const tooFewRaised = raised < RHO * window;
    const stalled = atCheckpoint.length === length && atCheckpoint.loss === best.loss;
    const halve = tooFewRaised || stalled;
    // Before it is halved: at the next checkpoint a new length is a change.
    atCheckpoint = { length, loss: best.loss };
    if (halve) length /= 2;
    next += 1;
    raised = 0;
    return halve;
  }

  return {
    point,
    get stepLength() {
      return length;
    },
    step(answer) {
      // This is x_k; the paper's iteration k - 1 made it, and looks at the checkpoint k -
      // 1 after it has its loss.
      const k = asked++;
      let slope = answer.gradient;
      const isRaised = k > 0 && answer.loss > loss;
      loss = answer.loss;
      if (k === 0 || loss > best.loss) {
        best.point.set(point);
        best.gradient.set(slope);
        best.loss = loss;
      }
      const isCheckpoint = k - 1 === planned[next];
      const back = isCheckpoint && checkLength();
      if (k === 1) atCheckpoint = { length, loss: best.loss };
      // Of the window that begins with this step.
      if (isRaised) raised += 1;
      if (back) {
        point.set(best.point);
        slope = best.gradient;
        loss = best.loss;
      }
      y.set(point);
      ball.ascend(y, slope, length, bounds);
      ball.project(y, centre, radius, bounds);
      if (k > 0) {
        for (let i = 0; i < width; i++) {
          const x = point[i]!;
          y[i] = x + ALPHA * (y[i]! - x) + (1 - ALPHA) * (x - before[i]!);
        }
        ball.project(y, centre, radius, bounds);
      }
      before.set(point);
      point.set(y);
      // At rest where there is no slope, and none at the best point that a checkpoint could send it back to.
      return !isZero(slope) || !isZero(best.gradient) || point.some((value, i) => value !== before[i]);
    },
  };
}
