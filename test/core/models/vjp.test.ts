import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import type { Classifier } from '../../../src/core/models/classifier.js';
import type { Outputs } from '../../../src/core/models/gradient-graph.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { inhibitLayer, parseReshaping, reshapeAll } from '../../../src/core/reshaping/index.js';
import { rows, type Tensor } from '../../../src/core/tensor/tensor.js';
import { classifierOf, largestDifference, linearModel, normal, uniform } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { jacobian, scaleOf } from '../../support/jsma.js';
import { float32 } from '../../support/toolkit.js';

type Floats = Tensor<'float32'>;
const [COUNT, CLASSES] = [7, 4];
const small = () => buildModel('1x8x8-C3k3-F9-4', { seed: 4 });
const models = {
  dense: small,
  'hashed and inhibited': () => inhibitLayer(reshapeAll(small(), parseReshaping('hash:1/4'), 3), 0.05),
};
const images = uniform([COUNT, 1, 8, 8], 0, 1, 'images');
const cotangents = ['first', 'second'].map((name) => normal([COUNT, CLASSES], name));
const largest = (values: Float32Array) => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

async function withModel<T>(
  name: keyof typeof models,
  action: (classifier: Classifier) => Promise<T>,
  batchSize = 128,
): Promise<T> {
  const classifier = await classifierOf(models[name](), { batchSize });
  try {
    return await action(classifier);
  } finally {
    await classifier.release();
  }
}

const softmax = (z: readonly number[]) => {
  const powers = z.map((v) => Math.exp(v - Math.max(...z)));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / total);
};

describe('the Jacobian', () => {
  const weights = Array.from({ length: 3 }, (_, k) => [...normal([6], `row ${k}`).data]);
  const x = uniform([5, 1, 1, 6], 0, 1, 'linear');

  it('of a linear model is its weights, bit for bit', async () => {
    const classifier = await classifierOf(linearModel(weights, [1, 2, 3]));
    expect(await jacobian(classifier, x)).toEqual(Array(5).fill(weights));
    await classifier.release();
  });

  it('of its softmax is p_c (w_c - sum_k p_k w_k)', async () => {
    const classifier = await classifierOf(linearModel(weights, [0, 0.5, -0.5]));
    const logits = await classifier.logits(x);
    const full = await jacobian(classifier, x, 'probabilities');
    full.forEach((rowsOfInput, n) => {
      const p = softmax([...rows(logits, n, n + 1).data]);
      const mean = weights[0]!.map((_, i) => weights.reduce((sum, w, k) => sum + p[k]! * w[i]!, 0));
      rowsOfInput.forEach((row, c) => {
        const wanted = row.map((_, i) => p[c]! * (weights[c]![i]! - mean[i]!));
        expect(largestDifference(row, wanted)).toBeLessThan(1e-6);
      });
    });
    await classifier.release();
  });

  it.each(['logits', 'probabilities'] as const)(
    'of a network agrees with finite differences, %s',
    (outputs) =>
      withModel('dense', async (classifier) => {
        const full = await jacobian(classifier, images, outputs);
        const step = 1 / 512;
        const valuesAt = async (i: number, change: number) => {
          const data = images.data.map((v, at) => (at % 64 === i ? v + change : v));
          const { data: z } = await classifier.logits({ ...images, data });
          const byInput = Array.from({ length: COUNT }, (_, n) => [
            ...z.slice(n * CLASSES, (n + 1) * CLASSES),
          ]);
          return outputs === 'logits' ? byInput : byInput.map(softmax);
        };
        const differences: number[] = [];
        for (let i = 0; i < 64; i++) {
          const [up, down] = [await valuesAt(i, step), await valuesAt(i, -step)];
          for (let n = 0; n < COUNT; n++) {
            for (let c = 0; c < CLASSES; c++) {
              const wanted = (up[n]![c]! - down[n]![c]!) / (2 * step);
              differences.push(Math.abs(full[n]![c]![i]! - wanted) / scaleOf(full[n]!));
            }
          }
        }
        // A few elements lie within a step of a kink, where there is no derivative to compare with.
        differences.sort((a, b) => a - b);
        expect(differences[Math.floor(0.97 * differences.length)]).toBeLessThan(2e-3);
        expect(differences.length).toBe(64 * COUNT * CLASSES);
      }),
  );
});

