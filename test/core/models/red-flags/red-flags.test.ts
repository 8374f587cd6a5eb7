import { describe, expect, it } from 'vitest';
import { raisedFlags, redFlags } from '../../../../src/core/models/red-flags/index.js';
import { decodeModel } from '../../../../src/core/onnx/decode.js';
import { encodeModel } from '../../../../src/core/onnx/encode.js';
import type { Model } from '../../../../src/core/onnx/graph.js';
import { edited } from '../../../support/external.js';
import { modelOf } from '../../../support/run.js';
import { float32, type GraphBuilder, sizeOf } from '../../../support/toolkit.js';

/** A classifier of [N, 1, 2, 3] images; what is given makes its logits from x. */
const classifier = (write: (g: GraphBuilder, x: string) => string): Model =>
  modelOf((g) => g.op('Identity', [write(g, g.input('x', 'float32', ['N', 1, 2, 3]))]));

const linear = (g: GraphBuilder, x: string, by = 1) => {
  const dims = [6, 4];
  const weights = float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, (_, i) => by * Math.sin(i)),
  );
  return g.matmul(g.op('Flatten', [x]), g.constant(weights));
};

const batchOf = (g: GraphBuilder, x: string) => g.gather(g.op('Shape', [x]), g.scalar(0, 'int64'));

const models: Readonly<Record<string, readonly [raised: Model, silent: Model]>> = {
  'input-dependent-branch': [
    classifier((g, x) => {
      const isBright = g.greater(
        g.op('ReduceMean', [g.op('Flatten', [x]), g.ints([1])], { keepdims: 1 }),
        0.5,
      );
      return g.where(isBright, linear(g, x), linear(g, x, 2));
    }),
    // A leaky rectifier, written with a condition for each element.
    classifier((g, x) => g.where(g.greater(linear(g, x), 0), linear(g, x), g.mul(linear(g, x), 0.1))),
  ],
  'rounding-switch': [
    classifier((g, x) => {
      const scaled = g.mul(x, 255);
      const apart = g.op('Abs', [g.sub(scaled, g.op('Round', [scaled]))]);
      const largest = g.op('ReduceMax', [g.op('Flatten', [apart]), g.ints([1])], { keepdims: 1 });
      return g.where(g.greater(largest, 0.01), linear(g, x), linear(g, x, 2));
    }),
    // Rounded, but nothing is decided by it.
    classifier((g, x) => linear(g, g.op('Round', [g.mul(x, 255)]))),
  ],
  'batch-dependent-branch': [
    classifier((g, x) => g.where(g.greater(batchOf(g, x), 1), linear(g, x), linear(g, x, 2))),
    // A shape that holds the batch.
    classifier((g, x) => {
      const shape = g.concat([g.unsqueeze(batchOf(g, x), [0]), g.ints([6])], 0);
      return linear(g, g.op('Reshape', [x, shape]));
    }),
  ],
  'random-numbers': [
    classifier((g, x) => g.add(linear(g, x), g.op('RandomNormalLike', [linear(g, x)]))),
    classifier((g, x) => linear(g, x)),
  ],
  'custom-operator': [
    classifier((g, x) => g.op('Own', [linear(g, x)], {}, { domain: 'my.company' })),
    classifier((g, x) => g.op('Gelu', [linear(g, x)], {}, { domain: 'com.microsoft' })),
  ],
  'ambiguous-tensor': [
    decodeModel(
      edited(encodeModel(classifier((g, x) => linear(g, x))), ({ graph }) => {
        const [tensor] = graph?.initializer ?? [];
        tensor?.floatData.push(1, 2);
      }),
    ),
    decodeModel(encodeModel(classifier((g, x) => linear(g, x)))),
  ],
  'conspicuous-text': [
    {
      ...classifier((g, x) => linear(g, x)),
      metadata: new Map([['author', '<img src=x onerror=alert(1)>']]),
    },
    { ...classifier((g, x) => linear(g, x)), metadata: new Map([['note', 'accuracy < 90 % & loss > 1']]) },
  ],
  'local-function': [
    {
      ...classifier((g, x) => g.op('Twice', [linear(g, x)], {}, { domain: 'own' })),
      functions: [
        {
          domain: 'own',
          name: 'Twice',
          overload: '',
          inputs: ['a'],
          outputs: ['b'],
          defaults: {},
          opsets: new Map([['', 20]]),
          nodes: [{ op: 'Add', domain: '', name: '', inputs: ['a', 'a'], outputs: ['b'], attributes: {} }],
        },
      ],
    },
    classifier((g, x) => linear(g, x)),
  ],
};

describe('red flags', () => {
  it.each(Object.keys(redFlags))('%s is raised, with its place, and alone', (id) => {
    const [raised, silent] = models[id] ?? expect.fail('no case');
    const flags = raisedFlags(raised);
    expect(flags.map((flag) => flag.id)).toEqual([id]);
    expect(flags[0]?.where.length).toBeGreaterThan(0);
    expect(raisedFlags(silent)).toEqual([]);
  });

  it('names few of many places, escaped and shortened', () => {
    const model = modelOf((g) => {
      const x = g.input('x', 'float32', ['N', 4]);
      const outputs = Array.from({ length: 9 }, (_, i) => `\u001b[2J${'long'.repeat(100)}${i}`);
      return outputs.map((name) => g.op('Own', [x], {}, { domain: 'my.company', outputs: [name] }));
    });
    const flags = raisedFlags(model);
    expect(flags.map(({ id, count }) => [id, count])).toEqual([
      ['custom-operator', 9],
      ['conspicuous-text', 9],
    ]);
    for (const { where } of flags) {
      expect(where.length).toBe(5);
      expect(Math.max(...where.map(({ length }) => length))).toBeLessThan(200);
      expect(where.join()).not.toContain('\u001b');
    }
  });

  it('sees into functions and known branches', () => {
    const [model] = models['local-function'] ?? expect.fail();
    const functions = (model.functions ?? []).map((f) => ({
      ...f,
      nodes: [{ ...(f.nodes[0] ?? expect.fail()), op: 'Own', domain: 'my.company', inputs: ['a'] }],
    }));
    expect(raisedFlags({ ...model, functions }).map(({ id }) => id)).toEqual([
      'custom-operator',
      'local-function',
    ]);
  });
});
