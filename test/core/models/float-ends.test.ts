import { describe, expect, it } from 'vitest';
import { asClassifier } from '../../../src/core/models/classifier-shape.js';
import { withFloatEnds } from '../../../src/core/models/float-ends.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { classifierOf, largestDifference, uniform } from '../../support/classifiers.js';
import { scale, zero } from '../../support/quantized-cases.js';
import { modelOf, numbers, run } from '../../support/run.js';
import { type DType, float32, GraphBuilder, tensor } from '../../support/toolkit.js';

const weights = uniform([12, 3], -1, 1, 'weights');
const images = uniform([5, 1, 3, 4], 0, 1, 'images');

/** A linear model whose image, whose arithmetic and whose logits are of the given types. */
const linear = (input: DType, within: DType, output: DType) =>
  modelOf((g) => {
    const x = g.input('x', input, ['N', 1, 3, 4]);
    const flat = g.op('Flatten', [g.cast(x, within)]);
    return g.cast(g.matmul(flat, g.cast(g.constant(weights), within)), output);
  });

const plain = linear('float32', 'float32', 'float32');
const crossEntropy = objectives['cross-entropy'] ?? expect.fail();

describe('ends of a model', () => {
  it('stay as they are in float32', () => {
    expect(withFloatEnds(plain)).toEqual({ model: plain, inputLevels: null });
    expect(withFloatEnds(plain).model).toBe(plain);
  });

  it.each([
    ['float16', 'float16', 'float16', 2e-3],
    ['float16', 'float32', 'float32', 2e-3],
    ['float32', 'float16', 'float16', 2e-3],
    ['float64', 'float64', 'float64', 1e-6],
    ['float32', 'float32', 'bfloat16', 2e-2],
  ] as const)(
    'of %s, %s, %s take float32 images and give float32 logits',
    async (input, within, output, tolerance) => {
      const [half, whole] = [await classifierOf(linear(input, within, output)), await classifierOf(plain)];
      const logits = await half.logits(images);
      expect(logits.dtype).toBe('float32');
      expect(largestDifference(logits.data, (await whole.logits(images)).data)).toBeLessThan(tolerance);
      const [own, reference] = [
        await half.gradient(images, crossEntropy, [0, 1, 2, 0, 1]),
        await whole.gradient(images, crossEntropy, [0, 1, 2, 0, 1]),
      ];
      expect(half.guideIsJudge).toBe(false);
      expect(half.quantizers).toBe(0);
      // In single precision throughout, but for the weights themselves.
      expect(largestDifference(own.gradient.data, reference.gradient.data)).toBeLessThan(2e-3);
      for (const classifier of [half, whole]) await classifier.release();
    },
  );

  it('of bytes are fed as round(255 x), and gradients pass the rounding', async () => {
    const bytes = modelOf((g) => {
      const x = g.input('x', 'uint8', ['N', 1, 3, 4]);
      const flat = g.op('Flatten', [g.mul(g.cast(x, 'float32'), 1 / 255)]);
      return g.matmul(flat, g.constant(weights));
    });
    expect(asClassifier(bytes).shape.inputLevels).toBe(255);
    const classifier = await classifierOf(bytes);
    const data = Uint8Array.from(images.data, (v) => Math.round(Math.fround(255 * v)));
    const [name = ''] = bytes.graph.outputs.map((v) => v.name);
    const expected = (await run(bytes, { x: tensor('uint8', images.dims, data) }))[name] ?? expect.fail();
    expect([...(await classifier.logits(images)).data]).toEqual(numbers(expected));
    const exact = float32(
      images.dims,
      Float32Array.from(data, (v) => v / 255),
    );
    const whole = await classifierOf(plain);
    const [own, reference] = [
      await classifier.gradient(exact, crossEntropy, [0, 1, 2, 0, 1]),
      await whole.gradient(exact, crossEntropy, [0, 1, 2, 0, 1]),
    ];
    expect(largestDifference(own.gradient.data, reference.gradient.data)).toBeLessThan(1e-5);
    for (const each of [classifier, whole]) await each.release();
  });

  it('that are quantized logits are dequantized with the numbers they were quantized with', async () => {
    const quantized = modelOf((g) => {
      const x = g.input('x', 'float32', ['N', 1, 3, 4]);
      const logits = g.matmul(g.op('Flatten', [x]), g.constant(weights));
      return g.op('QuantizeLinear', [logits, scale(g, 0.05), zero(g, 'uint8', 128)]);
    });
    const [classifier, whole] = [await classifierOf(quantized), await classifierOf(plain)];
    const logits = await classifier.logits(images);
    expect(largestDifference(logits.data, (await whole.logits(images)).data)).toBeLessThan(0.026);
    expect([...logits.data].every((v) => Math.abs(v / 0.05 - Math.round(v / 0.05)) < 1e-4)).toBe(true);
    expect(classifier.quantizers).toBe(1);
    for (const each of [classifier, whole]) await each.release();
  });

  it('that nothing can be made of are refused as before', () => {
    const g = new GraphBuilder();
    g.output(g.cast(g.input('x', 'int64', ['N', 1, 3, 4]), 'float32'));
    expect(() => asClassifier(g.build())).toThrow(/int64/);
  });
});
