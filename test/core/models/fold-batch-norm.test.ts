import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { foldBatchNorm } from '../../../src/core/models/fold-batch-norm.js';
import { materialize } from '../../../src/core/models/materialize.js';
import { decodeModel } from '../../../src/core/onnx/decode.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import { inhibitLayer, parseReshaping, reshapeAll, reshapingsOf } from '../../../src/core/reshaping/index.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { classifierOf, largestDifference, normal, uniform, withValues } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { modelOf, numbers, run } from '../../support/run.js';
import { float, float32, GraphBuilder, type Model } from '../../support/toolkit.js';

/** Of logits of size 1: a dozen roundings to single precision, in weights rather than in sums. */
const TOLERANCE = 2e-5;

const images = uniform([4, 2, 6, 6], 0, 1, 'images');
const NOTATION = '2x6x6-C3k3b-C4k3-M-C5k1b-F6b-F7-3';

/** Statistics, scales and shifts as a training might leave them, negative and tiny scales among them. */
function trained(model: Model): Model {
  const norms = [...model.graph.initializers].filter(([name]) => name.includes('.norm.'));
  const value = (name: string, size: number) => {
    const { data } = normal([size], name);
    if (name.endsWith('variance')) return data.map((v) => 0.05 + v * v);
    if (name.endsWith('scale')) return data.map((v, i) => (i === 0 ? 1e-6 : v));
    return data;
  };
  return withValues(
    model,
    Object.fromEntries(norms.map(([name, { data }]) => [name, value(name, data.length)])),
  );
}

const logitsOf = async (model: Model) => (await (await classifierOf(model)).logits(images)).data;
const opsOf = (model: Model) => model.graph.nodes.map((node) => node.op);

describe('a folded model', () => {
  const model = trained(buildModel(NOTATION, { seed: 4 }));
  const folded = foldBatchNorm(model);

  it('computes the same logits', async () => {
    const [before, after] = [await logitsOf(model), await logitsOf(folded)];
    expect(largestDifference(after, before)).toBeLessThan(TOLERANCE * Math.max(1, ...before.map(Math.abs)));
    // The statistics do matter.
    expect(largestDifference(before, await logitsOf(buildModel(NOTATION, { seed: 4 })))).toBeGreaterThan(0.1);
  });

  it('has the graph of the notation without normalization', () => {
    const plain = buildModel(NOTATION.replaceAll('b-', '-'), { seed: 4 });
    expect(folded.graph.nodes).toEqual(plain.graph.nodes);
    const shapes = ({ graph }: Model) =>
      [...graph.initializers].map(([name, { dims }]) => [name, dims]).sort();
    expect(shapes(folded)).toEqual(shapes(plain));
    expect(folded.graph.outputs).toEqual(plain.graph.outputs);
  });

  it('leaves the model of the caller as it was, and layers without normalization', () => {
    expect(model).toEqual(trained(buildModel(NOTATION, { seed: 4 })));
    for (const name of ['conv2.weight', 'conv2.bias', 'fc2.weight', 'fc3.weight', 'fc3.bias']) {
      expect(folded.graph.initializers.get(name)).toBe(model.graph.initializers.get(name));
    }
  });

  it('has nothing left to fold, as any model without normalization', () => {
    expect(foldBatchNorm(folded)).toBe(folded);
  });

  it('has the weights and biases of the definition', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['N', 2]);
    const w = g.initializer('w', float32([1, 2], [2, -4]));
    const y = g.op('Gemm', [x, w, g.initializer('b', float32([1], [5]))], { transB: 1 }, { outputs: ['fc'] });
    const vectors = { s: 3, t: 7, m: 1, v: 8.75 };
    const named = Object.entries(vectors).map(([name, value]) => g.initializer(name, float32([1], [value])));
    g.output(g.op('BatchNormalization', [y, ...named], { epsilon: float(0.25) }, { outputs: ['y'] }));
    const { graph } = foldBatchNorm(g.build());
    expect([...graph.initializers].map(([name, v]) => [name, numbers(v)])).toEqual([
      ['w', [2, -4]],
      ['fc.bias', [(5 - 1) * 1 + 7]],
    ]);
    expect(graph.nodes).toMatchObject([{ op: 'Gemm', name: 'fc', outputs: ['y'] }]);
  });
});

describe('hashed weights', () => {
  const model = trained(reshapeAll(buildModel(NOTATION, { seed: 4 }), parseReshaping('hash:1/2'), 3));
  const folded = foldBatchNorm(model);

  it('keep their theta and get a scale on top', async () => {
    const [before, after] = [await logitsOf(model), await logitsOf(folded)];
    expect(largestDifference(after, before)).toBeLessThan(TOLERANCE * Math.max(1, ...before.map(Math.abs)));
    expect(opsOf(folded)).not.toContain('BatchNormalization');
    const chains = Object.entries(reshapingsOf(folded)).map(([weight, chain]) => [
      weight,
      chain.map((c) => c.name),
    ]);
    expect(Object.fromEntries(chains)).toEqual({
      ...{ 'conv1.weight': ['hash', 'scale'], 'conv2.weight': ['hash'], 'conv3.weight': ['hash', 'scale'] },
      ...{ 'fc1.weight': ['hash', 'scale'], 'fc2.weight': ['hash'], 'fc3.weight': ['hash'] },
    });
    for (const [name, value] of model.graph.initializers) {
      if (name.endsWith('theta')) expect(folded.graph.initializers.get(name)).toBe(value);
    }
  });

  it('materialize to the same plain layers', async () => {
    const plain = await materialize(folded, await nodeRuntime());
    expect(opsOf(plain)).toEqual(opsOf(buildModel(NOTATION.replaceAll('b-', '-'))));
    expect(reshapingsOf(plain)).toEqual({});
    expect(largestDifference(await logitsOf(plain), await logitsOf(folded))).toBeLessThan(TOLERANCE);
  });

  it('survive the file, and take inhibition on top', async () => {
    const again = decodeModel(encodeModel(folded));
    expect(await logitsOf(again)).toEqual(await logitsOf(folded));
    const inhibited = inhibitLayer(again, 0.25, 'fc1.weight');
    expect(reshapingsOf(inhibited)['fc1.weight']!.map((c) => c.name)).toEqual(['hash', 'scale', 'inhibit']);
    expect(await logitsOf(inhibited)).not.toEqual(await logitsOf(folded));
  });
});

