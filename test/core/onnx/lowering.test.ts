import { describe, expect, it } from 'vitest';
import { vjp } from '../../../src/core/autodiff/gradient.js';
import { operatorKey } from '../../../src/core/onnx/graph.js';
import { lower, lowerings } from '../../../src/core/onnx/lowering/index.js';
import { modelOf, numbers, opsetsFor, run } from '../../support/run.js';
import {
  type AttributeInit,
  float,
  float32,
  floats,
  GraphBuilder,
  sizeOf,
  stream,
} from '../../support/toolkit.js';

import { type Build, images, type LoweringCases } from './lowering/lowering-case.js';
import { newerCases } from './lowering/newer.js';

const draw = (dims: readonly number[], seed: string) => {
  const random = stream(1, 'lowering', seed);
  return float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => random.normal()),
  );
};

const domain = { domain: 'com.microsoft' };

/** An operator of one input, with attributes. */
const one =
  (op: string, attributes: Readonly<Record<string, AttributeInit>> = {}, options = {}): Build =>
  (g, x) =>
    g.op(op, [x], attributes, options);

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

/** Gates of the recurrent operators. */
const GATES: Readonly<Record<string, number>> = { LSTM: 4, GRU: 3, RNN: 1 };
const HIDDEN = 5;

/** A recurrent operator over the 4 rows of x, with all its outputs. */
const recurrent =
  (
    op: string,
    direction: string,
    given: 'nothing' | 'biases' | 'states',
    attributes: Readonly<Record<string, AttributeInit>> = {},
  ): Build =>
  (g, x, w) => {
    const directions = direction === 'bidirectional' ? 2 : 1;
    const size = (GATES[op] ?? 1) * HIDDEN;
    const isLstm = op === 'LSTM';
    const state = () =>
      g.op('Expand', [
        w(directions, 1, HIDDEN),
        g.concat([g.ints([directions]), g.op('Shape', [x], { end: 1 }), g.ints([HIDDEN])], 0),
      ]);
    const inputs = [
      g.transpose(x, [1, 0, 2]),
      w(directions, size, 6),
      w(directions, size, HIDDEN),
      ...(given === 'nothing' ? [] : [w(directions, 2 * size)]),
      ...(given === 'states' ? ['', state(), ...(isLstm ? [state()] : [])] : []),
    ];
    const outputs = isLstm ? 3 : 2;
    const results = g.ops(op, inputs, { hidden_size: HIDDEN, direction, ...attributes }, { outputs });
    const rows = results.map((value, i) => {
      const batchFirst = g.transpose(value, i === 0 ? [2, 0, 1, 3] : [1, 0, 2]);
      return g.op('Flatten', [batchFirst]);
    });
    return g.concat(rows, 1);
  };

const directions = (op: string): Readonly<Record<string, Build>> => ({
  forward: recurrent(op, 'forward', 'nothing'),
  'backward, biases': recurrent(op, 'reverse', 'biases'),
  'both, initial states': recurrent(op, 'bidirectional', 'states'),
});

