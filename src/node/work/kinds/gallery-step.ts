import { z } from 'zod';
import { attacks, sweep } from '../../../core/attacks/index.js';
import { lookUp } from '../../../core/base/names.js';
import { Classifier } from '../../../core/models/classifier.js';
import { writeNpz } from '../../../core/tensor/npz.js';
import type { Tensor } from '../../../core/tensor/tensor.js';
import { dataReferenceSchema } from '../data-reference.js';
import { stepKind } from '../step-kind.js';
import { attackParametersSchema } from './attack-step.js';
import { galleryItemsSchema } from './result-schemas.js';
import {
  attackedModel,
  MODEL,
  type NumberArrays,
  numberArrays,
  OUTCOMES,
  objectiveOf,
} from './step-parts.js';

const parameters = z.strictObject({
  data: dataReferenceSchema,
  attack: z.string(),
  objective: z.string(),
  parameters: attackParametersSchema,
  budget: z.number(),
  seed: z.int().nonnegative(),
  rows: z.int().positive(),
});

const IMAGES = 'images.npz';

/**
 * Adversarial images to look at: the first fooled input of each class, in the order of the attacked sample,
 * so that they are not chosen by their looks. No artifact where nothing was fooled.
 */
export const gallery = stepKind({
  name: 'gallery',
  version: 3,
  parameters,
  inputs: () => ({ model: MODEL, outcomes: OUTCOMES }),
  artifacts: [IMAGES],
  output: z.strictObject({ items: galleryItemsSchema }),
  cost: ({ rows }) => rows * 4,
  title: () => 'gallery',
  async run(p, context) {
    const dataset = await context.dataset(p.data);
    const outcomes = numberArrays(await context.input('outcomes'), OUTCOMES);
    const chosen = firstOfEachClass(outcomes, p.budget, p.rows);
    context.progress.begin('gallery', chosen.length, 'images');
    if (chosen.length === 0) return { meta: { items: [] } };
    const { images, labels } = dataset.test.batch(chosen);
    const classifier = new Classifier(await attackedModel(0, context), { runtime: context.runtime });
    try {
      const { adversarial, predictions, clean } = await sweep({
        attack: lookUp(attacks, p.attack, 'attack'),
        objective: objectiveOf(p),
        parameters: p.parameters,
        classifier,
        images,
        labels: labels.data,
        budgets: [p.budget],
        seed: p.seed,
        keepAdversarial: true,
      });
      if (!adversarial) throw new Error('the sweep has kept no adversarial images');
      const logits = await classifier.logits(adversarial);
      const items = chosen.map((index, i) => {
        const prediction = predictions[0]?.[i] ?? -1;
        const row = logits.data.subarray(i * classifier.classes, (i + 1) * classifier.classes);
        const total = row.reduce((sum, z) => sum + Math.exp(z - (row[prediction] ?? 0)), 0);
        return {
          index,
          label: Number(labels.data[i]),
          clean: clean[i] ?? -1,
          adversarial: prediction,
          confidence: 1 / total,
        };
      });
      context.progress.end();
      const arrays = new Map<string, Tensor>([
        ['original', images],
        ['adversarial', adversarial],
      ]);
      return { meta: { items }, artifacts: new Map([[IMAGES, writeNpz(arrays)]]) };
    } finally {
      await classifier.release();
    }
  },
});

/** Positions in the test set. */
function firstOfEachClass({ numbers }: NumberArrays, budget: number, limit: number): number[] {
  const [indices, labels, clean] = [numbers('indices'), numbers('labels'), numbers('clean')];
  const column = numbers('budgets').indexOf(budget);
  const predictions = numbers('predictions').slice(column * indices.length, (column + 1) * indices.length);
  const first = new Map<number, number>();
  indices.forEach((index, i) => {
    const label = labels[i] ?? -1;
    const fooled = clean[i] === label && predictions[i] !== clean[i];
    if (fooled && !first.has(label)) first.set(label, index);
  });
  return [...first]
    .sort((a, b) => a[0] - b[0])
    .slice(0, limit)
    .map(([, index]) => index);
}
