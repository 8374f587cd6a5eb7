import { integer } from '../base/parameters.js';
import { objectives } from '../models/objectives/index.js';
import { type Attack, defineAttack } from './attack.js';
import { type Ball, l2Ball, linfBall } from './harness/balls.js';
import { epsilonL2, epsilonLinf } from './harness/epsilon.js';
import { autoPgd } from './search/apgd-walk.js';
import { ascent } from './search/ascent.js';
import { restartsParameter, stepsParameter } from './search/walk-parameters.js';

const PAPER =
  'Croce and Hein 2020, "Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse ' +
  'Parameter-free Attacks"';

interface Variant {
  readonly name: string;
  readonly norm: Attack['norm'];
  readonly budget: Attack['budget'];
  readonly ball: Ball;
}

/**
 * Auto-PGD, which chooses the length of its steps by itself (see `autoPgd`). With `--objective cross-entropy`
 * it is the paper's APGD-CE, with `dlr` APGD-DLR.
 */
const apgdIn = ({ name, norm, budget, ball }: Variant) =>
  defineAttack({
    name,
    title: `Auto-PGD, ${norm}`,
    source: `${PAPER}, Algorithm 1`,
    norm,
    followsObjective: true,
    budget,
    parameters: {
      steps: stepsParameter(100, 'Croce and Hein 2020, section 5'),
      restarts: restartsParameter('Croce and Hein 2020, section 5 (AutoAttack: 1; Table 2: 5)'),
    },
    prepare: ascent(({ objective, parameters: { steps, restarts } }) => ({
      steps,
      runs: restarts,
      objective,
      fromOriginals: false,
      walk: (options) => autoPgd(options, ball, steps),
    })),
  });

/**
 * Auto-PGD on the targeted difference of logits ratio, towards each of the most likely other classes in turn:
 * a walk for each. Where a model has fewer other classes there are fewer walks.
 */
const apgdTargetedIn = ({ name, norm, budget, ball }: Variant) =>
  defineAttack({
    name,
    title: `Auto-PGD, targeted DLR, ${norm}`,
    source: `${PAPER}, Algorithm 1 and Eq. 7`,
    norm,
    followsObjective: false,
    budget,
    parameters: {
      steps: stepsParameter(100, 'Croce and Hein 2020, section 5'),
      targets: integer({
        help: 'other classes that are walked to, the most likely ones; one success is enough',
        unit: 'classes',
        default: 9,
        minimum: 1,
        maximum: 1000,
        source: 'Croce and Hein 2020, section 5 (APGD-T)',
      }),
    },
    prepare: ascent(({ target: { classes }, parameters, goal }, { labels, logits }) => {
      const steps = parameters.steps;
      const others = Array.from(labels, (label, n) => goal.rivals(logits, n, n, label, classes));
      const runs = Math.min(parameters.targets, classes - 1, others[0]?.length ?? 1);
      return {
        steps,
        runs,
        objective: objectives['dlr-targeted'],
        targets: (run) => Int32Array.from(others, (ranked) => ranked[run]!),
        fromOriginals: false,
        walk: (options) => autoPgd(options, ball, steps),
      };
    }),
  });

export const apgd = apgdIn({ name: 'apgd', norm: 'Linf', budget: epsilonLinf, ball: linfBall });
export const apgdL2 = apgdIn({ name: 'apgd-l2', norm: 'L2', budget: epsilonL2, ball: l2Ball });
export const apgdT = apgdTargetedIn({ name: 'apgd-t', norm: 'Linf', budget: epsilonLinf, ball: linfBall });
export const apgdTL2 = apgdTargetedIn({ name: 'apgd-t-l2', norm: 'L2', budget: epsilonL2, ball: l2Ball });
