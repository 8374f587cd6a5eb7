import { z } from 'zod';
import { outcomeArrays, outcomesCsv } from '../../../core/attacks/harness/outcome-arrays.js';
import { attacks, sweep } from '../../../core/attacks/index.js';
import { lookUp } from '../../../core/base/names.js';
import { parameterValuesSchema } from '../../../core/base/parameter-schema.js';
import { sampleTest } from '../../../core/data/sampling.js';
import { logDistribution } from '../../../core/evaluation/distributions.js';
import { Classifier } from '../../../core/models/classifier.js';
import { writeNpz } from '../../../core/tensor/npz.js';
import { dataReferenceSchema } from '../data-reference.js';
import { stepKind } from '../step-kind.js';
import { attackedSchema, gradientsSchema } from './result-schemas.js';
import { attackedModel, MODEL, OUTCOMES, objectiveOf } from './step-parts.js';

export const attackParametersSchema = parameterValuesSchema;

const parameters = z.strictObject({
  data: dataReferenceSchema,
  attack: z.string(),
  objective: z
    .string()
    .describe('for an attack that follows no objective: what it differentiates, for the title only'),
  parameters: attackParametersSchema.describe('all of them: defaults may change, keys must not depend on it'),
  source: z
    .literal('uninhibited')
    .optional()
    .describe('follow the gradients of the model with tau = 0 (a transfer attack)'),
  budgets: z.array(z.number()).min(1),
  samples: z.int().positive(),
  seed: z.int().nonnegative(),
  tau: z.number().nonnegative(),
});

type Parameters = z.infer<typeof parameters>;

const title = ({ attack, objective, tau }: Parameters) =>
  `${attack} on ${objective}${tau > 0 ? `, tau ${tau}` : ''}`;

/** One attack over all budgets (Algorithm 1); its artifacts hold the outcome of every input. */
export const attack = stepKind({
  name: 'attack',
  version: 3,
  parameters,
  inputs: () => ({ model: MODEL }),
  artifacts: [OUTCOMES, 'outcomes.csv'],
  output: attackedSchema.extend({ gradients: gradientsSchema.nullable() }),
  // An iterative attack takes two products for each element; a gradient costs about two forward passes.
  cost: (p) =>
    p.samples * (p.parameters.mode === 'iterative' ? 1.5 * Math.max(...p.budgets) : 2 + p.budgets.length),
  title,
  async run(p, context) {
    const dataset = await context.dataset(p.data);
    const indices = sampleTest(dataset, p.samples, p.seed);
    const { images, labels } = dataset.test.batch(indices);
    const { runtime } = context;
    const classifier = new Classifier(await attackedModel(p.tau, context), { runtime });
    const source =
      p.source === 'uninhibited' && p.tau > 0
        ? new Classifier(await attackedModel(0, context), { runtime })
        : undefined;
    context.progress.begin(title(p), indices.length, 'images');
    try {
      const chosen = lookUp(attacks, p.attack, 'attack');
      const result = await sweep({
        attack: chosen,
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
      const last = result.points.at(-1);
      context.progress.end(`${(100 * (last?.success.value ?? 0)).toFixed(1)} % fooled at ${last?.budget}`);
      const { norm, gradient, stuck = null } = result;
      const about = { indices, labels, budgets: p.budgets };
      return {
        meta: {
          norm,
          points: result.points.map((point, b) => {
            const untouched = result.untouched[b];
            if (!untouched) throw new Error(`no count of untouched inputs at budget ${point.budget}`);
            return { ...point, untouched };
          }),
          zeroGradientElements: gradient?.zeroElements ?? null,
          zeroGradientInputs: gradient?.zeroInputs ?? null,
          stuck,
          gradients: gradient ? { images: indices.length, ...logDistribution(gradient.meanAbsolute) } : null,
        },
        artifacts: new Map<string, Uint8Array | string>([
          [OUTCOMES, writeNpz(outcomeArrays(result, about))],
          ['outcomes.csv', outcomesCsv(result, { ...about, budgetName: chosen.budget.name })],
        ]),
      };
    } finally {
      await classifier.release();
      await source?.release();
    }
  },
});
