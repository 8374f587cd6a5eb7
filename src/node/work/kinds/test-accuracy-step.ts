import { z } from 'zod';
import { rateSchema } from '../../../core/base/rate-schema.js';
import { rate } from '../../../core/base/statistics.js';
import { sampleTest } from '../../../core/data/sampling.js';
import { dataReferenceSchema } from '../data-reference.js';
import { stepKind } from '../step-kind.js';
import { modelFormatSchema, openedInput } from './audited-model.js';
import { MODEL } from './step-parts.js';

const CHUNK = 256;

/** Accuracy of any classifier on the test set, asked as its input format says. */
export const testAccuracy = stepKind({
  name: 'test-accuracy',
  version: 1,
  parameters: z.strictObject({
    data: dataReferenceSchema,
    model: modelFormatSchema,
    images: z.int().nonnegative().describe('test images: all of them, or a random choice of so many'),
    seed: z.int().nonnegative(),
  }),
  inputs: () => ({ model: MODEL }),
  artifacts: [],
  output: z.strictObject({ accuracy: rateSchema }),
  cost: ({ images }) => images,
  title: () => 'measuring accuracy',
  async run({ data, model, images: wanted, seed }, context) {
    const dataset = await context.dataset(data);
    const { classifier } = await openedInput(context, 'model', model, dataset.dims);
    const chosen = sampleTest(dataset, wanted, seed);
    context.progress.begin('measuring accuracy', chosen.length, 'images');
    let correct = 0;
    for (let start = 0; start < chosen.length; start += CHUNK) {
      context.signal?.throwIfAborted();
      const indices = chosen.subarray(start, start + CHUNK);
      const { images, labels } = dataset.test.batch(indices);
      const predicted = await classifier.predict(images);
      predicted.forEach((prediction, i) => {
        if (prediction === Number(labels.data[i])) correct += 1;
      });
      context.progress.advance(start + indices.length);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const result = rate(correct, chosen.length);
    context.progress.end(`${(100 * (result.value ?? 0)).toFixed(2)} %`);
    return { meta: { accuracy: result } };
  },
});
