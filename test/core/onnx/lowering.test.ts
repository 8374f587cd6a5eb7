import { describe, expect, it } from 'vitest';
import { vjp } from '../../../src/core/autodiff/gradient.js';
import { operatorKey } from '../../../src/core/onnx/graph.js';
import { lower, lowerings } from '../../../src/core/onnx/lowering/index.js';
import { modelOf, numbers, run } from '../../support/run.js';
import { float, float32, GraphBuilder, sizeOf, stream } from '../../support/toolkit.js';

const draw = (dims: readonly number[], seed: string) => {
  const random = stream(1, 'lowering', seed);
  return float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => random.normal()),
  );
};

type Build = (g: GraphBuilder, x: string, weight: (...dims: number[]) => string) => string;
const domain = { domain: 'com.microsoft' };

/** The input of every case is x, float32 [N, 4, 6]; N is 2. */
const cases: Readonly<Record<string, Readonly<Record<string, Build>>>> = {
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
    const model = modelOf((g) => {
      const weight = (...dims: number[]) => g.constant(draw(dims, `${name} ${title} ${count++}`));
      return g.op(
        'Identity',
        [build(g, g.input('x', 'float32', ['N', 4, 6]), weight)],
        {},
        { outputs: ['y'] },
      );
    });
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
