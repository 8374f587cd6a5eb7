import { z } from 'zod';
import { rate } from '../../../core/base/statistics.js';
import { sampleTest } from '../../../core/data/sampling.js';
import { Classifier } from '../../../core/models/classifier.js';
import { rateSchema } from '../../apps/study/study-schema.js';
import type { StepKind } from '../step.js';
import { attackedModel } from './step-parts.js';

export type AccuracyParameters = {
  readonly dataset: string;
  /** Test images: all of them, or a random choice of so many. */
  readonly images: number;
  readonly seed: number;
  readonly tau: number;
};

const CHUNK = 1280;

const output = z.object({ accuracy: rateSchema });

/** Accuracy on the test set, without an attack. */
export const accuracy: StepKind<AccuracyParameters, z.infer<typeof output>> = {
  name: 'accuracy',
  version: 1,
  output,
  cost: (p) => p.images,
  label: (p) => `test accuracy${p.tau > 0 ? `, tau ${p.tau}` : ''}`,
  async run(p, inputs, context) {
    const dataset = await context.dataset(p.dataset);
    const chosen = sampleTest(dataset, p.images, p.seed);
    const classifier = new Classifier(await attackedModel(inputs, p.tau, context), {
      runtime: context.runtime,
    });
    const count = chosen.length;
    context.progress.begin(accuracy.label(p), count, 'images');
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
};