it('folds into matrices of either orientation and into groups, whatever the names', async () => {
  const vectors = (g: GraphBuilder, size: number, name: string) => [
    ...['s', 't', 'm'].map((part) => g.initializer(name + part, normal([size], name, part))),
    g.initializer(`${name}v`, uniform([size], 0.1, 2, name, 'v')),
  ];
  const model = modelOf((g) => {
    const x = g.input('x', 'float32', ['N', 4, 3, 3]);
    const kernel = g.initializer('conv.bias', normal([6, 2, 2, 2], 'k'));
    const conv = g.op('Conv', [x, kernel], { group: 2 }, { outputs: ['conv'] });
    const flat = g.op('Flatten', [g.op('BatchNormalization', [conv, ...vectors(g, 6, 'a')])], { axis: 1 });
    const w = g.initializer('w', normal([24, 5], 'w'));
    const full = g.op('Gemm', [flat, w, g.initializer('b', normal([5], 'b'))], { alpha: float(0.5) });
    return g.op('BatchNormalization', [full, ...vectors(g, 5, 'c')], { epsilon: float(0.1) });
  });
  const folded = foldBatchNorm(model);
  expect(opsOf(folded)).toEqual(['Conv', 'Flatten', 'Gemm']);
  const [name, x] = [model.graph.outputs[0]!.name, normal([3, 4, 3, 3], 'x')];
  const [a, b] = [numbers((await run(model, { x }))[name]!), numbers((await run(folded, { x }))[name]!)];
  expect(largestDifference(b, a)).toBeLessThan(TOLERANCE * Math.max(1, ...a.map(Math.abs)));
});

describe('refuses', () => {
  const one = (g: GraphBuilder, name: string) => g.initializer(name, float32([2], [1, 1]));
  type Build = (g: GraphBuilder, x: string, norm: (value: string, mean?: string) => string) => string;
  const build = (body: Build, attributes = {}) =>
    modelOf((g) => {
      const vectors = ['s', 't', 'm', 'v'].map((name) => one(g, name));
      const norm = (value: string, mean = vectors[2]!) =>
        g.op('BatchNormalization', [value, vectors[0]!, vectors[1]!, mean, vectors[3]!], attributes, {
          outputs: [g.fresh('norm')],
        });
      return body(g, g.input('x', 'float32', ['N', 2]), norm);
    });
  const full = (g: GraphBuilder, x: string, ...bias: string[]) =>
    g.op('Gemm', [x, g.initializer(g.fresh('w'), float32([2, 2], [1, 2, 3, 4])), ...bias]);

  const cases: readonly [string, RegExp, Build, object?][] = [
    ['no layer before it', /follows an input/, (_, x, norm) => norm(x)],
    ['an activation before it', /follows Relu/, (g, x, norm) => norm(g.op('Relu', [full(g, x)]))],
    ['a layer with another use', /used elsewhere/, (g, x, norm) => ((v) => g.add(norm(v), v))(full(g, x))],
    ['two on one layer', /used elsewhere/, (g, x, norm) => ((v) => g.add(norm(v), norm(v)))(full(g, x))],
    [
      'a shared weight',
      /shares its weight/,
      (g, x, norm) => {
        const w = g.initializer('shared', float32([2, 2], [1, 2, 3, 4]));
        return norm(g.op('Gemm', [g.op('Gemm', [x, w]), w]));
      },
    ],
    ['computed statistics', /does not store/, (g, x, norm) => norm(full(g, x), g.mul(one(g, 'half'), 0.5))],
    ['a computed bias', /bias of/, (g, x, norm) => norm(full(g, x, g.mul(one(g, 'half'), 0.5)))],
    ['a scalar bias', /bias of/, (g, x, norm) => norm(full(g, x, g.initializer('c', float32([1], [1]))))],
    ['training mode', /training mode/, (g, x, norm) => norm(full(g, x)), { training_mode: 1 }],
  ];

  it.each(cases)('%s', async (_, reason, body, attributes) => {
    const data = await dataOf('bad-value', () => foldBatchNorm(build(body, attributes)));
    expect(data.received).toMatch(reason);
    expect(data.received).toMatch(/^fp\/norm_1: /);
  });

  it('everything at once', async () => {
    const model = build((g, x, norm) => norm(g.op('Relu', [norm(x)])));
    const { received } = await dataOf('bad-value', () => foldBatchNorm(model));
    expect(received.split('; ')).toHaveLength(2);
  });
});
