import { z } from 'zod';
import { outcomeArrays, outcomesCsv } from '../../../core/attacks/harness/outcome-arrays.js';
import { type AttackParameters as AttackSettings, attacks, sweep } from '../../../core/attacks/index.js';
import { lookUp } from '../../../core/base/names.js';
import { sampleTest } from '../../../core/data/sampling.js';
import { logDistribution } from '../../../core/evaluation/distributions.js';
import { Classifier } from '../../../core/models/classifier.js';
import { writeNpz } from '../../../core/tensor/npz.js';
import { resultsSchema } from '../../apps/study/study-schema.js';
import type { StepKind } from '../step.js';
import { attackedModel, objectiveOf } from './step-parts.js';

export type AttackParameters = {
  readonly dataset: string;
  readonly attack: string;
  /** For an attack that follows no objective: what it differentiates, for the label only. */
  readonly objective: string;
  /** All of them: usual values may change, keys must not depend on it. */
  readonly parameters: AttackSettings;
  /** `uninhibited`: the gradients are those of the model with tau = 0 (a transfer attack). */
  readonly source?: string;
  readonly budgets: readonly number[];
  readonly samples: number;
  readonly seed: number;
  readonly tau: number;
};

const { attacks: attackRows, gradients: gradientRows } = resultsSchema.shape;
const { norm, points, zeroGradientElements, zeroGradientInputs, stuck } = attackRows.element.shape;
const output = z.object({
  norm,
  points,
  zeroGradientElements,
  zeroGradientInputs,
  stuck,
  gradients: gradientRows.element
    .pick({
      images: true,
      zeros: true,
      below: true,
      above: true,
      nonFinite: true,
      histogram: true,
      quantiles: true,
    })
    .nullable(),
});

/** One attack over all budgets (Algorithm 1); artifacts `outcomes.npz` and `outcomes.csv` with every input's fate. */
export const attackStep: StepKind<AttackParameters, z.infer<typeof output>> = {
  name: 'attack',
  version: 3,
  output,
  // An iterative attack takes two products for each element; a gradient costs about two forward passes.
  cost: (p) =>
    p.samples * (p.parameters.mode === 'iterative' ? 1.5 * p.budgets.at(-1)! : 2 + p.budgets.length),
  label: (p) => `${p.attack} on ${p.objective}${p.tau > 0 ? `, tau ${p.tau}` : ''}`,
  async run(p, inputs, context) {
    const dataset = await context.dataset(p.dataset);
    const indices = sampleTest(dataset, p.samples, p.seed);
    const { images, labels } = dataset.test.batch(indices);
    const { runtime } = context;
    const classifier = new Classifier(await attackedModel(inputs, p.tau, context), { runtime });
    const source =
      p.source === 'uninhibited' && p.tau > 0
        ? new Classifier(await attackedModel(inputs, 0, context), { runtime })
        : undefined;
    context.progress.begin(attackStep.label(p), indices.length, 'images');
    try {
      const attack = lookUp(attacks, p.attack, 'attack');
      const result = await sweep({
        attack,
        parameters: p.parameters,
        objective: objectiveOf(p),
        classifier,
        ...(source && { source }),
        images,
        labels: labels.data,
        budgets: p.budgets,
        seed: p.seed,
        onProgress: (done) => context.progress.advance(done),
        ...(context.signal && { signal: context.signal }),
      });
      const last = result.points.at(-1)!;
      context.progress.end(`${(100 * (last.success.value ?? 0)).toFixed(1)} % fooled at ${last.budget}`);
      const { norm, gradient } = result;
      const about = { indices, labels, budgets: p.budgets };
      return {
        meta: {
          norm,
          points: result.points.map((point, b) => ({ ...point, untouched: result.untouched[b]! })),
          zeroGradientElements: gradient?.zeroElements ?? null,
          zeroGradientInputs: gradient?.zeroInputs ?? null,
          stuck: result.stuck ?? null,
          gradients: gradient ? { images: indices.length, ...logDistribution(gradient.meanAbsolute) } : null,
        },
        artifacts: new Map<string, Uint8Array | string>([
          ['outcomes.npz', writeNpz(outcomeArrays(result, about))],
          ['outcomes.csv', outcomesCsv(result, { ...about, budgetName: attack.budget.name })],
        ]),
      };
    } finally {
      await classifier.release();
      await source?.release();
    }
  },
};
