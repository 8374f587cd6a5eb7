import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { differentiable } from '../../../src/core/models/guide-graph.js';
import { loadModelBytes } from '../../../src/core/models/model-file.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { type Model, operatorKey } from '../../../src/core/onnx/graph.js';
import { inferShapes } from '../../../src/core/onnx/infer.js';
import { classifierOf, linearModel } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { scale, zero } from '../../support/quantized-cases.js';
import { modelOf } from '../../support/run.js';
import { float32, tensor } from '../../support/toolkit.js';

const crossEntropy = objectives['cross-entropy'] ?? expect.fail();
const folder = new URL('../../fixtures/quantized/', import.meta.url);
const fixture = async (name: string) =>
  (await loadModelBytes(readFileSync(new URL(`${name}.onnx`, folder)), name)).model;

const operatorsOf = ({ graph }: Model) => graph.nodes.map(operatorKey);

describe('the graph that is differentiated', () => {
  it('is the model itself where all numbers are float32', () => {
    const model = linearModel(
      [
        [1, 2],
        [3, 4],
      ],
      [0, 0],
    );
    expect(differentiable(model)).toEqual({ model, rules: 'exact', quantizers: 0, isSame: true });
    expect(differentiable(model).model).toBe(model);
  });

  it.each([
    ['cnn.qdq-u8s8', 8],
    ['cnn.qop-u8u8', 7],
    ['cnn.dynamic', 4],
    ['mlp.dynamic-optimized', 2],
    ['mlp.int4-nbits', 0],
    ['mlp.int4-blocks', 0],
  ])('of %s has %i quantizers on the way', async (name, count) => {
    const { rules, quantizers, isSame } = differentiable(await fixture(name));
    expect({ rules, quantizers, isSame }).toEqual({
      rules: count > 0 ? 'straightThrough' : 'exact',
      quantizers: count,
      isSame: false,
    });
  });

  it.each(['cnn.qdq-u8s4', 'branches.qop-u8s8', 'attention.dynamic'])(
    'of %s computes with float32 alone; the judge is the deployed graph',
    async (name) => {
      const deployed = await fixture(name);
      const classifier = await classifierOf(deployed);
      expect(operatorsOf(classifier.judge.model)).toEqual(operatorsOf(deployed));
      const { graph } = classifier.guide.model;
      const types = inferShapes(graph);
      const values = graph.nodes.flatMap((node) => node.outputs).filter((value) => value !== '');
      const dtypes = new Set(values.map((value) => types.type(value)?.dtype));
      // What a dynamic quantizer puts out besides its scale is cast at once.
      if (name.endsWith('dynamic')) dtypes.delete('uint8');
      dtypes.delete('int64');
      expect([...dtypes]).toEqual(['float32']);
      await classifier.release();
    },
  );

  it('of half precision computes in single', () => {
    const half = modelOf((g) => {
      const x = g.input('x', 'float16', ['N', 3]);
      const weight = g.constant(
        tensor('float16', [3, 2], Uint16Array.of(0x3c00, 0xc000, 0x3555, 0, 1, 0x7bff)),
      );
      return g.op('Softplus', [g.matmul(x, weight)]);
    });
    const { model, isSame, rules } = differentiable(half);
    expect([isSame, rules]).toEqual([false, 'exact']);
    expect(model.graph.inputs[0]?.type?.dtype).toBe('float32');
    const [weight] = [...model.graph.initializers.values()];
    expect(weight).toEqual(float32([3, 2], [1, -2, 0.333251953125, 0, 2 ** -24, 65504]));
  });
});

describe('operators of one machine', () => {
  it('are refused when a file is read, with what to do', async () => {
    const bound = modelOf((g) =>
      g.op(
        'ReorderOutput',
        [g.input('x', 'float32', ['N', 8, 4, 4])],
        { channels: 8 },
        { domain: 'com.microsoft.nchwc' },
      ),
    );
    const { operators } = await dataOf('machine-bound', () => loadModelBytes(bound, 'net.onnx'));
    expect(operators).toEqual(['com.microsoft.nchwc::ReorderOutput']);
  });
});

describe('probabilities that are quantized at the end', () => {
  it('are left to the judge: the guide has the logits', async () => {
    const model = modelOf((g) => {
      const x = g.input('x', 'float32', ['N', 1, 2, 2]);
      const weight = g.constant(float32([4, 3], [9, -4, 2, 7, 1, -3, -6, 5, 1, 2, 2, -8]));
      const codes = g.op('QuantizeLinear', [g.op('Flatten', [x]), scale(g, 1 / 255), zero(g, 'uint8', 0)]);
      const image = g.op('DequantizeLinear', [codes, scale(g, 1 / 255), zero(g, 'uint8', 0)]);
      const logits = g.mul(g.matmul(image, weight), 5);
      const inputs = [scale(g, 1 / 256), zero(g, 'uint8', 0)];
      const rounded = g.op('QuantizeLinear', [g.op('Softmax', [logits], { axis: 1 }), ...inputs]);
      return g.op('DequantizeLinear', [rounded, ...inputs]);
    });
    const classifier = await classifierOf(model);
    const image = float32([1, 1, 2, 2], [1, 0, 0, 0]);
    expect([...(await classifier.logits(image)).data]).toEqual([255 / 256, 0, 0]);
    const { logits, gradient } = await classifier.gradient(image, crossEntropy, [1]);
    expect([...logits.data]).toEqual([45, -20, 10]);
    expect(gradient.data.every((slope) => slope !== 0)).toBe(true);
    await classifier.release();
  });
});
