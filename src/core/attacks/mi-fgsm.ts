import { number } from '../base/parameters.js';
import { defineAttack } from './attack.js';
import { linfBall } from './harness/balls.js';
import { epsilonLinf } from './harness/epsilon.js';
import { ascent } from './search/ascent.js';
import { steepestAscent } from './search/steepest.js';
import { stepSizeParameter, stepsParameter } from './search/walk-parameters.js';

const DONG = 'Dong et al. 2018';

/**
 * Momentum iterative FGSM (Dong et al. 2018, Algorithm 1): gradients of L1 norm one are summed up with a
 * decay, and the steps go along the sign of the sum. Less drawn to the peculiarities of one model, so that
 * more of it transfers to others.
 *
 * A gradient of exactly zero adds nothing, and the walk goes on with the momentum that it has.
 */
export const miFgsm = defineAttack({
  name: 'mi-fgsm',
  title: 'Momentum iterative FGSM',
  source: 'Dong et al. 2018, "Boosting Adversarial Attacks with Momentum"',
  norm: 'Linf',
  followsObjective: true,
  budget: epsilonLinf,
  parameters: {
    steps: stepsParameter(10, `${DONG}, section 4.1`),
    stepSize: stepSizeParameter(0.1, `${DONG}, Algorithm 1: epsilon / steps`),
    momentum: number({
      help: 'share of the summed gradients that is kept at each step; 0 is bim',
      unit: 'fraction',
      default: 1,
      minimum: 0,
      maximum: 10,
      source: `${DONG}, section 4.2.1`,
    }),
  },
  prepare: ascent(({ objective, parameters }) => ({
    steps: parameters.steps,
    runs: 1,
    objective,
    fromOriginals: true,
    walk: (options) => {
      const decay = parameters.momentum;
      const sum = new Float64Array(options.centre.length);
      const slopeOf = (gradient: Float32Array) => {
        let size = 0;
        for (let i = 0; i < sum.length; i++) size += Math.abs(gradient[i]!);
        for (let i = 0; i < sum.length; i++) sum[i] = decay * sum[i]! + (size > 0 ? gradient[i]! / size : 0);
        return sum;
      };
      const stepSize = parameters.stepSize;
      return steepestAscent(options, { ball: linfBall, stepSize, randomly: false, slopeOf });
    },
  })),
});