describe.each(Object.keys(models) as (keyof typeof models)[])(
  'vector-Jacobian products, %s model',
  (name) => {
    it.each(['logits', 'probabilities'] as const)(
      'are weighted sums of the rows of the Jacobian, %s',
      (outputs) =>
        withModel(name, async (classifier) => {
          const full = await jacobian(classifier, images, outputs);
          const { gradients, logits } = await classifier.vjp(images, cotangents, outputs);
          expect(largestDifference(logits.data, (await classifier.logits(images)).data)).toBeLessThan(1e-6);
          gradients.forEach((gradient, k) => {
            expect(gradient.dims).toEqual(images.dims);
            for (let n = 0; n < COUNT; n++) {
              const own = rows(cotangents[k]!, n, n + 1).data;
              const wanted = full[n]![0]!.map((_, i) =>
                full[n]!.reduce((sum, row, c) => sum + own[c]! * row[i]!, 0),
              );
              const difference = largestDifference(rows(gradient, n, n + 1).data, wanted);
              expect(difference).toBeLessThan(1e-5 * scaleOf(full[n]!));
            }
          });
        }),
    );

    it('are the same one by one, and in batches of any size', () =>
      withModel(name, async (classifier) => {
        const together = await classifier.vjp(images, cotangents);
        for (const [k, cotangent] of cotangents.entries()) {
          const { gradients } = await classifier.vjp(images, [cotangent]);
          const scale = largest(gradients[0]!.data);
          expect(largestDifference(gradients[0]!.data, together.gradients[k]!.data)).toBeLessThan(
            1e-6 * scale,
          );
        }
        for (const batchSize of [1, 2, 3]) {
          const cut = await withModel(name, (other) => other.vjp(images, cotangents), batchSize);
          expect(largestDifference(cut.logits.data, together.logits.data)).toBeLessThan(1e-5);
          cut.gradients.forEach((gradient, k) => {
            const scale = largest(gradient.data);
            expect(largestDifference(gradient.data, together.gradients[k]!.data)).toBeLessThan(1e-5 * scale);
          });
        }
      }));

    it('of a probability and of the sum of all others cancel, up to rounding', () =>
      withModel(name, async (classifier) => {
        const logits = await classifier.logits(images);
        for (let t = 0; t < CLASSES; t++) {
          const chosen = logits.data.map((_, i) => (i % CLASSES === t ? 1 : 0));
          const [alpha, beta] = (
            await classifier.vjp(
              images,
              [chosen, chosen.map((v) => 1 - v)].map((data) => float32([COUNT, CLASSES], data)),
              'probabilities',
            )
          ).gradients;
          const sum = alpha!.data.map((a, i) => a + beta!.data[i]!);
          // What cancels is larger than what is left: the terms p_t p_k w_k, whose size the
          // Jacobian of the logits bounds.
          const terms = (await jacobian(classifier, images)).map(scaleOf);
          for (let n = 0; n < COUNT; n++) {
            const residue = largest(sum.slice(n * 64, (n + 1) * 64));
            expect(residue).toBeLessThan(4 * 2 ** -24 * CLASSES * terms[n]!);
          }
          expect(largest(alpha!.data)).toBeGreaterThan(1e-3);
        }
      }));

    it('with e_runner-up - e_y are the gradient of the margin', () =>
      withModel(name, async (classifier) => {
        const { gradient, logits } = await classifier.gradient(images, objectives.margin);
        const cotangent = new Float32Array(COUNT * CLASSES);
        for (let n = 0; n < COUNT; n++) {
          const z = [...rows(logits, n, n + 1).data];
          const order = z.map((_, k) => k).sort((a, b) => z[b]! - z[a]!);
          cotangent[n * CLASSES + order[0]!] = -1;
          cotangent[n * CLASSES + order[1]!] = 1;
        }
        const { gradients } = await classifier.vjp(images, [float32([COUNT, CLASSES], cotangent)]);
        expect(largestDifference(gradients[0]!.data, gradient.data)).toBeLessThan(
          1e-6 * largest(gradient.data),
        );
      }));
  },
);

describe('vector-Jacobian products', () => {
  it('count as gradients, one for each product', () =>
    withModel('dense', async (classifier) => {
      await classifier.vjp(images, cotangents);
      await classifier.vjp(images, [cotangents[0]!], 'probabilities');
      expect(classifier.queries).toEqual({ forward: 0, gradient: 3 * COUNT });
    }));

  it('of no images are no work', () =>
    withModel('dense', async (classifier) => {
      const none = await classifier.vjp(float32([0, 1, 8, 8], []), [float32([0, CLASSES], [])]);
      expect(none.gradients[0]!.dims).toEqual([0, 1, 8, 8]);
    }));

  it('can be asked for again after a release', () =>
    withModel('dense', async (classifier) => {
      const before = await classifier.vjp(images, cotangents);
      await classifier.release();
      expect(await classifier.vjp(images, cotangents)).toEqual(before);
    }));

  const shapes: [string, Floats, Outputs][] = [
    ['one input too few', normal([COUNT - 1, CLASSES]), 'logits'],
    ['one input too many', normal([COUNT + 1, CLASSES]), 'logits'],
    ['one for all inputs', normal([1, CLASSES]), 'probabilities'],
    ['the classes alone', normal([CLASSES]), 'logits'],
    ['a class too few', normal([COUNT, CLASSES - 1]), 'logits'],
    ['transposed', normal([CLASSES, COUNT]), 'logits'],
    ['less data than its shape says', { ...normal([COUNT, CLASSES]), data: new Float32Array(5) }, 'logits'],
  ];
  it.each(shapes)('refuse a cotangent: %s', (_, cotangent, outputs) =>
    withModel('dense', async (classifier) => {
      const data = await dataOf('data-mismatch', () =>
        classifier.vjp(images, [cotangents[0]!, cotangent], outputs),
      );
      expect(data.expected).toBe('[7, 4]');
      expect(data.received).toContain(`[${cotangent.dims.join(', ')}]`);
      expect(classifier.queries.gradient).toBe(0);
    }),
  );
});
