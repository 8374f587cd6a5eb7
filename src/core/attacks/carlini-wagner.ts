import { integer, number } from '../base/parameters.js';
import { objectives } from '../models/objectives/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { defineAttack } from './attack.js';
import { limitsOf } from './harness/bounds.js';
import { epsilonL2 } from './harness/epsilon.js';
import { pauses } from './harness/pause.js';
import { rowOf } from './harness/rows.js';
import { tieOf } from './search/lead.js';
import { type Found, minimalNorm } from './search/minimal.js';

type Floats = Tensor<'float32'>;

/** Keeps the change of variables finite at the bounds, as the authors' code does. */
const INSIDE = 0.999999;
/** Adam's default numbers (Kingma and Ba 2015). */
const [BETA1, BETA2, TINY] = [0.9, 0.999, 1e-8];
/** Past this c the search is given up, as in the authors' code. */
const LARGEST_C = 1e10;
/**
 * How often, in shares of all steps, a search asks whether it still gets on, and what it calls getting on.
 */
const [CHECKS, PROGRESS] = [10, 0.9999];

/** The search of one input: where its optimizer is, and what is known about c. */
interface Path {
  readonly w: Float64Array;
  readonly m: Float64Array;
  readonly v: Float64Array;
  step: number;
  search: number;
  c: number;
  lower: number;
  upper: number;
  /** Whether this c has led to success, and the loss at the last check. */
  succeeded: boolean;
  checked: number;
  /** Squared size of the smallest perturbation that fooled the model. */
  best: number;
}

/**
 * Carlini and Wagner's L2 attack (2017, sections V and VI): minimizes `||x' - x||^2 + c * f(x')`, where
 * `f = max(z_y - max_{k != y} z_k, -kappa)`, over w with `x' = (tanh w + 1) / 2`, which stays inside the
 * bounds by itself. The smallest c that succeeds is found by a binary search. Untargeted: the label is the
 * model's own prediction.
 *
 * Every input has an optimizer and a search of its own. One that is through with its last c leaves the batch.
 */
