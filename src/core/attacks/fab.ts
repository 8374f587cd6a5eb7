import { integer, number } from '../base/parameters.js';
import { defineAttack } from './attack.js';
import { epsilonL1, epsilonL2, epsilonLinf } from './harness/epsilon.js';
import type { MovingNorm } from './harness/norms.js';
import { type Best, finalSearch, randomStart, walk } from './search/fab-search.js';
import { type Found, minimalNorm } from './search/minimal.js';

const parameters = {
  steps: integer({
    help: 'iterations for each start (and each target class)',
    unit: 'steps',
    default: 100,
    minimum: 1,
    maximum: 100_000,
    source: 'Croce and Hein 2020, section 4',
  }),
  restarts: integer({
    help:
      'starts; the first from the original, the others at random, no further away than half of the best so ' +
      'far',
    unit: 'starts',
    default: 1,
    minimum: 1,
    maximum: 1000,
    source: 'Croce and Hein 2020, section 3.2',
  }),
  classes: integer({
    help: 'other classes that are looked at, the most likely ones; each costs a gradient in each step',
    unit: 'classes',
    default: 9,
    minimum: 1,
    maximum: 1000,
    source: 'Croce and Hein 2020, section 3.2; nine as in AutoAttack',
  }),
  alphaMax: number({
    help: 'largest share of the step that goes from the original instead of the current point',
    unit: 'fraction',
    default: 0.1,
    minimum: 0,
    maximum: 1,
    source: 'Croce and Hein 2020, section 4',
  }),
  eta: number({
    help: 'extrapolation past the hyperplane',
    unit: 'factor',
    default: 1.05,
    minimum: 1,
    maximum: 10,
    source: 'Croce and Hein 2020, section 4',
  }),
  beta: number({
    help: 'how much of the perturbation is kept by the step back after a success',
    unit: 'fraction',
    default: 0.9,
    minimum: 0,
    maximum: 1,
    source: 'Croce and Hein 2020, section 4',
  }),
} as const;

/**
 * Fast Adaptive Boundary attack (Croce and Hein 2020, "Minimally distorted Adversarial Examples with a Fast
 * Adaptive Boundary Attack"). Untargeted, it looks at the nearest boundary of all classes in each step;
 * targeted, it goes to the boundary of one class at a time, the most likely ones in turn, which finds smaller
 * perturbations where the nearest boundary misleads. In both cases any other class is a success.
 */
function fabIn(norm: MovingNorm, name: string, targeted = false) {
  const budget = { Linf: epsilonLinf, L2: epsilonL2, L1: epsilonL1 }[norm];
  return defineAttack({
    name,
    title: `Fast Adaptive Boundary attack, ${norm}${targeted ? ', one target class at a time' : ''}`,
    source:
      'Croce and Hein 2020, "Minimally distorted Adversarial Examples with a Fast Adaptive Boundary Attack"',
    norm,
    followsObjective: false,
    budget,
    parameters,
    prepare: minimalNorm(async (context, start): Promise<Found> => {
      const { images, parameters: given } = context;
      const count = images.dims[0]!;
      const best: Best = {
        images: { ...images, data: images.data.slice() },
        sizes: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
      };
      const others = Array.from(start.labels, (label, n) =>
        context.goal.rivals(start.logits, n, n, label, given.classes),
      );
      const looks = targeted ? others[0]!.map((_, j) => others.map((classes) => [classes[j]!])) : [others];
      const random = Array.from({ length: count }, (_, n) => context.random(n));
      let flat: Set<number> | undefined;
      for (let restart = 0; restart < given.restarts; restart++) {
        for (const look of looks) {
          const from = restart === 0 ? images : randomStart(context, norm, best, random);
          const now = await walk(context, start, norm, { others: look, from, best });
          flat = flat ? new Set([...flat].filter((n) => now.has(n))) : now;
        }
      }
      await finalSearch(context, start, norm, best);
      const stuck = Array.from(
        best.sizes,
        (size, n) => size === Number.POSITIVE_INFINITY && flat?.has(n) === true,
      );
      return { images: best.images, stuck };
    }),
  });
}

export const fab = fabIn('Linf', 'fab');
export const fabL2 = fabIn('L2', 'fab-l2');
export const fabL1 = fabIn('L1', 'fab-l1');
export const fabT = fabIn('Linf', 'fab-t', true);
export const fabTL2 = fabIn('L2', 'fab-t-l2', true);
