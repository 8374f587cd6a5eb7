import { expect, it } from 'vitest';
import { decodeModel } from '../../../src/core/onnx/decode.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import { dataOf } from '../../support/errors.js';
import { modelOf } from '../../support/run.js';
import { float, type GraphBuilder } from '../../support/toolkit.js';

const bytes = (build: (g: GraphBuilder, x: string) => string) =>
  encodeModel(modelOf((g) => build(g, g.input('x', 'float32', [1, 1, 4, 4]))));

it('attributes of the wrong kind are reported, all at once', async () => {
  const file = bytes((g, x) => {
    const pooled = g.op('MaxPool', [x], { kernel_shape: [2, 2], strides: 2 }, { outputs: ['pool'] });
    const leaky = g.op('LeakyRelu', [pooled], { alpha: 1 }, { outputs: ['leaky'] });
    return g.op('Softmax', [leaky], { axis: float(1) }, { outputs: ['soft'] });
  });
  const { problems } = await dataOf('corrupt-model', () => decodeModel(file));
  expect(problems).toEqual([
    'node "pool": attribute "strides" is of the kind int, not ints',
    'node "leaky": attribute "alpha" is of the kind int, not float',
    'node "soft": attribute "axis" is of the kind float, not int',
  ]);
});

it('operators of other domains may call their attributes what they like', () => {
  const file = bytes((g, x) => g.op('Secret', [x], { axis: float(0.5) }, { domain: 'com.example' }));
  expect(decodeModel(file).graph.nodes[0]!.attributes.axis).toMatchObject({ kind: 'float', value: 0.5 });
});
