import { z } from 'zod';
import { gridSchema, probeModel, probesSchema } from '../../../core/evaluation/probes/index.js';
import { dataReferenceSchema } from '../data-reference.js';
import { stepKind } from '../step-kind.js';
import { modelFormatSchema, openedInput } from './audited-model.js';
import { MODEL } from './step-parts.js';

/** What a model's answers and gradients are like around some inputs, before any attack. */
export const probe = stepKind({
  name: 'probe',
  version: 1,
  parameters: z.strictObject({
    data: dataReferenceSchema,
    model: modelFormatSchema,
    indices: z.array(z.int().nonnegative()).describe('positions in the test set'),
    queries: z.int().positive().describe('of the decision-based attack, for each input'),
    grids: z.array(gridSchema),
    seed: z.int().nonnegative(),
  }),
  inputs: () => ({ model: MODEL }),
  artifacts: [],
  output: z.strictObject({
    probes: probesSchema,
    seconds: z.number().nonnegative().describe('that it took when it was made'),
  }),
  cost: ({ indices, queries, grids }) => indices.length * (queries + 2 * grids.length + 24),
  title: () => 'probes',
  async run({ indices, seed, queries, grids, ...p }, context) {
    const data = await context.dataset(p.data);
    const { classifier } = await openedInput(context, 'model', p.model, data.dims);
    context.progress.begin('probes', 1, 'model');
    const { images } = data.test.batch(indices);
    const started = performance.now();
    const probes = await probeModel(classifier, images, { seed, queries, grids });
    context.progress.end();
    return { meta: { probes, seconds: (performance.now() - started) / 1000 } };
  },
});