/** The input of every case is x, float32 [N, 4, 6]; N is 2. */
const cases: LoweringCases = {
  ...newerCases,
  Einsum: einsums,
  GridSample: Object.fromEntries(
    ['linear', 'nearest'].flatMap((mode) =>
      ['zeros', 'border', 'reflection'].flatMap((padding_mode) =>
        [0, 1].map((align_corners): [string, Build] => [
          `${mode}, ${padding_mode}${align_corners === 1 ? ', aligned' : ''}`,
          (g, x, w) => {
            const grid = g.add(
              g.mul(
                g.op('Expand', [
                  w(1, 3, 5, 2),
                  g.concat([g.op('Shape', [x], { end: 1 }), g.ints([1, 1, 1])], 0),
                ]),
                1.7,
              ),
              0.013,
            );
            return g.op('GridSample', [images(g, x), grid], { mode, padding_mode, align_corners });
          },
        ]),
      ),
    ),
  ),
  AffineGrid: Object.fromEntries(
    [0, 1].map((align_corners): [string, Build] => [
      align_corners === 1 ? 'aligned' : 'edges',
      (g, x) => {
        const theta = g.op('Reshape', [g.slice(x, [1], [0], [1]), g.ints([0, 2, 3])]);
        const size = g.concat([g.op('Shape', [x], { end: 1 }), g.ints([1, 3, 4])], 0);
        return g.op('AffineGrid', [theta, size], { align_corners });
      },
    ]),
  ),
  Attention: {
    'heads side by side': (g, x, w) =>
      g.op('Attention', [x, g.matmul(x, w(6, 6)), g.matmul(x, w(6, 3))], { q_num_heads: 3, kv_num_heads: 3 }),
    'heads apart, numbers added': (g, x, w) => {
      const heads = g.transpose(g.op('Reshape', [x, g.ints([0, 4, 2, 3])]), [0, 2, 1, 3]);
      return g.op('Attention', [heads, heads, heads, w(4, 4)], { scale: float(0.3) });
    },
    'fewer heads of keys, causal': (g, x, w) => {
      const keys = g.matmul(x, w(6, 3));
      return g.op('Attention', [x, keys, keys], { q_num_heads: 2, kv_num_heads: 1, is_causal: 1 });
    },
    'truth values': (g, x, w) =>
      g.op('Attention', [x, x, x, g.greater(g.op('Abs', [w(4, 4)]), 0.1)], {
        q_num_heads: 2,
        kv_num_heads: 2,
      }),
  },
  'com.microsoft::MultiHeadAttention': {
    plain: (g, x, w) => g.op('MultiHeadAttention', [x, g.matmul(x, w(6, 6)), x], { num_heads: 2 }, domain),
    'biases, numbers added': (g, x, w) =>
      g.op(
        'MultiHeadAttention',
        [x, x, g.matmul(x, w(6, 9)), w(21), '', w(1, 3, 4, 4)],
        { num_heads: 3, scale: float(0.4) },
        domain,
      ),
  },
  'com.microsoft::Attention': {
    plain: (g, x, w) => g.op('Attention', [x, w(6, 18), w(18)], { num_heads: 3 }, domain),
  },
  SimplifiedLayerNormalization: {
    plain: (g, x, w) => g.op('SimplifiedLayerNormalization', [x, w(6)], { axis: -1 }),
  },
  'com.microsoft::SkipLayerNormalization': {
    plain: (g, x, w) => g.op('SkipLayerNormalization', [x, g.mul(x, x), w(6), w(6)], {}, domain),
    'its sum': (g, x, w) => {
      const inputs = [x, g.mul(x, x), w(6), w(6), w(6)];
      const outputs = ['y1', '', '', 'sum'];
      const [y = '', , , sum = ''] = g.ops('SkipLayerNormalization', inputs, {}, { ...domain, outputs });
      return g.add(y, sum);
    },
  },
  'com.microsoft::SkipSimplifiedLayerNormalization': {
    plain: (g, x, w) => g.op('SkipSimplifiedLayerNormalization', [x, g.mul(x, x), w(6)], {}, domain),
  },
  'com.microsoft::Gelu': { plain: one('Gelu', {}, domain) },
  'com.microsoft::FastGelu': {
    plain: one('FastGelu', {}, domain),
    bias: (g, x, w) => g.op('FastGelu', [x, w(6)], {}, domain),
  },
  'com.microsoft::BiasGelu': { plain: (g, x, w) => g.op('BiasGelu', [x, w(6)], {}, domain) },
  'com.microsoft::QuickGelu': { plain: one('QuickGelu', { alpha: float(1.5) }, domain) },
  'com.microsoft::FusedConv': {
    sum: (g, x, w) =>
      g.op('FusedConv', [images(g, x), w(4, 4, 1, 1), w(4), images(g, x)], { activation: 'Relu' }, domain),
    clipped: (g, x, w) =>
      g.op(
        'FusedConv',
        [images(g, x), w(4, 2, 2, 2)],
        { activation: 'Clip', activation_params: floats([-0.5, 0.5]), group: 2, pads: [1, 0, 0, 1] },
        domain,
      ),
    leaky: (g, x, w) =>
      g.op(
        'FusedConv',
        [images(g, x), w(3, 4, 2, 2)],
        { activation: 'LeakyRelu', activation_params: floats([0.2]) },
        domain,
      ),
  },
  LSTM: {
    ...directions('LSTM'),
    activations: recurrent('LSTM', 'forward', 'biases', { activations: ['Sigmoid', 'Relu', 'Softsign'] }),
  },
  GRU: {
    ...directions('GRU'),
    'reset after the product': recurrent('GRU', 'bidirectional', 'biases', { linear_before_reset: 1 }),
  },
  RNN: { ...directions('RNN'), rectified: recurrent('RNN', 'forward', 'biases', { activations: ['Relu'] }) },
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

/** Operators that the engine of the tests does not run: lowering/microsoft.test.ts. */
const elsewhere = new Set(
  ['BiasAdd', 'BiasSoftmax', 'BiasSplitGelu', 'GemmFastGelu', 'GroupNorm', 'NhwcConv', 'SkipGroupNorm'].map(
    (op) => `com.microsoft::${op}`,
  ),
);

/** Half the distance of the evaluations that a slope is compared with, in single precision. */
const STEP = 2e-3;

describe('what is written as other operators', () => {
  it.each(Object.keys(lowerings))('%s has a case', (name) => {
    expect(Object.keys(cases[name] ?? {}).length > 0).toBe(!elsewhere.has(name));
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
    const y = (await run(model, { x })).y!;
    const [before, after] = [numbers(y), numbers((await run(lowered, { x })).y!)];
    before.forEach((value, i) => {
      expect(Math.abs((after[i] ?? Number.NaN) - value)).toBeLessThan(5e-6 * Math.max(1, Math.abs(value)));
    });
    const g = new GraphBuilder(lowered);
    g.clearOutputs();
    const seed = g.input('c', 'float32', g.dims('y'));
    g.output(vjp(g, { y: seed }, ['x'])[0] ?? '', 'dx');
    const c = draw(y.dims, 'c');
    const slopes = numbers((await run(g.build(), { x, c })).dx!);
    const way = draw([2, 4, 6], 'way');
    const along = async (by: number) => {
      const moved = { ...x, data: x.data.map((value, i) => value + by * (way.data[i] ?? 0)) };
      const results = numbers((await run(model, { x: moved })).y!);
      return results.reduce((sum, value, i) => sum + value * (c.data[i] ?? 0), 0);
    };
    const slope = slopes.reduce((sum, value, i) => sum + value * (way.data[i] ?? 0), 0);
    const difference = ((await along(STEP)) - (await along(-STEP))) / (2 * STEP);
    expect(Math.abs(slope - difference) / Math.max(1, Math.abs(difference))).toBeLessThan(0.02);
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
