import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import { foldConstants } from '../../../src/core/runtime/fold-constants.js';
import { modelOf, numbers, run } from '../../support/run.js';
import { float32, int64, nodeRuntime, tensor } from '../../support/toolkit.js';

const x = float32([1, 2], [1, -2]);

/** A weight that is dequantized and reshaped, and noise. */
const model = () =>
  modelOf((g) => {
    const input = g.input('x', 'float32', ['N', 2]);
    const bytes = g.initializer('q', tensor('int8', [4], Int8Array.of(1, 2, 3, 4)));
    const weight = g.op('DequantizeLinear', [bytes, g.scalar(0.5)], {}, { outputs: ['w0'] });
    const matrix = g.op('Reshape', [weight, g.ints([2, 2])], {}, { outputs: ['w'] });
    const noise = g.op(
      'RandomUniform',
      [],
      { shape: [2], seed: { kind: 'float', value: 1 } },
      { outputs: ['noise'] },
    );
    return g.op('Add', [g.matmul(input, matrix), g.mul(noise, 0)], {}, { outputs: ['y'] });
  });

describe('constants', () => {
  it('are computed once and stored, random numbers are not', async () => {
    const folded = await foldConstants(model(), await nodeRuntime());
    expect(folded.graph.nodes.map(({ op }) => op)).toEqual(['RandomUniform', 'MatMul', 'Mul', 'Add']);
    expect(numbers(folded.graph.initializers.get('w')!)).toEqual([0.5, 1, 1.5, 2]);
    expect(folded.graph.initializers.has('q')).toBe(false);
    expect(numbers((await run(encodeModel(folded), { x })).y!)).toEqual([-2.5, -3]);
    expect(await foldConstants(folded, await nodeRuntime())).toBe(folded);
  });

  it('stay as they are computed where they would be too large', async () => {
    const large = modelOf((g) => {
      const ones = g.op(
        'ConstantOfShape',
        [g.ints([64, 64])],
        { value: float32([1], [1]) },
        { outputs: ['ones'] },
      );
      const total = g.op('ReduceSum', [ones, g.ints([0])], { keepdims: 0 }, { outputs: ['total'] });
      return g.op('Add', [g.matmul(g.input('x', 'float32', ['N', 64]), ones), total], {}, { outputs: ['y'] });
    });
    const folded = await foldConstants(large, await nodeRuntime(), { maxBytes: 1024 });
    expect(folded.graph.nodes.map(({ op }) => op)).toContain('ConstantOfShape');
    const whole = await foldConstants(large, await nodeRuntime());
    expect(whole.graph.nodes.map(({ op }) => op)).toEqual(['MatMul', 'Add']);
    expect(numbers(whole.graph.initializers.get('total')!)).toEqual(Array(64).fill(64));
  });

  it('decide conditions, whose branches hold more of them', async () => {
    const branched = modelOf((g) => {
      const input = g.input('x', 'float32', ['N', 2]);
      const count = g.op('Size', [g.op('NonZero', [g.initializer('mask', int64([3], [0, 4, 0]))])]);
      const branch = (name: string, op: string) => ({
        kind: 'graph' as const,
        value: {
          name,
          inputs: [],
          outputs: [{ name: `${name}_y`, type: { dtype: 'float32' as const } }],
          initializers: new Map([[`${name}_w`, float32([2], [1, 2])]]),
          nodes: [
            {
              op: 'Neg',
              domain: '',
              name: `${name}_n`,
              inputs: [`${name}_w`],
              outputs: [`${name}_v`],
              attributes: {},
            },
            { op, domain: '', name, inputs: [input, `${name}_v`], outputs: [`${name}_y`], attributes: {} },
          ],
        },
      });
      const condition = g.equal(count, 1);
      const branches = { then_branch: branch('a', 'Mul'), else_branch: branch('b', 'Add') };
      return g.op('If', [condition], branches, { outputs: ['y'] });
    });
    const folded = await foldConstants(branched, await nodeRuntime());
    expect(folded.graph.nodes.map(({ op }) => op)).toEqual(['Mul']);
    expect(numbers((await run(encodeModel(folded), { x })).y!)).toEqual([-1, 4]);
  });
});
