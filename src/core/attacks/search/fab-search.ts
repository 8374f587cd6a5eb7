import type { Random } from '../../base/random.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { AttackContext } from '../attack.js';
import { l1Ball, l2Ball, linfBall } from '../harness/balls.js';
import { clipAt, limitsOf } from '../harness/bounds.js';
import { lengthOf, type MovingNorm } from '../harness/norms.js';
import { pauses } from '../harness/pause.js';
import { pickRows, rowOf } from '../harness/rows.js';
import { dualSize, moveToHyperplane } from './hyperplane.js';
import { tieOf } from './lead.js';
import { logitDifferences, opponentsAt, type Start } from './minimal.js';

type Floats = Tensor<'float32'>;

/** Steps of the search on the segment at the end (Croce and Hein 2020, section 3.2, "final search"). */
const FINAL_STEPS = 3;

/** What random restarts stay within before anything is found: a common epsilon for MNIST. */
const FIRST_RADIUS: Readonly<Record<MovingNorm, number>> = { Linf: 0.3, L2: 2, L1: 40 };

/** What the search is tuned with; see the parameters of the attack. */
export interface FabSettings {
  readonly steps: number;
  readonly alphaMax: number;
  readonly eta: number;
  readonly beta: number;
}

/** Best perturbations so far, of all starts and targets. */
export interface Best {
  readonly images: Floats;
  readonly sizes: Float64Array;
}

/**
 * One start for all inputs (Algorithm 1 of the paper): moves to the hyperplane that linearizes the nearest
 * boundary, from the current point and, with a share of alpha, from the original, a little past it; every
 * success is recorded and followed by a step back towards the original.
 *
 * @param others classes whose boundaries are looked at, for each input
 * @returns inputs that could not be moved, since the gradient of everything was exactly zero
 */
export async function walk(
  { target, images, parameters, signal, goal }: AttackContext<FabSettings>,
  { labels }: Start,
  norm: MovingNorm,
  { others, from, best }: { others: readonly (readonly number[])[]; from: Floats; best: Best },
): Promise<Set<number>> {
  const { steps, alphaMax, eta, beta } = parameters;
  const { bounds } = target;
  const { low, high } = limitsOf(bounds, images.data.length / images.dims[0]!);
  const pause = pauses(signal);
  const current: Floats = { ...images, data: from.data.slice() };
  const flat = new Set<number>();

  function step(n: number, at: number, beat: number, logits: Floats, gradients: readonly Floats[]): boolean {
    const z = rowOf(logits, at);
    const gaps = others[n]!.map((k) => z[k]! - z[beat]!);
    const sizes = gradients.map((gradient) => dualSize(rowOf(gradient, at), norm));
    const distances = gaps.map((gap, j) =>
      sizes[j]! > 0 ? Math.abs(gap) / sizes[j]! : Number.POSITIVE_INFINITY,
    );
    const nearest = distances.indexOf(Math.min(...distances));
    if (!Number.isFinite(distances[nearest])) return false;
    const slope = rowOf(gradients[nearest]!, at);
    const [x, x0] = [rowOf(current, n), rowOf(images, n)];
    // A little past the tie, so that a linear boundary is not met exactly where no class wins.
    const value = gaps[nearest]! - 2 * tieOf(logits, at);
    let there = value;
    for (let i = 0; i < x.length; i++) there += slope[i]! * (x0[i]! - x[i]!);
    const move = moveToHyperplane(x, value, slope, norm, bounds);
    const moveFromOriginal = moveToHyperplane(x0, there, slope, norm, bounds);
    const [size, sizeFromOriginal] = [lengthOf(move, norm), lengthOf(moveFromOriginal, norm)];
    const total = size + sizeFromOriginal;
    const alpha = total > 0 ? Math.min(size / total, alphaMax) : 0;
    for (let i = 0; i < x.length; i++) {
      const mixed = (1 - alpha) * (x[i]! + eta * move[i]!) + alpha * (x0[i]! + eta * moveFromOriginal[i]!);
      x[i] = Math.min(high[i]!, Math.max(low[i]!, mixed));
    }
    return true;
  }

  let live = Array.from(labels, (_, n) => n);
  for (let t = 0; t < steps && live.length > 0; t++) {
    await pause();
    const now = pickRows(current, live);
    const own = await opponentsAt({ target, goal }, now, live, labels);
    const { logits, gradients } = await logitDifferences(
      target,
      now,
      live,
      own,
      live.map((n) => others[n]!),
    );
    live = live.filter((n, at) => {
      if (step(n, at, own[at]!, logits, gradients)) return true;
      flat.add(n);
      return false;
    });
    if (live.length === 0) break;
    const reached = pickRows(current, live);
    const after = await target.logits(reached, live);
    const fooled = live.map((n, at) => goal.lead(after, at, n, labels[n]!) > tieOf(after, at));
    const done = await goal.confirmed(reached, live, fooled);
    live.forEach((n, at) => {
      if (!done[at]) return;
      const [x, x0] = [rowOf(current, n), rowOf(images, n)];
      const size = lengthOf(
        x.map((value, i) => value - x0[i]!),
        norm,
      );
      if (size < best.sizes[n]!) {
        best.sizes[n] = size;
        rowOf(best.images, n).set(x);
      }
      for (let i = 0; i < x.length; i++) x[i] = (1 - beta) * x0[i]! + beta * x[i]!;
    });
  }
  return flat;
}

