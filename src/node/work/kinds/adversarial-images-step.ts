import { z } from 'zod';
import { pickRows } from '../../../core/attacks/harness/rows.js';
import { sweep } from '../../../core/attacks/index.js';
import { lookUp } from '../../../core/base/names.js';
import { gridSchema } from '../../../core/evaluation/probes/index.js';
import { objectives } from '../../../core/models/objectives/index.js';
import { writeNpz } from '../../../core/tensor/npz.js';
import type { Tensor } from '../../../core/tensor/tensor.js';
import { dataReferenceSchema } from '../data-reference.js';
import { stepKind } from '../step-kind.js';
import { auditedInputs, auditedSchema, openedTrials, trialSchema } from './audited-model.js';

const parameters = auditedSchema.extend({
  data: dataReferenceSchema,
  indices: z.array(z.int().nonnegative()).min(1).describe('positions in the test set'),
  seed: z.int().nonnegative(),
  rounding: z.int().positive().optional(),
  grid: gridSchema.optional().describe('values that candidates are judged at as well'),
  trial: trialSchema,
});

/** Name of the artifact: `originals` and `adversarial`, each [rows, C, H, W] in [0, 1]. */
export const IMAGES = 'images.npz';

const output = z.strictObject({
  items: z
    .array(
      z.strictObject({
        index: z.int().describe('position in the test set'),
        label: z.int(),
        clean: z.int().describe('prediction before'),
        adversarial: z.int().describe('prediction after'),
        size: z.number().describe('of the perturbation, in the norm of the attack'),
      }),
    )
    .describe('inputs that the attack fools the model on; other random numbers than before may fail on some'),
});

/** What an attack makes of some inputs, to be looked at. No artifact where it fools the model on none. */
export const adversarialImages = stepKind({
  name: 'adversarial-images',
  version: 2,
  parameters,
  inputs: auditedInputs,
  artifacts: [IMAGES],
  output,
  cost: ({ indices, trial }) => 100 * indices.length * trial.budgets.length,
  title: ({ trial }) => `images of ${trial.id}`,
  async run(p, context) {
    const data = await context.dataset(p.data);
    const { classifier, trials } = await openedTrials(context, p, [p.trial], data.dims);
    const [trial] = trials;
    if (!trial) throw new Error('there is no trial to show');
    const { images, labels } = data.test.batch(p.indices);
    const { attack, objective, parameters } = trial.planned;
    const result = await sweep({
      attack,
      classifier,
      ...(trial.source && { source: trial.source.classifier }),
      objective: objective ?? lookUp(objectives, 'cross-entropy', 'objective'),
      ...(parameters && { parameters }),
      images,
      labels: labels.data,
      budgets: trial.budgets,
      seed: p.seed,
      keepAdversarial: true,
      ...(p.rounding && { rounding: p.rounding }),
      ...(p.grid && !p.rounding && { grid: { values: p.grid, seen: p.trial.rounded === true } }),
    });
    const fooled = p.indices.flatMap((index, row) => {
      const at = result.smallest[row] ?? -1;
      const [size, clean] = [result.distances[row] ?? Number.NaN, result.clean[row] ?? -1];
      if (!Number.isFinite(size)) return [];
      const adversarial = at < 0 ? clean : (result.predictions[at]?.[row] ?? -1);
      return [{ row, item: { index, label: Number(labels.data[row]), clean, adversarial, size } }];
    });
    const items = fooled.map(({ item }) => item);
    if (fooled.length === 0 || !result.adversarial) return { meta: { items } };
    const rows = fooled.map(({ row }) => row);
    const arrays = new Map<string, Tensor>([
      ['originals', pickRows(images, rows)],
      ['adversarial', pickRows(result.adversarial, rows)],
    ]);
    return { meta: { items }, artifacts: new Map([[IMAGES, writeNpz(arrays)]]) };
  },
});
