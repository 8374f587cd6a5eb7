import { defineAttack } from './attack.js';
import { linfBall } from './harness/balls.js';
import { epsilonLinf } from './harness/epsilon.js';
import { ascent } from './search/ascent.js';
import { steepestAscent } from './search/steepest.js';
import { stepSizeParameter, stepsParameter } from './search/walk-parameters.js';

/**
 * Basic iterative method (Kurakin et al. 2017): FGSM in small steps from the original, clipped to ball and
 * bounds after each. The authors take steps of 1/255 and min(255 epsilon + 4, 1.25 * 255 epsilon) of them;
 * common now are ten that reach the ball's border exactly, as in the comparison of Dong et al.
 */
export const bim = defineAttack({
  name: 'bim',
  title: 'Basic iterative method',
  source: 'Kurakin et al. 2017, "Adversarial examples in the physical world", section 2.2',
  norm: 'Linf',
  followsObjective: true,
  budget: epsilonLinf,
  parameters: {
    steps: stepsParameter(10, 'Dong et al. 2018, section 4.1 (I-FGSM)'),
    stepSize: stepSizeParameter(0.1, 'Dong et al. 2018, section 4.1: epsilon / steps'),
  },
  prepare: ascent(({ objective, parameters }) => ({
    steps: parameters.steps,
    runs: 1,
    objective,
    fromOriginals: true,
    walk: (options) =>
      steepestAscent(options, { ball: linfBall, stepSize: parameters.stepSize, randomly: false }),
  })),
});
