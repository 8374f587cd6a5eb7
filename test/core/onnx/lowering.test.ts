import { describe, expect, it } from 'vitest';
import { vjp } from '../../../src/core/autodiff/gradient.js';
import { operatorKey } from '../../../src/core/onnx/graph.js';
import { lower, lowerings } from '../../../src/core/onnx/lowering/index.js';
import { modelOf, numbers, opsetsFor, run } from '../../support/run.js';
import { type AttributeInit, float, float32, GraphBuilder, sizeOf, stream } from '../../support/toolkit.js';

const draw = (dims: readonly number[], seed: string) => {
  const random = stream(1, 'lowering', seed);
  return float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => random.normal()),
  );
};

type Build = (g: GraphBuilder, x: string, weight: (...dims: number[]) => string) => string;
const domain = { domain: 'com.microsoft' };

/** An operator of one input, with attributes. */
const one =
  (op: string, attributes: Readonly<Record<string, AttributeInit>> = {}, options = {}): Build =>
  (g, x) =>
    g.op(op, [x], attributes, options);

/** x as images [N, 4, 2, 3]. */
const images = (g: GraphBuilder, x: string) => g.op('Reshape', [x, g.ints([0, 4, 2, 3])]);

/** An Einsum of x and weights of the given shapes. */
const contraction =
  (equation: string, ...shapes: readonly (readonly number[])[]): Build =>
  (g, x, w) =>
    g.op('Einsum', [x, ...shapes.map((dims) => w(...dims))], { equation });

const einsums: Readonly<Record<string, Build>> = {
  ...Object.fromEntries(
    Object.entries({
      'nct->ntc': [],
      nct: [],
      'nct->n': [],
      'nct->': [],
      '...ct->...tc': [],
      'nct,ck->nkt': [[4, 5]],
      'nct,kc->nkt': [[5, 4]],
      'nct, ctk -> nk': [[4, 6, 3]],
      'nct,nct->nct': [[1, 4, 6]],
      'nct,ncs->nts': [[1, 4, 2]],
      'nct,kl->nkctl': [[2, 3]],
      '...t,tk->...k': [[6, 2]],
      'nct,t->n': [[6]],
      'nct,ck,kj->ntj': [
        [4, 3],
        [3, 2],
      ],
      'nct,ncc,tt->nct': [
        [1, 4, 4],
        [6, 6],
      ],
      'nct,iij->ncj': [[3, 3, 2]],
      'ncv,vk': [[6, 2]],
    } as Record<string, readonly (readonly number[])[]>).map(([equation, shapes]) => [
      equation,
      contraction(equation, ...shapes),
    ]),
  ),
  'of x with itself, heads': (g, x) => {
    const heads = g.op('Reshape', [x, g.ints([0, 4, 2, 3])]);
    const scores = g.op('Einsum', [heads, heads], { equation: 'bihd,bjhd->bhij' });
    return g.op('Einsum', [scores, heads], { equation: 'bhij,bjhd->bihd' });
  },
  'a diagonal of x': (g, x) =>
    g.op('Einsum', [g.matmul(x, g.transpose(x, [0, 2, 1]))], { equation: 'nii->ni' }),
};

