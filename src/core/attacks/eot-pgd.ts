import { integer, number, type ParametersOf } from '../base/parameters.js';
import { type Random, stream } from '../base/random.js';
import { argMax } from '../tensor/floats.js';
import { type Attack, type AttackContext, defineAttack, type Prepared } from './attack.js';
import { type Ball, l2Ball, linfBall } from './harness/balls.js';
import { epsilonL2, epsilonLinf } from './harness/epsilon.js';
import { everyRow, rowOf, stacked } from './harness/rows.js';
import { ascent } from './search/ascent.js';
import { averagedTarget } from './search/averaged-gradients.js';
import { tieOf } from './search/lead.js';
import { steepestAscent } from './search/steepest.js';
import { stepSizeParameter, stepsParameter } from './search/walk-parameters.js';

const EOT =
  'Athalye, Carlini and Wagner 2018, "Obfuscated Gradients Give a False Sense of Security", section 4 ' +
  '(expectation over transformation); Smilkov et al. 2017, "SmoothGrad"';

const parameters = {
  steps: stepsParameter(40, 'Madry et al. 2018, Table 1 (MNIST)'),
  stepSize: stepSizeParameter(0.0625, 'Madry et al. 2018, section 5: 2.5 epsilon / steps'),
  draws: integer({
    help: 'gradients that each step averages, the one at the point itself among them',
    unit: 'gradients',
    default: 30,
    minimum: 1,
    maximum: 100_000,
    source: 'Athalye et al. 2018, section 5 (10 to 40 for random defences)',
  }),
  noise: number({
    help: 'half the width of the widest noise; the others are halves, quarters ... of it, in turn',
    unit: 'input units',
    default: 0.1,
    minimum: 0,
    maximum: 1,
    source: 'Smilkov et al. 2017, section 3.1: 10 to 20 % of the range of values',
  }),
  scales: integer({
    help: 'widths of the noise',
    unit: 'widths',
    default: 4,
    minimum: 1,
    maximum: 32,
    source: 'ours: how fine a shattered gradient is shattered is not known',
  }),
  momentum: number({
    help: 'share of the summed gradients that is kept at each step, so that steps average too',
    unit: 'fraction',
    default: 1,
    minimum: 0,
    maximum: 1,
    source: 'Dong et al. 2018, section 4.2.1',
  }),
} as const;

type Given = ParametersOf<typeof parameters>;

/**
 * Projected gradient descent on gradients that are averaged over noise (expectation over transformation):
 * the gradient of the loss as it is after blurring. Where a model's own gradient changes its direction over
 * distances that no attack cares about (a shattered gradient), the blurred one still leads to the boundary.
 * How fine the shattering is is not known, so that noise of several widths is averaged. Gradients of L1 norm
 * one are summed up over the steps (momentum of Dong et al. 2018): what one step's samples leave to chance,
 * those of the others average out. A sample that fools the model is proposed too, as its projection.
 */
const descent =
  (ball: Ball) =>
  async (context: AttackContext<Given>): Promise<Prepared> => {
    const { parameters: given, random, goal, transfer } = context;
    const streams = new Map<number, Random>();
    const labels =
      context.labels ?? argMax(await context.target.logits(context.images, everyRow(context.images)));
    const met = new Map<number, Float32Array>();
    const target = averagedTarget(context.target, {
      samples: given.draws,
      widest: given.noise,
      scales: given.scales,
      random(row) {
        const found = streams.get(row) ?? stream(random(row).uint32(), 'noise');
        streams.set(row, found);
        return found;
      },
      heard(point, row, logits, at) {
        if (transfer || met.has(row)) return;
        if (goal.lead(logits, at, row, labels[row] ?? -1) > tieOf(logits, at)) met.set(row, point.slice());
      },
    });
    const walked = await ascent<Given>(({ objective }) => ({
      steps: given.steps,
      runs: 1,
      objective,
      fromOriginals: false,
      walk(options) {
        const sum = new Float64Array(options.centre.length);
        const slopeOf = (gradient: Float32Array) => {
          const size = gradient.reduce((total, value) => total + Math.abs(value), 0);
          for (let i = 0; i < sum.length; i++)
            sum[i] = given.momentum * (sum[i] ?? 0) + (size > 0 ? (gradient[i] ?? 0) / size : 0);
          return sum;
        };
        return steepestAscent(options, { ball, stepSize: given.stepSize, randomly: false, slopeOf });
      },
    }))({ ...context, target, labels });
    const attempts = walked.attempts ?? 1;
    return {
      ...walked,
      attempts: attempts + 1,
      candidates: (radius, rows, attempt) =>
        attempt < attempts
          ? walked.candidates(radius, rows, attempt)
          : stacked(
              context.images,
              rows.map((row) => met.get(row) ?? rowOf(context.images, row)),
            ),
    };
  };

interface Variant {
  readonly name: string;
  readonly norm: Attack['norm'];
  readonly budget: Attack['budget'];
  readonly ball: Ball;
}

const eotPgdIn = ({ name, norm, budget, ball }: Variant) =>
  defineAttack({
    name,
    title: `PGD on gradients averaged over noise, ${norm}`,
    source: EOT,
    norm,
    followsObjective: true,
    budget,
    parameters,
    prepare: descent(ball),
  });

export const eotPgd = eotPgdIn({ name: 'eot-pgd', norm: 'Linf', budget: epsilonLinf, ball: linfBall });
export const eotPgdL2 = eotPgdIn({ name: 'eot-pgd-l2', norm: 'L2', budget: epsilonL2, ball: l2Ball });
