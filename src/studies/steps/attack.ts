import { z } from 'zod';
import { logDistribution } from '../../analysis/distributions.js';
import { attacks, sweep } from '../../attacks/index.js';
import { sampleTest } from '../../datasets/sampling.js';
import { Classifier } from '../../models/classifier.js';
import { objectives } from '../../models/objectives.js';
import { lookUp } from '../../names.js';
import { writeNpz } from '../../tensor/npz.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { resultsSchema } from '../results.js';
import type { StepKind } from '../step.js';
import { attackedModel } from './common.js';

export type AttackParameters = {
  readonly dataset: string;
  readonly attack: string;
  readonly objective: string;
  readonly budgets: readonly number[];
  readonly samples: number;
  readonly seed: number;
  readonly tau: number;
};

const { attacks: attackRows, gradients: gradientRows } = resultsSchema.shape;
const { norm, points, zeroGradientElements, zeroGradientInputs } = attackRows.element.shape;
const output = z.object({
  norm,
  points,
  zeroGradientElements,
  zeroGradientInputs,
  gradients: gradientRows.element
    .pick({ images: true, zeros: true, below: true, above: true, nonFinite: true, histogram: true, quantiles: true })
    .nullable(),
});

/** One attack over all budgets (Algorithm 1); artifact `outcomes.npz` with every input's fate. */
export const attackStep: StepKind<AttackParameters, z.infer<typeof output>> = {
  name: 'attack',
  version: 2,
  output,
  cost: (p) => p.samples * (2 + p.budgets.length),
  label: (p) => `${p.attack} on ${p.objective}${p.tau > 0 ? `, tau ${p.tau}` : ''}`,
  async run(p, inputs, context) {
    const dataset = await context.dataset(p.dataset);
    const indices = sampleTest(dataset, p.samples, p.seed);
    const { images, labels } = dataset.test.batch(indices);
    const classifier = new Classifier(await attackedModel(inputs, p.tau, context), { runtime: context.runtime });
    context.progress.begin(attackStep.label(p), indices.length, 'images');
    try {
      const result = await sweep({
        attack: lookUp(attacks, p.attack, 'attack'),
        objective: lookUp(objectives, p.objective, 'objective'),
        classifier,
        images,
        labels: labels.data,
        budgets: p.budgets,
        seed: p.seed,
        onProgress: (done) => context.progress.advance(done),
        ...(context.signal && { signal: context.signal }),
      });
      const last = result.points.at(-1)!;
      context.progress.end(`${(100 * (last.success.value ?? 0)).toFixed(1)} % fooled at ${last.budget}`);
      const { norm, clean, smallest, predictions, gradient } = result;
      const outcomes = new Map<string, Tensor>([
        ['indices', tensor('uint32', [indices.length], indices)],
        ['labels', labels],
        ['clean', tensor('int32', [indices.length], clean)],
        ['smallest', tensor('int32', [indices.length], smallest)],
        ['budgets', tensor('float64', [p.budgets.length], Float64Array.from(p.budgets))],
        ['predictions', tensor('int32', [p.budgets.length, indices.length], flatten(predictions))],
      ]);
      if (gradient) outcomes.set('mean_absolute_gradient', tensor('float64', [indices.length], gradient.meanAbsolute));
      return {
        meta: {
          norm,
          points: result.points.map((point, b) => ({ ...point, untouched: result.untouched[b]! })),
          zeroGradientElements: gradient?.zeroElements ?? null,
          zeroGradientInputs: gradient?.zeroInputs ?? null,
          gradients: gradient ? { images: indices.length, ...logDistribution(gradient.meanAbsolute) } : null,
        },
        artifacts: new Map([['outcomes.npz', writeNpz(outcomes)]]),
      };
    } finally {
      await classifier.release();
    }
  },
};

const flatten = (parts: readonly Int32Array[]) => Int32Array.from(parts.flatMap((part) => [...part]));
