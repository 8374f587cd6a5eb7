import { z } from 'zod';
import { attacks, sweep } from '../../../core/attacks/index.js';
import { isToolkitError } from '../../../core/base/errors.js';
import { lookUp } from '../../../core/base/names.js';
import type { Dataset } from '../../../core/data/dataset.js';
import type { Classifier } from '../../../core/models/classifier.js';
import { objectives } from '../../../core/models/objectives/index.js';
import { dataReferenceSchema } from '../data-reference.js';
import { stepKind } from '../step-kind.js';
import { modelFormatSchema, openedInput } from './audited-model.js';
import { MODEL } from './step-parts.js';

/** Inputs and steps that speed is measured with. */
const INPUTS = 4;
const STEPS = 4;
const QUERIES = 12;

/** So small that nothing is fooled and ends early: what is measured is the whole way. */
const TINY = 1e-6;

const norm = z.enum(['Linf', 'L2']);

const output = z.strictObject({
  query: z.number().nonnegative().describe('seconds of one query of one input'),
  gradient: z.number().nonnegative().describe('seconds of one gradient of one input'),
  refusal: z.string().nullable().describe('why the model has no gradient; null where it has one'),
});

/**
 * How long a gradient and a query of one input take in attacks, which do more than ask the model. It is
 * no function of its parameters; what was measured first holds, so that an audit that is resumed
 * decides as it did before.
 */
export const throughput = stepKind({
  name: 'throughput',
  version: 1,
  parameters: z.strictObject({
    data: dataReferenceSchema,
    model: modelFormatSchema,
    norm,
    seconds: z.number().nullable().describe('time of the audit: another time is another audit'),
  }),
  inputs: () => ({ model: MODEL }),
  artifacts: [],
  output,
  cost: () => INPUTS * (QUERIES + 3 * STEPS),
  title: () => 'speed',
  async run(p, context) {
    const data = await context.dataset(p.data);
    const { classifier } = await openedInput(context, 'model', p.model, data.dims);
    return { meta: await measured(classifier, data, p.norm) };
  },
});

/** Seconds of a forward pass of one image from which on as little as possible is measured. */
const SLOW = 0.05;

/** Seconds of one forward pass of one image; the first one prepares the engine's session. */
async function secondsAlone(classifier: Classifier, test: Dataset['test']): Promise<number> {
  const { images } = test.batch([0]);
  await classifier.logits(images);
  const started = performance.now();
  await classifier.logits(images);
  return (performance.now() - started) / 1000;
}

async function measured(
  classifier: Classifier,
  { test }: Dataset,
  of: z.infer<typeof norm>,
): Promise<z.infer<typeof output>> {
  const alone = await secondsAlone(classifier, test);
  const isSlow = alone > SLOW;
  const count = isSlow ? 1 : Math.min(INPUTS, test.count);
  const { images, labels } = test.batch([...Array(count).keys()]);
  const [queries, steps] = isSlow ? [1, 1] : [QUERIES, STEPS];
  const suffix = of === 'Linf' ? '' : '-l2';
  const timed = async (
    name: string,
    first: Record<string, number>,
    all: Record<string, number>,
    units: number,
  ) => {
    const attack = lookUp(attacks, `${name}${suffix}`, 'attack');
    const objective = lookUp(objectives, 'margin', 'objective');
    const run = (parameters: Record<string, number>) =>
      sweep({ attack, classifier, objective, images, labels: labels.data, budgets: [TINY], parameters });
    // The first run also prepares the engine's session.
    await run(first);
    const started = performance.now();
    await run(all);
    return (performance.now() - started) / 1000 / count / units;
  };
  const query = await timed('square', { queryBudget: 1 }, { queryBudget: queries }, queries);
  try {
    const gradient = await timed('pgd', { steps: 1 }, { steps }, steps);
    return { query, gradient, refusal: null };
  } catch (error) {
    if (!isToolkitError(error, 'unsupported-operators')) throw error;
    return { query, gradient: query, refusal: error.message };
  }
}
