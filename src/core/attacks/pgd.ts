import type { Attack } from './attack.js';
import type { AttackParameter, AttackParameters } from './attack-parameters.js';
import { type Ball, l1Ball, l2Ball, linfBall } from './harness/balls.js';
import { epsilonL1, epsilonL2, epsilonLinf } from './harness/epsilon.js';
import { ascent } from './search/ascent.js';
import { steepestAscent } from './search/steepest.js';
import {
  checkRestarts,
  randomStartParameter,
  restartsParameter,
  stepSizeParameter,
  stepsParameter,
} from './search/walk-parameters.js';

interface Variant {
  readonly name: string;
  readonly norm: Attack['norm'];
  readonly budget: Attack['budget'];
  readonly extra?: Readonly<Record<string, AttackParameter>>;
  readonly source?: string;
  ball(parameters: AttackParameters): Ball;
}

const MADRY = 'Madry et al. 2018';

/**
 * Projected gradient descent on the loss's negative (Madry et al. 2018): from a random point of the ball, steps of steepest
 * ascent in the norm, each followed by the projection onto ball and bounds. Both are exact in every norm: the nearest point of the
 * intersection, so that bounds take nothing from what the ball allows.
 *
 * In L1 the exact direction would move one element at a time; the steps are the sparse ones of Tramer and Boneh 2019 (SLIDE).
 */
const pgdIn = ({ name, norm, budget, extra, source = '', ball }: Variant): Attack => ({
  name,
  title: `Projected gradient descent, ${norm}`,
  source: `Madry et al. 2018, "Towards Deep Learning Models Resistant to Adversarial Attacks"${source}`,
  norm,
  followsObjective: true,
  budget,
  parameters: {
    steps: stepsParameter(40, `${MADRY}, Table 1 (MNIST)`),
    // 2.5 / 40.
    stepSize: stepSizeParameter(
      0.0625,
      `${MADRY}, section 5: 2.5 epsilon / steps, far enough for any point of the ball`,
    ),
    randomStart: randomStartParameter(`${MADRY}, section 2.1`),
    restarts: restartsParameter(`${MADRY}, Table 1 (1 to 20)`),
    ...extra,
  },
  check: checkRestarts(name),
  prepare: ascent(({ objective, parameters }) => {
    const randomly = parameters.randomStart === 'yes';
    const how = { ball: ball(parameters), stepSize: Number(parameters.stepSize), randomly };
    return {
      steps: Number(parameters.steps),
      runs: Number(parameters.restarts),
      objective,
      fromOriginals: !randomly,
      walk: (options) => steepestAscent(options, how),
    };
  }),
});

export const pgd = pgdIn({ name: 'pgd', norm: 'Linf', budget: epsilonLinf, ball: () => linfBall });

export const pgdL2 = pgdIn({ name: 'pgd-l2', norm: 'L2', budget: epsilonL2, ball: () => l2Ball });

export const pgdL1 = pgdIn({
  name: 'pgd-l1',
  norm: 'L1',
  budget: epsilonL1,
  source:
    '; steps of Tramer and Boneh 2019, "Adversarial Training and Robustness for Multiple Perturbations"',
  extra: {
    density: {
      help: 'share of the elements that one step moves, those with the steepest slopes; at least one',
      unit: 'fraction',
      default: 0.01,
      minimum: 0,
      maximum: 1,
      source: 'Tramer and Boneh 2019, section 3 (SLIDE, the 99th percentile)',
    },
  },
  ball: ({ density }) => l1Ball(Number(density)),
});