/** The input of every case is x, float32 [N, 4, 6]; N is 2. */
const cases: Readonly<Record<string, Readonly<Record<string, Build>>>> = {
  Einsum: einsums,
  LRN: {
    odd: (g, x) =>
      g.op('LRN', [images(g, x)], { size: 3, alpha: float(0.5), beta: float(0.6), bias: float(2) }),
    'wider than the channels': (g, x) => g.op('LRN', [images(g, x)], { size: 9, alpha: float(0.5) }),
  },
  GroupNormalization: {
    'a scale for each channel': (g, x, w) =>
      g.op('GroupNormalization', [images(g, x), w(4), w(4)], { num_groups: 2, epsilon: float(0.01) }),
    'as many groups as channels': (g, x, w) => g.op('GroupNormalization', [x, w(4), w(4)], { num_groups: 4 }),
  },
  RMSNormalization: {
    'last axis': (g, x, w) => g.op('RMSNormalization', [x, w(6)]),
    'two axes': (g, x, w) => g.op('RMSNormalization', [x, w(4, 6)], { axis: 1, epsilon: float(0.1) }),
  },
  LpNormalization: {
    euclidean: one('LpNormalization'),
    'sums of absolute values': one('LpNormalization', { axis: 1, p: 1 }),
  },
  MeanVarianceNormalization: { channels: one('MeanVarianceNormalization', { axes: [1, 2] }) },
  LpPool: {
    plain: (g, x) => g.op('LpPool', [images(g, x)], { kernel_shape: [2, 2] }),
    'padded, strided, dilated, third powers': (g, x) =>
      g.op('LpPool', [images(g, x)], { kernel_shape: [2, 2], pads: [1, 0, 1, 1], strides: [1, 2], p: 3 }),
    'rounded up': one('LpPool', { kernel_shape: [3], strides: [2], ceil_mode: 1, p: 1 }),
    'same size': one('LpPool', { kernel_shape: [2], auto_pad: 'SAME_LOWER' }),
    'rounded down': one('LpPool', { kernel_shape: [3], strides: [4], pads: [0, 1], dilations: [2] }),
  },
  GlobalLpPool: { plain: one('GlobalLpPool'), 'third powers': one('GlobalLpPool', { p: 3 }) },
  Swish: { plain: one('Swish'), steep: one('Swish', { alpha: float(2) }) },
  'com.microsoft::FusedMatMul': {
    plain: (g, x, w) => g.op('FusedMatMul', [x, w(6, 3)], {}, domain),
    'scaled, both transposed': (g, x, w) =>
      g.op('FusedMatMul', [x, w(2, 3, 4)], { alpha: float(0.5), transA: 1, transB: 1 }, domain),
  },
  'com.microsoft::FusedGemm': Object.fromEntries(
    ['Relu', 'LeakyRelu', 'Sigmoid', 'Tanh', 'Elu', 'HardSigmoid'].map((activation) => [
      activation,
      (g, x, w) =>
        g.op(
          'FusedGemm',
          [g.op('Flatten', [x]), w(3, 24), w(3)],
          {
            alpha: float(0.5),
            beta: float(2),
            transB: 1,
            activation,
            activation_alpha: float(0.3),
            activation_beta: float(0.4),
          },
          domain,
        ),
    ]),
  ),
};

describe('what is written as other operators', () => {
  it.each(Object.keys(lowerings))('%s has a case', (name) => {
    expect(Object.keys(cases[name] ?? {})).not.toEqual([]);
  });

  const rows = Object.entries(cases).flatMap(([name, builds]) =>
    Object.entries(builds).map(([title, build]) => [name, title, build] as const),
  );
  it.each(rows)('%s computes the same: %s', async (name, title, build) => {
    let count = 0;
    const built = modelOf((g) => {
      const weight = (...dims: number[]) => g.constant(draw(dims, `${name} ${title} ${count++}`));
      return g.op(
        'Identity',
        [build(g, g.input('x', 'float32', ['N', 4, 6]), weight)],
        {},
        { outputs: ['y'] },
      );
    });
    const model = { ...built, opsets: opsetsFor(name, built) };
    const lowered = lower(model);
    expect(model.graph.nodes.map(operatorKey)).toContain(name);
    expect(lowered.graph.nodes.map(operatorKey)).not.toContain(name);
    const x = draw([2, 4, 6], 'x');
    const [before, after] = [numbers((await run(model, { x })).y!), numbers((await run(lowered, { x })).y!)];
    before.forEach((value, i) => {
      expect(after[i]).toBeCloseTo(value, 5);
    });
    const g = new GraphBuilder(lowered);
    const seed = g.input('c', 'float32', g.dims('y'));
    expect(() => vjp(g, { y: seed }, ['x'])).not.toThrow();
  });

  it('leaves a model without such operators as it is', () => {
    const model = modelOf((g) => g.op('Relu', [g.input('x', 'float32', ['N', 4])]));
    expect(lower(model)).toBe(model);
  });

  it('leaves a node that it cannot write, which is refused for its reason', () => {
    const model = modelOf((g) =>
      g.op(
        'FusedMatMul',
        [g.input('x', 'float32', ['N', 4, 6]), g.constant(draw([6, 3], 'w'))],
        { transBatchA: 1 },
        domain,
      ),
    );
    const g = new GraphBuilder(lower(model));
    const [y = ''] = g.nodes.at(-1)!.outputs;
    expect(() => vjp(g, { [y]: g.input('c', 'float32', ['N']) }, ['x'])).toThrow(/without moved batches/);
  });
});
