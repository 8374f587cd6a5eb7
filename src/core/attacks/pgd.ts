import { number, type ParametersOf } from '../base/parameters.js';
import { type AttackContext, defineAttack } from './attack.js';
import { type Ball, l1Ball, l2Ball, linfBall } from './harness/balls.js';
import { epsilonL1, epsilonL2, epsilonLinf } from './harness/epsilon.js';
import { type Ascent, ascent } from './search/ascent.js';
import { steepestAscent } from './search/steepest.js';
import {
  checkRestarts,
  randomStartParameter,
  restartsParameter,
  stepSizeParameter,
  stepsParameter,
} from './search/walk-parameters.js';

const SOURCE = 'Madry et al. 2018, "Towards Deep Learning Models Resistant to Adversarial Attacks"';
const MADRY = 'Madry et al. 2018';

const parameters = {
  steps: stepsParameter(40, `${MADRY}, Table 1 (MNIST)`),
  // 2.5 / 40.
  stepSize: stepSizeParameter(
    0.0625,
    `${MADRY}, section 5: 2.5 epsilon / steps, far enough for any point of the ball`,
  ),
  randomStart: randomStartParameter(`${MADRY}, section 2.1`),
  restarts: restartsParameter(`${MADRY}, Table 1 (1 to 20)`),
} as const;

/**
 * Projected gradient descent on the loss's negative (Madry et al. 2018): from a random point of the
 * ball, steps of steepest ascent in the norm, each followed by the projection onto ball and bounds.
 * Both are exact in every norm: the nearest point of the intersection, so that bounds take nothing
 * from what the ball allows.
 *
 * In L1 the exact direction would move one element at a time; the steps are the sparse ones of Tramer and
 * Boneh 2019 (SLIDE).
 */
const descent = (
  { objective, parameters: given }: AttackContext<ParametersOf<typeof parameters>>,
  ball: Ball,
): Ascent => {
  const randomly = given.randomStart === 'yes';
  const how = { ball, stepSize: given.stepSize, randomly };
  return {
    steps: given.steps,
    runs: given.restarts,
    objective,
    fromOriginals: !randomly,
    walk: (options) => steepestAscent(options, how),
  };
};

export const pgd = defineAttack({
  name: 'pgd',
  title: 'Projected gradient descent, Linf',
  source: SOURCE,
  norm: 'Linf',
  followsObjective: true,
  budget: epsilonLinf,
  parameters,
  check: checkRestarts('pgd'),
  prepare: ascent((context) => descent(context, linfBall)),
});

export const pgdL2 = defineAttack({
  name: 'pgd-l2',
  title: 'Projected gradient descent, L2',
  source: SOURCE,
  norm: 'L2',
  followsObjective: true,
  budget: epsilonL2,
  parameters,
  check: checkRestarts('pgd-l2'),
  prepare: ascent((context) => descent(context, l2Ball)),
});

export const pgdL1 = defineAttack({
  name: 'pgd-l1',
  title: 'Projected gradient descent, L1',
  source:
    `${SOURCE}; steps of Tramer and Boneh 2019, "Adversarial Training and Robustness for Multiple ` +
    'Perturbations"',
  norm: 'L1',
  followsObjective: true,
  budget: epsilonL1,
  parameters: {
    ...parameters,
    density: number({
      help: 'share of the elements that one step moves, those with the steepest gradients; at least one',
      unit: 'fraction',
      default: 0.01,
      minimum: 0,
      maximum: 1,
      source: 'Tramer and Boneh 2019, section 3 (SLIDE, the 99th percentile)',
    }),
  },
  check: checkRestarts('pgd-l1'),
  prepare: ascent((context) => descent(context, l1Ball(context.parameters.density))),
});
