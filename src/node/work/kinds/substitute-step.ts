import { z } from 'zod';
import { stream } from '../../../core/base/random.js';
import type { Dataset, Split } from '../../../core/data/dataset.js';
import { trainSubstitute } from '../../../core/evaluation/substitute.js';
import { Classifier } from '../../../core/models/classifier.js';
import { encodeModel } from '../../../core/onnx/encode.js';
import { dataReferenceSchema } from '../data-reference.js';
import { stepKind } from '../step-kind.js';
import { modelFormatSchema, openedInput } from './audited-model.js';
import { MODEL } from './step-parts.js';

const parameters = z.strictObject({
  data: dataReferenceSchema,
  model: modelFormatSchema,
  images: z.int().positive().describe('that the model is asked about, each once more with noise'),
  except: z
    .array(z.int().nonnegative())
    .describe('positions in the test set that are attacked: of use where there is no training set'),
  noise: z.number().nonnegative(),
  epochs: z.int().positive(),
  seed: z.int().nonnegative(),
});

/** Images on which a substitute is compared with its model. */
const COMPARED = 256;

/** Trains a small network on a model's answers; its artifact takes images as the data have them. */
export const substitute = stepKind({
  name: 'substitute',
  version: 1,
  parameters,
  inputs: () => ({ model: MODEL }),
  artifacts: [MODEL],
  output: z.strictObject({
    images: z.int().describe('that the model was asked about as they are'),
    seconds: z.number().nonnegative().describe('that it took when it was made'),
    agreement: z.number().nullable().describe('share of other images with the same class; null: none left'),
  }),
  cost: ({ images, epochs }) => 2 * images + 12 * images * epochs,
  title: () => 'substitute',
  async run(p, context) {
    const data = await context.dataset(p.data);
    const { classifier } = await openedInput(context, 'model', p.model, data.dims);
    const started = performance.now();
    const all = askable(data, new Set(p.except));
    const order = stream(p.seed, 'substitute').shuffle(all.count);
    const { progress, runtime, signal } = context;
    progress.begin('substitute', 2, 'rounds');
    const model = await trainSubstitute(classifier, all.subset(order.slice(0, p.images)), {
      ...{ runtime, noise: p.noise, epochs: p.epochs, seed: p.seed },
      onRound: (round) => progress.advance(round),
      ...(signal && { signal }),
    });
    progress.end();
    const others = order.slice(p.images, p.images + COMPARED);
    let agreement: number | null = null;
    if (others.length > 0) {
      const { images } = all.batch(others);
      const trained = new Classifier(model, { runtime, source: 'substitute' });
      const [theirs, own] = [await trained.predict(images), await classifier.predict(images)];
      agreement = theirs.filter((label, n) => label === own[n]).length / others.length;
      await trained.release();
    }
    return {
      artifacts: new Map([[MODEL, encodeModel(model)]]),
      meta: {
        images: Math.min(p.images, all.count),
        seconds: (performance.now() - started) / 1000,
        agreement,
      },
    };
  },
});

/** The training images; where there are none, the test images that are not attacked. */
export function askable(
  { train, test }: Pick<Dataset, 'train' | 'test'>,
  attacked: ReadonlySet<number>,
): Split {
  if (train.count > 0) return train;
  return test.subset([...Array(test.count).keys()].filter((n) => !attacked.has(n)));
}
