import { choice, integer } from '../base/parameters.js';
import type { Random } from '../base/random.js';
import { defineAttack } from './attack.js';
import { l2Ball, linfBall } from './harness/balls.js';
import { epsilonL2, epsilonLinf } from './harness/epsilon.js';
import { lengthOf } from './harness/norms.js';
import { pickRows, rowOf } from './harness/rows.js';

/** A uniform draw from the surface of the unit ball: in L2 a random direction, in Linf a random corner. */
function uniformOnSphere(random: Random, width: number, norm: 'L2' | 'Linf'): Float64Array {
  if (norm === 'Linf') return Float64Array.from({ length: width }, () => (random.uniform() < 0.5 ? -1 : 1));
  const direction = Float64Array.from({ length: width }, () => random.normal());
  const length = lengthOf(direction, 'L2');
  return direction.map((value) => value / length);
}

/**
 * Random noise: the control that every other attack has to beat. The draws of an input are the same for all
 * budgets, only longer, and each is judged by the harness: no model is asked for anything. Bounds make it
 * smaller than the budget.
 */
function noiseIn(norm: 'Linf' | 'L2', name: string) {
  const ball = norm === 'Linf' ? linfBall : l2Ball;
  return defineAttack({
    name,
    title: `Random noise, ${norm}`,
    source: 'the control of Fawzi et al. 2016, "Robustness of classifiers: from adversarial to random noise"',
    norm,
    followsObjective: false,
    budget: norm === 'Linf' ? epsilonLinf : epsilonL2,
    parameters: {
      draws: integer({
        help: 'draws for each input and budget, of which one success is enough',
        unit: 'draws',
        default: 100,
        minimum: 1,
        maximum: 1_000_000,
        source: 'Foolbox (Rauber et al. 2017), repeated noise attacks',
      }),
      shape:
        norm === 'Linf'
          ? choice({
              help:
                'ball: every element changes by a uniform number; corners: every element changes by all of ' +
                'epsilon, up or down',
              default: 'ball',
              choices: ['ball', 'corners'],
              source: 'Foolbox (Rauber et al. 2017), additive uniform noise',
            })
          : choice({
              help: 'sphere: a random direction of length epsilon; ball: a uniform point of the ball',
              default: 'sphere',
              choices: ['sphere', 'ball'],
              source: 'Fawzi et al. 2016, section 2',
            }),
    },
    async prepare({ images, parameters, random }) {
      const streams = new Map<number, Random>();
      const width = images.data.length / Math.max(1, images.dims[0]!);
      const draw = (stream: Random) =>
        parameters.shape === 'ball' ? ball.draw(width, stream) : uniformOnSphere(stream, width, norm);
      return {
        attempts: parameters.draws,
        candidates(epsilon, rows, attempt) {
          const originals = pickRows(images, rows);
          const changed = { ...originals, data: originals.data.slice() };
          rows.forEach((row, at) => {
            // A budget draws its numbers from the start, so they do not depend on how
            // many an earlier one needed.
            if (attempt === 0) streams.set(row, random(row));
            const change = draw(streams.get(row)!);
            const x = rowOf(changed, at);
            for (let i = 0; i < width; i++) x[i] = x[i]! + epsilon * change[i]!;
          });
          return changed;
        },
      };
    },
  });
}

export const noise = noiseIn('Linf', 'noise');
export const noiseL2 = noiseIn('L2', 'noise-l2');
