import { integer, number } from '../base/parameters.js';
import type { Tensor } from '../tensor/tensor.js';
import { defineAttack } from './attack.js';
import { clipAt } from './harness/bounds.js';
import { epsilonL2, epsilonLinf } from './harness/epsilon.js';
import { pauses } from './harness/pause.js';
import { pickRows, rowOf } from './harness/rows.js';
import { dualSize } from './search/hyperplane.js';
import { tieOf } from './search/lead.js';
import { type Found, logitDifferences, minimalNorm, opponentsAt } from './search/minimal.js';

type Floats = Tensor<'float32'>;

/**
 * DeepFool (Moosavi-Dezfooli et al. 2016): goes to the nearest boundary of the linearized classifier,
 * linearizes again there, and so on until the class changes. Of the classes k it takes the one with the
 * smallest `|z_k - z_y| / ||w_k - w_y||_q`, q being the dual of the norm; the step is the shortest one to
 * that boundary, in L2 along the gradient (Algorithm 2), in Linf along its sign (Eq. 11 with p = infinity).
 * What is proposed is the sum of all steps times `1 + overshoot`, clipped to the bounds.
 *
 * On a linear model the first step is exact as long as no bound is in the way.
 */
function deepfoolIn(norm: 'L2' | 'Linf', name: string) {
  return defineAttack({
    name,
    title: `DeepFool, ${norm}`,
    source:
      'Moosavi-Dezfooli et al. 2016, "DeepFool: a simple and accurate method to fool deep neural networks"',
    norm,
    followsObjective: false,
    budget: norm === 'L2' ? epsilonL2 : epsilonLinf,
    parameters: {
      overshoot: number({
        help: 'how much further than the boundary the perturbation goes',
        unit: 'fraction',
        default: 0.02,
        minimum: 0,
        maximum: 10,
        source: 'Moosavi-Dezfooli et al. 2016, section 2.3',
      }),
      steps: integer({
        help: 'linearizations at most',
        unit: 'steps',
        default: 50,
        minimum: 1,
        maximum: 10_000,
        source: 'code of Moosavi-Dezfooli et al. 2016',
      }),
      classes: integer({
        help: 'other classes that are looked at, the most likely ones; each costs a gradient in each step',
        unit: 'classes',
        default: 9,
        minimum: 1,
        maximum: 1000,
        source: 'code of Moosavi-Dezfooli et al. 2016: the ten most likely, with the own one',
      }),
    },
    prepare: minimalNorm(
      async ({ target, images, parameters, signal, goal }, { labels, logits: first }): Promise<Found> => {
        const count = images.dims[0]!;
        const factor = 1 + parameters.overshoot;
        const steps = parameters.steps;
        const pause = pauses(signal);
        const stuck = Array<boolean>(count).fill(false);
        const current: Floats = { ...images, data: images.data.slice() };
        const sum = new Float64Array(images.data.length);
        const width = images.data.length / count;
        const others = Array.from(labels, (label, n) => goal.rivals(first, n, n, label, parameters.classes));

        /**
         * Adds the step to the nearest boundary; false if there is none or bounds keep
         * every element where it is.
         */
        function move(
          n: number,
          at: number,
          beat: number,
          logits: Floats,
          gradients: readonly Floats[],
        ): boolean {
          const z = rowOf(logits, at);
          const own = z[beat]!;
          // Twice a tie, so that rounding does not leave the step just short of the boundary.
          const gaps = others[n]!.map((k) => Math.max(0, own - z[k]!) + 2 * tieOf(logits, at));
          const sizes = gradients.map((gradient) => dualSize(rowOf(gradient, at), norm));
          const distances = gaps.map((gap, j) =>
            sizes[j]! > 0 ? gap / sizes[j]! : Number.POSITIVE_INFINITY,
          );
          const nearest = distances.indexOf(Math.min(...distances));
          if (!Number.isFinite(distances[nearest])) return false;
          const slope = rowOf(gradients[nearest]!, at);
          const scale = distances[nearest]! / (norm === 'L2' ? sizes[nearest]! : 1);
          let moved = false;
          for (let i = 0; i < width; i++) {
            const x = images.data[n * width + i]!;
            const step = scale * (norm === 'L2' ? slope[i]! : Math.sign(slope[i]!));
            // What a bound cuts off is forgotten: it must not be in the way of a later step back.
            const kept = clipAt(x + factor * (sum[n * width + i]! + step), target.bounds, i);
            sum[n * width + i] = (kept - x) / factor;
            const before = current.data[n * width + i];
            current.data[n * width + i] = kept;
            if (current.data[n * width + i] !== before) moved = true;
          }
          return moved;
        }

        let live = Array.from({ length: count }, (_, n) => n);
        for (let step = 0; step < steps && live.length > 0; step++) {
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
          const fooled = live.map((n, at) => goal.lead(logits, at, n, labels[n]!) > tieOf(logits, at));
          const done = await goal.confirmed(now, live, fooled);
          live = live.filter((n, at) => {
            if (done[at]) return false;
            if (move(n, at, own[at]!, logits, gradients)) return true;
            stuck[n] = true;
            return false;
          });
        }
        return { images: current, stuck };
      },
    ),
  });
}

export const deepfool = deepfoolIn('L2', 'deepfool');
export const deepfoolLinf = deepfoolIn('Linf', 'deepfool-linf');
