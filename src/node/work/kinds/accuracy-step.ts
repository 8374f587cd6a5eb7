import { z } from 'zod';
import { rateSchema } from '../../../core/base/rate-schema.js';
import { rate } from '../../../core/base/statistics.js';
import { sampleTest } from '../../../core/data/sampling.js';
import { Classifier } from '../../../core/models/classifier.js';
import { dataReferenceSchema } from '../data-reference.js';
import { stepKind } from '../step-kind.js';
import { attackedModel, MODEL } from './step-parts.js';

const parameters = z.strictObject({
  data: dataReferenceSchema,
  images: z.int().nonnegative().describe('test images: all of them, or a random choice of so many'),
  seed: z.int().nonnegative(),
  tau: z.number().nonnegative(),
});

const CHUNK = 1280;

const title = ({ tau }: { readonly tau: number }) => `test accuracy${tau > 0 ? `, tau ${tau}` : ''}`;

/** Accuracy on the test set, without an attack. */
export const accuracy = stepKind({
  name: 'accuracy',
  version: 1,
  parameters,
  inputs: () => ({ model: MODEL }),
  artifacts: [],
  output: z.strictObject({ accuracy: rateSchema }),
  cost: ({ images }) => images,
  title,
  async run(p, context) {
    const dataset = await context.dataset(p.data);
    const chosen = sampleTest(dataset, p.images, p.seed);
    const model = await attackedModel(p.tau, context);
    const classifier = new Classifier(model, { runtime: context.runtime });
    const count = chosen.length;
    context.progress.begin(title(p), count, 'images');
    let correct = 0;
    try {
      for (let start = 0; start < count; start += CHUNK) {
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
    } finally {
      await classifier.release();
    }
    const result = rate(correct, count);
    context.progress.end(`${(100 * (result.value ?? 0)).toFixed(2)} %`);
    return { meta: { accuracy: result } };
  },
});
