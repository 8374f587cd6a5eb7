import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { materialize } from '../../../src/core/models/materialize.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { decodeModel } from '../../../src/core/onnx/decode.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import {
  parseReshaping,
  reshapeAll,
  reshapeWeight,
  reshapings,
  reshapingsOf,
  weightLayers,
} from '../../../src/core/reshaping/index.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { classifierOf, largestDifference, normal, uniform, withValues } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { modelOf, run } from '../../support/run.js';
import { float32, type Model, tensor } from '../../support/toolkit.js';

const { hash, inhibit, identity } = reshapings;

const small = () => buildModel('1x8x8-C4k3-F12-5', { seed: 3 });
const images = uniform([3, 1, 8, 8], 0, 1, 'images');
const logitsOf = async (model: Model) => (await (await classifierOf(model)).logits(images)).data;

/** The weight that a model computes with, by asking the engine for it. */
async function effective(model: Model, weight: string) {
  const graph = {
    ...model.graph,
    inputs: [],
    outputs: [{ name: weight, type: { dtype: 'float32' as const } }],
  };
  const nodes = graph.nodes.filter((node) => node.outputs[0]!.startsWith(weight));
  return (await run({ ...model, graph: { ...graph, nodes } }))[weight]!;
}

describe('reshapeWeight', () => {
  it('keeps the name of the effective weight and leaves all other weights alone', () => {
    const model = small();
    const reshaped = reshapeWeight(model, 'fc1.weight', hash, { rate: 1 / 4 }, 7);
    expect(weightLayers(reshaped).map((l) => [l.weight, l.dims])).toEqual(
      weightLayers(model).map((l) => [l.weight, l.dims]),
    );
    expect(reshaped.graph.initializers.has('fc1.weight')).toBe(false);
    for (const [name, value] of model.graph.initializers) {
      if (name !== 'fc1.weight') expect(reshaped.graph.initializers.get(name)).toBe(value);
    }
    expect(model.graph.initializers.has('fc1.weight')).toBe(true);
  });

  it('starts a compressed weight with values of its own distribution', () => {
    const model = small();
    const reshaped = reshapeWeight(model, 'fc1.weight', hash, { rate: 1 / 4 }, 7);
    const theta = reshaped.graph.initializers.get('fc1.weight/hash/theta')!;
    expect(theta.dims).toEqual([(12 * 64) / 4]);
    const own = model.graph.initializers.get('fc1.weight')!.data as Float32Array;
    expect(theta.data).toEqual(own.slice(0, theta.data.length));
  });

  it('records what was done, oldest first', () => {
    const hashed = reshapeWeight(small(), 'fc2.weight', hash, { rate: 0.5 }, 1);
    const both = reshapeWeight(hashed, 'fc2.weight', inhibit, { tau: 0.2 });
    expect(reshapingsOf(both)).toEqual({
      'fc2.weight': [
        { name: 'hash', parameters: { rate: 0.5 }, stored: 'fc2.weight/hash/theta' },
        { name: 'inhibit', parameters: { tau: 0.2 }, stored: 'fc2.weight/inhibit/theta' },
      ],
    });
    expect(reshapingsOf(small())).toEqual({});
  });

  it.each([['not json'], ['{"w": 3}'], ['{"w": [{"name": "hash"}]}']])(
    'takes unreadable records for none: %s',
    (text) => {
      const model = { ...small(), metadata: new Map([['foolproof.reshapings', text]]) };
      expect(reshapingsOf(model)).toEqual({});
    },
  );

  it('computes the same logits after writing and reading the file', async () => {
    const choice = parseReshaping('hash:1/4');
    const model = reshapeWeight(reshapeAll(small(), choice, 9), 'fc2.weight', inhibit, { tau: 0.1 });
    const again = decodeModel(encodeModel(model));
    expect(await logitsOf(again)).toEqual(await logitsOf(model));
    expect(reshapingsOf(again)).toEqual(reshapingsOf(model));
    expect(largestDifference(await logitsOf(model), await logitsOf(small()))).toBeGreaterThan(0.01);
  });

  it('makes the input gradient that of the reshaped function', async () => {
    const model = reshapeWeight(reshapeAll(small(), parseReshaping('hash:1/4'), 9), 'fc2.weight', inhibit, {
      tau: 0.1,
    });
    const objective = objectives['cross-entropy'];
    const [compact, twin] = [
      await classifierOf(model),
      await classifierOf(await materialize(model, await nodeRuntime())),
    ];
    const [a, b] = [await compact.gradient(images, objective), await twin.gradient(images, objective)];
    expect(largestDifference(a.gradient.data, b.gradient.data)).toBeLessThan(1e-6);
    expect(Math.max(...a.gradient.data.map(Math.abs))).toBeGreaterThan(1e-3);
  });

  it('identity changes nothing', async () => {
    const model = reshapeWeight(small(), 'conv1.weight', identity, {});
    expect(await logitsOf(model)).toEqual(await logitsOf(small()));
  });

  it('reshapes weights of Conv, Gemm and MatMul, and one that two layers share', async () => {
    const model = modelOf((g) => {
      const x = g.input('x', 'float32', ['N', 1, 4, 4]);
      const kernel = g.initializer('kernel', normal([2, 1, 3, 3], 'kernel'));
      const square = g.initializer('square', normal([8, 8], 'square'));
      const last = g.initializer('last', normal([3, 8], 'last'));
      const flat = g.op('Flatten', [g.op('Conv', [x, kernel])], { axis: 1 });
      const twice = g.matmul(g.matmul(flat, square), square);
      return g.op('Gemm', [twice, last], { transB: 1 });
    });
    expect(weightLayers(model).map((l) => [l.op, l.weight])).toEqual([
      ['Conv', 'kernel'],
      ['MatMul', 'square'],
      ['Gemm', 'last'],
    ]);
    const reshaped = reshapeAll(model, parseReshaping('hash:1/2'), 4);
    expect(Object.keys(reshapingsOf(reshaped)).sort()).toEqual(['kernel', 'last', 'square']);
    // The same function with the effective weights written out.
    const dense = withValues(
      model,
      Object.fromEntries(
        await Promise.all(
          ['kernel', 'square', 'last'].map(
            async (w) => [w, (await effective(reshaped, w)).data as Float32Array] as const,
          ),
        ),
      ),
    );
    const x = uniform([2, 1, 4, 4], 0, 1, 'x');
    const [got, wanted] = [await run(reshaped, { x }), await run(dense, { x })];
    const name = model.graph.outputs[0]!.name;
    expect(
      largestDifference(got[name]!.data as Float32Array, wanted[name]!.data as Float32Array),
    ).toBeLessThan(1e-5);
  });

  it('gives every layer hash functions of its own', async () => {
    const model = buildModel('1x1x8-F8-8', { seed: 1 });
    const same = { 'fc1.weight': Array(64).fill(1), 'fc2.weight': Array(64).fill(1) };
    const reshaped = reshapeAll(withValues(model, same), parseReshaping('hash:1/2'), 3);
    expect((await effective(reshaped, 'fc1.weight')).data).not.toEqual(
      (await effective(reshaped, 'fc2.weight')).data,
    );
    const other = reshapeAll(withValues(model, same), parseReshaping('hash:1/2'), 4);
    expect((await effective(reshaped, 'fc1.weight')).data).not.toEqual(
      (await effective(other, 'fc1.weight')).data,
    );
  });

  it('finds a free place even when the records were lost', async () => {
    const bare = (model: Model) => ({ ...model, metadata: new Map<string, string>() });
    const once = bare(reshapeWeight(small(), 'fc2.weight', inhibit, { tau: 0.5 }));
    const twice = reshapeWeight(once, 'fc2.weight', inhibit, { tau: 0.25 });
    const plain = small().graph.initializers.get('fc2.weight')!.data as Float32Array;
    const wanted = plain.map((w) => w + 0.75 * Math.sign(w));
    expect(
      largestDifference((await effective(twice, 'fc2.weight')).data as Float32Array, wanted),
    ).toBeLessThan(1e-6);
  });

  it('refuses what it cannot do', async () => {
    expect(
      await dataOf('unknown-shape', () => reshapeWeight(small(), 'nobody', inhibit, { tau: 1 })),
    ).toMatchObject({
      node: 'nobody',
    });
    for (const tau of [-0.1, Number.NaN, 2e6]) {
      const data = await dataOf('bad-value', () => reshapeWeight(small(), 'fc2.weight', inhibit, { tau }));
      expect(data.what).toBe('inhibit tau');
    }
    await dataOf('bad-value', () => reshapeWeight(small(), 'fc2.weight', hash, { rate: 0 }));
    // @ts-expect-error a hash needs a rate
    reshapeWeight(small(), 'fc2.weight', hash, {});
    const computed = reshapeWeight(small(), 'fc2.weight', inhibit, { tau: 0.1 });
    const data = await dataOf('bad-value', () => reshapeWeight(computed, 'fc2.weight', hash, { rate: 0.5 }));
    expect(data.received).toMatch(/computes/);
    const double = modelOf((g) => {
      const w = g.initializer('w', tensor('float64', [2, 2], Float64Array.of(1, 2, 3, 4)));
      return g.matmul(g.input('x', 'float64', ['N', 2]), w);
    });
    expect((await dataOf('bad-value', () => reshapeWeight(double, 'w', inhibit, { tau: 1 }))).received).toBe(
      'float64',
    );
  });
});

describe('weightLayers', () => {
  it('lists no product of two activations and no weight that depends on the input', () => {
    const model = modelOf((g) => {
      const x = g.input('x', 'float32', ['N', 4, 4]);
      const w = g.initializer('w', float32([4, 4], Array(16).fill(1)));
      return g.matmul(g.matmul(x, g.transpose(x, [0, 2, 1])), w);
    });
    expect(weightLayers(model).map((l) => l.weight)).toEqual(['w']);
  });

  it('names labels, operators and biases in the order of computation', () => {
    expect(weightLayers(small())).toEqual([
      { label: 'conv1', op: 'Conv', weight: 'conv1.weight', dims: [4, 1, 3, 3], bias: 'conv1.bias' },
      { label: 'fc1', op: 'Gemm', weight: 'fc1.weight', dims: [12, 64], bias: 'fc1.bias' },
      { label: 'logits', op: 'Gemm', weight: 'fc2.weight', dims: [5, 12], bias: 'fc2.bias' },
    ]);
  });
});