export const carliniWagner = defineAttack({
  name: 'carlini-wagner',
  title: 'Carlini and Wagner, L2',
  source: 'Carlini and Wagner 2017, "Towards Evaluating the Robustness of Neural Networks"',
  norm: 'L2',
  followsObjective: false,
  budget: epsilonL2,
  parameters: {
    confidence: number({
      help: 'kappa: by how much the logit of another class has to be above that of the label',
      unit: 'logits',
      default: 0,
      minimum: 0,
      maximum: 10_000,
      source: 'Carlini and Wagner 2017, section V.A',
    }),
    steps: integer({
      help: 'steps of Adam for each c; the paper allows 10000, of which early abort leaves most unused',
      unit: 'steps',
      default: 1000,
      minimum: 1,
      maximum: 1_000_000,
      source: 'Carlini and Wagner 2017, section VI; 1000 as in the evaluations since',
    }),
    searches: integer({
      help: 'values of c that are tried',
      unit: 'values',
      default: 9,
      minimum: 1,
      maximum: 50,
      source: 'code of Carlini and Wagner 2017',
    }),
    stepSize: number({
      help: "Adam's step size in the space of w",
      unit: 'arctanh of input units',
      default: 0.01,
      minimum: 1e-6,
      maximum: 10,
      source: 'code of Carlini and Wagner 2017',
    }),
    initialC: number({
      help: 'the first c; it grows tenfold until the attack succeeds',
      unit: 'squared input units for each unit of the logits',
      default: 1e-3,
      minimum: 1e-12,
      maximum: 1e6,
      source: 'code of Carlini and Wagner 2017',
    }),
  },
  prepare: minimalNorm(async ({ target, images, parameters, signal, goal }, { labels }): Promise<Found> => {
    const count = images.dims[0]!;
    const width = images.data.length / count;
    const { low, high } = limitsOf(target.bounds, width);
    const [steps, searches] = [parameters.steps, parameters.searches];
    const [stepSize, kappa] = [parameters.stepSize, parameters.confidence];
    const pause = pauses(signal);
    const best: Floats = { ...images, data: images.data.slice() };
    const stuck = Array<boolean>(count).fill(false);

    /** Starts the optimizer at the original, with the path's c. */
    function restart(path: Path, n: number): void {
      const x = rowOf(images, n);
      for (let i = 0; i < width; i++)
        // An element whose bounds are equal stays where it is, whatever w.
        path.w[i] =
          high[i]! > low[i]! ? Math.atanh(INSIDE * ((2 * (x[i]! - low[i]!)) / (high[i]! - low[i]!) - 1)) : 0;
      path.m.fill(0);
      path.v.fill(0);
      Object.assign(path, { step: 0, succeeded: false, checked: Number.POSITIVE_INFINITY });
    }

    const paths = Array.from({ length: count }, (_, n): Path => {
      const [w, m, v] = [new Float64Array(width), new Float64Array(width), new Float64Array(width)];
      const bounds = { c: parameters.initialC, lower: 0, upper: LARGEST_C };
      const path = { w, m, v, ...bounds, step: 0, search: 0, succeeded: false, checked: 0, best: Infinity };
      restart(path, n);
      return path;
    });

    /** Binary search; tenfold steps until a c succeeds. */
    function nextC(path: Path): void {
      if (path.succeeded) path.upper = Math.min(path.upper, path.c);
      else path.lower = Math.max(path.lower, path.c);
      path.c = path.upper < LARGEST_C ? (path.lower + path.upper) / 2 : path.c * 10;
    }

    /** One step of Adam; false once this c is done with. */
    function descend(
      path: Path,
      x: Float32Array,
      now: Float32Array,
      slope: Float32Array,
      f: number,
      squared: number,
    ) {
      const loss = squared + path.c * f;
      if (path.step > 0 && path.step % Math.max(1, Math.floor(steps / CHECKS)) === 0) {
        if (loss > path.checked * PROGRESS) return false;
        path.checked = loss;
      }
      path.step += 1;
      const [fade1, fade2] = [1 - BETA1 ** path.step, 1 - BETA2 ** path.step];
      // Past the wanted confidence f is constant.
      const pull = f > -kappa ? path.c : 0;
      for (let i = 0; i < width; i++) {
        const tanh = Math.tanh(path.w[i]!);
        // The slope is that of the margin, which is minus f.
        const g = (2 * (now[i]! - x[i]!) - pull * slope[i]!) * (1 - tanh * tanh) * ((high[i]! - low[i]!) / 2);
        path.m[i] = BETA1 * path.m[i]! + (1 - BETA1) * g;
        path.v[i] = BETA2 * path.v[i]! + (1 - BETA2) * g * g;
        path.w[i]! -= (stepSize * (path.m[i]! / fade1)) / (Math.sqrt(path.v[i]! / fade2) + TINY);
      }
      return path.step < steps;
    }

    let live = Array.from({ length: count }, (_, n) => n);
    while (live.length > 0) {
      await pause();
      const data = new Float32Array(live.length * width);
      live.forEach((n, at) => {
        const { w } = paths[n]!;
        for (let i = 0; i < width; i++)
          data[at * width + i] = low[i]! + ((high[i]! - low[i]!) * (Math.tanh(w[i]!) + 1)) / 2;
      });
      const now: Floats = { ...images, dims: [live.length, ...images.dims.slice(1)], data };
      const own = Int32Array.from(live, (n) => labels[n]!);
      const {
        loss: margins,
        logits,
        gradient,
      } = await target.gradient(now, {
        rows: live,
        objective: objectives.margin,
        labels: own,
      });
      const fooled = live.map((_, at) => margins[at]! >= kappa && margins[at]! > tieOf(logits, at));
      const done = await goal.confirmed(now, live, fooled);
      live = live.filter((n, at) => {
        const path = paths[n]!;
        const [x, changed, slope] = [rowOf(images, n), rowOf(now, at), rowOf(gradient, at)];
        let squared = 0;
        for (let i = 0; i < width; i++) squared += (changed[i]! - x[i]!) ** 2;
        const margin = margins[at]!;
        if (done[at]) {
          path.succeeded = true;
          if (squared < path.best) {
            path.best = squared;
            rowOf(best, n).set(changed);
          }
        } else if (path.step === 0 && slope.every((value) => value === 0)) {
          // Nothing pulls at the original: no c can change that.
          stuck[n] = true;
          return false;
        }
        if (descend(path, x, changed, slope, Math.max(-margin, -kappa), squared)) return true;
        path.search += 1;
        nextC(path);
        restart(path, n);
        return path.search < searches;
      });
    }
    return { images: best, stuck };
  }),
});
