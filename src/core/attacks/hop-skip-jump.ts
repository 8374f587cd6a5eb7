import { integer } from '../base/parameters.js';
import type { Random } from '../base/random.js';
import type { Tensor } from '../tensor/tensor.js';
import { defineAttack } from './attack.js';
import { type Bounds, clipAt, limitsOf, rangeOf } from './harness/bounds.js';
import { epsilonL2, epsilonLinf } from './harness/epsilon.js';
import { lengthOf } from './harness/norms.js';
import { pauses } from './harness/pause.js';
import { rowOf } from './harness/rows.js';
import { type Found, minimalNorm } from './search/minimal.js';

type Floats = Tensor<'float32'>;
type MetricNorm = 'L2' | 'Linf';

/** Images for each run of the engine while a direction is estimated: more would only take memory. */
const CHUNK = 128;
/**
 * How far the first estimate looks, as a share of the range between the bounds (code of Chen et al. 2020).
 */
const FIRST_LOOK = 0.1;

/** One input, the model as a yes or no, and how many questions are left. */
interface Game {
  readonly original: Float32Array;
  readonly norm: MetricNorm;
  readonly bounds: Bounds;
  readonly random: Random;
  /** Precision of the binary search. */
  readonly theta: number;
  left: number;
  /** For each image whether the model is fooled by it. */
  ask(images: readonly Float32Array[]): Promise<boolean[]>;
}

const distance = ({ original, norm }: Game, x: Float32Array) =>
  lengthOf(
    x.map((v, i) => v - original[i]!),
    norm,
  );

/**
 * A point between the original and `x`: in L2 on the segment, in Linf inside the smaller cube
 * (Eq. 10 and section III.D).
 * @param share of the perturbation, in [0, 1]
 */
function between({ original, norm }: Game, x: Float32Array, share: number, size: number): Float32Array {
  if (norm === 'L2') return x.map((v, i) => original[i]! + share * (v - original[i]!));
  const most = share * size;
  return x.map((v, i) => Math.min(original[i]! + most, Math.max(original[i]! - most, v)));
}

/**
 * The boundary between the original and a fooling image, seen from the fooling side
 * (Algorithm 1 of the paper).
 */
async function toBoundary(game: Game, x: Float32Array): Promise<Float32Array> {
  const size = distance(game, x);
  let [low, high, best] = [0, 1, x];
  while (high - low > game.theta && game.left > 0) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    const tried = between(game, x, middle, size);
    if ((await game.ask([tried]))[0]) [high, best] = [middle, tried];
    else low = middle;
  }
  return best;
}

/**
 * A fooling image to start from: uniform noise as in the paper, and in turns with it black and
 * white noise of a random brightness, which differs more from image to image. A model often sees
 * one class in all uniform noise.
 */
async function begin(game: Game, tries: number): Promise<Float32Array | undefined> {
  const { original, random } = game;
  const { low, high } = limitsOf(game.bounds, original.length);
  for (let t = 0; t < tries && game.left > 0; t++) {
    const brightness = random.uniform();
    const uniform = t % 2 === 0;
    const tried = original.map((_, i) => {
      const draw = random.uniform();
      return low[i]! + (high[i]! - low[i]!) * (uniform ? draw : Number(draw < brightness));
    });
    if ((await game.ask([tried]))[0]) return tried;
  }
  return undefined;
}

/**
 * Monte Carlo estimate of the gradient's direction at the boundary (Eq. 9 with the baseline of Eq. 16): the
 * mean of random directions, each with the sign of what the model says of a small step along it.
 *
 * @param look length of the steps
 */
async function direction(game: Game, x: Float32Array, count: number, look: number): Promise<Float64Array> {
  const { norm, random, bounds } = game;
  const width = x.length;
  const [signed, plain] = [new Float64Array(width), new Float64Array(width)];
  let total = 0;
  for (let start = 0; start < count; start += CHUNK) {
    const steps = Array.from({ length: Math.min(CHUNK, count - start) }, () => {
      const draw = Float64Array.from({ length: width }, () =>
        norm === 'L2' ? random.normal() : 2 * random.uniform() - 1,
      );
      const length = lengthOf(draw, 'L2');
      return x.map((v, i) => clipAt(v + (look * draw[i]!) / length, bounds, i));
    });
    const answers = await game.ask(steps);
    answers.forEach((yes, k) => {
      const sign = yes ? 1 : -1;
      total += sign;
      for (let i = 0; i < width; i++) {
        // What the bounds have left of the step.
        const step = (steps[k]![i]! - x[i]!) / look;
        signed[i] = signed[i]! + sign * step;
        plain[i] = plain[i]! + step;
      }
    });
  }
  const mean = total / count;
  // Where all agree, the baseline would leave nothing.
  const gradient = Math.abs(mean) === 1 ? signed : signed.map((value, i) => value - mean * plain[i]!);
  if (norm === 'Linf') return gradient.map(Math.sign);
  const length = lengthOf(gradient, 'L2');
  return length > 0 ? gradient.map((value) => value / length) : gradient;
}

