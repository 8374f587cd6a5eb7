import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { classifierShape } from '../../../src/core/models/classifier-shape.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import { classifierOf } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { modelOf } from '../../support/run.js';
import type { GraphBuilder } from '../../support/toolkit.js';

const small = () => buildModel('1x8x8-C3k3-F9-4', { seed: 4 });

describe('what is no classifier', () => {
  it('models with several inputs and outputs, all problems at once', async () => {
    const model = modelOf((g) => {
      const [a, b] = [g.input('a', 'float32', ['N', 4]), g.input('b', 'float32', ['N', 4])];
      return [g.add(a, b), g.sub(a, b)];
    });
    const { problems, source } = await dataOf('not-a-classifier', () => classifierShape(model, 'two.onnx'));
    expect(source).toBe('two.onnx');
    expect(problems).toEqual([
      expect.stringContaining('2 inputs (a, b)'),
      expect.stringContaining('2 outputs'),
    ]);
  });

  it.each<[string, (g: GraphBuilder) => string, RegExp[]]>([
    ['integers', (g) => g.cast(g.input('x', 'int64', ['N', 4]), 'float32'), [/int64, not float32/]],
    [
      'images of any size',
      (g) => g.op('Flatten', [g.input('x', 'float32', ['N', 1, 'H', 'W'])]),
      [/input has the shape/, /output has the shape/],
    ],
    [
      'feature maps',
      (g) => g.op('Relu', [g.input('x', 'float32', ['N', 3, 4, 4])]),
      [/output has the shape \[N,3,4,4\]/],
    ],
    ['a scalar input', (g) => g.input('x', 'float32', ['N']), [/input has the shape/]],
  ])('models of %s', async (_, build, expected) => {
    const { problems } = await dataOf('not-a-classifier', () => classifierOf(modelOf(build)));
    expect(problems).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });

  it('a model without input or output', async () => {
    const empty: Model = { ...small(), graph: { ...small().graph, inputs: [], outputs: [] } };
    const { problems } = await dataOf('not-a-classifier', () => classifierShape(empty));
    expect(problems.length).toBeGreaterThanOrEqual(2);
  });
});