/**
 * Shortens what was found: on a segment that ends where the model is fooled and begins where it is not, at
 * first at the original, the point where the difference of the two logits would vanish if it were linear is
 * tried (three times). It becomes the end if it fools the model, and the beginning if not.
 */
export async function finalSearch(
  { target, images, goal }: Pick<AttackContext, 'target' | 'images' | 'goal'>,
  { labels, logits }: Start,
  norm: MovingNorm,
  best: Best,
) {
  const found = Array.from(labels, (_, n) => n).filter((n) => Number.isFinite(best.sizes[n]));
  if (found.length === 0) return;
  let now = await target.logits(pickRows(best.images, found), found);
  const copied = (value: Floats): Floats => ({ ...value, data: value.data.slice() });
  const [inner, below] = [copied(pickRows(images, found)), copied(pickRows(logits, found))];
  for (let t = 0; t < FINAL_STEPS; t++) {
    const tried = pickRows(best.images, found);
    const shorter: Floats = { ...tried, data: tried.data.slice() };
    found.forEach((n, at) => {
      const [rival] = goal.rivals(now, at, n, labels[n]!, 1);
      const beat = goal.opponent(now, at, n, labels[n]!);
      const gapOf = (z: Float32Array) => z[rival!]! - z[beat]!;
      const [here, there] = [gapOf(rowOf(now, at)), gapOf(rowOf(below, at))];
      const share = Math.max(0, (here - 2 * tieOf(now, at)) / (here - there));
      const [x, from] = [rowOf(shorter, at), rowOf(inner, at)];
      for (let i = 0; i < x.length; i++) x[i] = x[i]! - share * (x[i]! - from[i]!);
    });
    const answers = await target.logits(shorter, found);
    const fooled = found.map((n, at) => goal.lead(answers, at, n, labels[n]!) > tieOf(answers, at));
    const done = await goal.confirmed(shorter, found, fooled);
    const kept = Float32Array.from(now.data);
    found.forEach((n, at) => {
      if (!done[at]) {
        rowOf(inner, at).set(rowOf(shorter, at));
        rowOf(below, at).set(rowOf(answers, at));
        return;
      }
      const [x, x0] = [rowOf(shorter, at), rowOf(images, n)];
      best.sizes[n] = lengthOf(
        x.map((value, i) => value - x0[i]!),
        norm,
      );
      rowOf(best.images, n).set(x);
      kept.set(rowOf(answers, at), at * now.dims[1]!);
    });
    now = { ...now, data: kept };
  }
}

const BALLS = { Linf: linfBall, L2: l2Ball, L1: l1Ball(1) };

/** A random point of the ball around the original with half the radius of the best success so far. */
export function randomStart(
  { images, target }: Pick<AttackContext, 'target' | 'images'>,
  norm: MovingNorm,
  best: Best,
  random: readonly Random[],
): Floats {
  const start: Floats = { ...images, data: images.data.slice() };
  random.forEach((stream, n) => {
    const x = rowOf(start, n);
    const noise = BALLS[norm].draw(x.length, stream);
    const radius = Math.min(best.sizes[n]!, FIRST_RADIUS[norm]) / 2;
    for (let i = 0; i < x.length; i++) x[i] = clipAt(x[i]! + radius * noise[i]!, target.bounds, i);
  });
  return start;
}