/**
 * Goes along the direction by the largest of d/sqrt(t), half of it, a quarter ... that still
 * fools the model (Eq. 13).
 */
async function jump(game: Game, x: Float32Array, towards: Float64Array, t: number): Promise<Float32Array> {
  let step = distance(game, x) / Math.sqrt(t);
  while (game.left > 0 && step > 0) {
    const tried = x.map((v, i) => clipAt(v + step * towards[i]!, game.bounds, i));
    if (tried.every((v, i) => v === x[i])) return x;
    if ((await game.ask([tried]))[0]) return tried;
    step /= 2;
  }
  return x;
}

/** @returns the smallest perturbed image found, or undefined where nothing fools the model */
async function hopSkipJumpOf(
  game: Game,
  firstEstimate: number,
  tries: number,
): Promise<Float32Array | undefined> {
  const width = game.original.length;
  const begun = await begin(game, tries);
  if (!begun) return undefined;
  let x = await toBoundary(game, begun);
  /** Of the point that the search for the boundary began with: its error is a share of this. */
  let reached = distance(game, begun);
  let best = x;
  for (let t = 1; game.left > 0; t++) {
    if (distance(game, x) === 0) break;
    // Section III.C: the error of the binary search must not hide in the steps of the estimate.
    const look =
      t === 1
        ? FIRST_LOOK * rangeOf(game.bounds, width)
        : reached * game.theta * (game.norm === 'L2' ? Math.sqrt(width) : width);
    const count = Math.min(game.left, Math.round(firstEstimate * Math.sqrt(t)));
    const towards = await direction(game, x, count, look);
    const landed = await jump(game, x, towards, t);
    reached = distance(game, landed);
    x = await toBoundary(game, landed);
    if (distance(game, x) < distance(game, best)) best = x;
  }
  return best;
}

/**
 * HopSkipJump (Chen, Jordan and Wainwright 2020): sees decisions alone, no logits and no gradients. From an
 * image that fools the model it goes to the boundary, estimates there by many small random steps which way
 * leads further into the other class, jumps that way, and returns to the boundary, nearer to the original.
 *
 * Inputs are attacked one at a time: the estimate of one is a batch of its own.
 */
function hopSkipJumpIn(norm: MetricNorm, name: string) {
  return defineAttack({
    name,
    title: `HopSkipJump, ${norm}`,
    source: 'Chen, Jordan and Wainwright 2020, "HopSkipJumpAttack: A Query-Efficient Decision-Based Attack"',
    norm,
    followsObjective: false,
    budget: norm === 'L2' ? epsilonL2 : epsilonLinf,
    parameters: {
      queryBudget: integer({
        help: 'queries at most, for each input',
        unit: 'queries',
        default: 5000,
        minimum: 1,
        maximum: 10_000_000,
        source: 'Chen et al. 2020, section V',
      }),
      firstEstimate: integer({
        help:
          'queries of the first estimate of a direction; later ones grow with the square root of the ' +
          'iteration',
        unit: 'queries',
        default: 100,
        minimum: 1,
        maximum: 1_000_000,
        source: 'Chen et al. 2020, section V',
      }),
      startTries: integer({
        help: 'random images that are tried as a start',
        unit: 'images',
        default: 1000,
        minimum: 1,
        maximum: 1_000_000,
        source: 'Chen et al. 2020, section III.D; the number is ours',
      }),
    },
    prepare: minimalNorm(
      async ({ target, images, parameters, random, signal, goal }, { labels }): Promise<Found> => {
        const pause = pauses(signal);
        const best: Floats = { ...images, data: images.data.slice() };
        const stuck: boolean[] = [];
        for (const [n, label] of labels.entries()) {
          const original = rowOf(images, n);
          const width = original.length;
          const game: Game = {
            original,
            norm,
            bounds: target.bounds,
            random: random(n),
            // Section III.C.2 with gamma 1.
            theta: norm === 'L2' ? width ** -1.5 : width ** -2,
            left: parameters.queryBudget,
            async ask(asked) {
              await pause();
              game.left -= asked.length;
              const data = new Float32Array(asked.length * width);
              asked.forEach((x, k) => {
                data.set(x, k * width);
              });
              const points = { ...images, dims: [asked.length, ...images.dims.slice(1)], data };
              const rows = asked.map(() => n);
              const answers = await target.predict(points, rows);
              const fooled = Array.from(answers, (answer) => goal.isReached(answer, n, label));
              return [...(await goal.confirmed(points, rows, fooled))];
            },
          };
          const nearest = await hopSkipJumpOf(game, parameters.firstEstimate, parameters.startTries);
          if (nearest) rowOf(best, n).set(nearest);
          stuck.push(nearest === undefined);
        }
        return { images: best, stuck };
      },
    ),
  });
}

export const hopSkipJump = hopSkipJumpIn('L2', 'hop-skip-jump');
export const hopSkipJumpLinf = hopSkipJumpIn('Linf', 'hop-skip-jump-linf');
