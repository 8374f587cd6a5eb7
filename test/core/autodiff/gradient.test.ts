import { describe, expect, it } from 'vitest';
import { exact, type Rule, type RuleSet } from '../../../src/core/autodiff/rule.js';
import { ruleSets } from '../../../src/core/autodiff/rules/index.js';
import { isToolkitError } from '../../../src/core/base/errors.js';
import { dtypes } from '../../../src/core/tensor/tensor.js';
import { numbers, run } from '../../support/run.js';
import {
  float32,
  GraphBuilder,
  int64,
  type Model,
  sizeOf,
  stream,
  type Tensor,
  tensor,
  vjp,
} from '../../support/toolkit.js';

const vector = (...values: number[]) => float32([values.length], values);

/** Writes `vjp` of `y` with a cotangent of ones, names the results d0, d1, ... and runs the graph. */
async function differentiate(
  build: (g: GraphBuilder) => { y: Readonly<Record<string, Tensor>>; wrt: readonly string[] },
  feeds: Readonly<Record<string, Tensor>>,
): Promise<number[][]> {
  const g = new GraphBuilder();
  const { y, wrt } = build(g);
  const seeds = Object.fromEntries(Object.entries(y).map(([name, c]) => [name, g.constant(c)]));
  const names = vjp(g, seeds, wrt).map((name, i) => g.output(name, `d${i}`));
  const outputs = await run(g.build(), feeds);
  return names.map((name) => numbers(outputs[name]!));
}

describe('vjp', () => {
  it('adds up the uses of a value', async () => {
    const result = await differentiate(
      (g) => {
        const x = g.input('x', 'float32', [2]);
        return { y: { [g.add(g.mul(x, x), g.mul(x, 3))]: vector(1, 1) }, wrt: [x] };
      },
      { x: vector(2, 5) },
    );
    expect(result).toEqual([[7, 13]]);
  });

  it('adds up several outputs, one behind the other', async () => {
    const result = await differentiate(
      (g) => {
        const x = g.input('x', 'float32', [1]);
        const a = g.mul(x, 2);
        const b = g.mul(a, a);
        return { y: { [a]: vector(10), [b]: vector(1) }, wrt: [x, a] };
      },
      { x: vector(3) },
    );
    // b = a^2 = 4x^2: da = 10 + 2a, dx = 2 da
    expect(result).toEqual([[44], [22]]);
  });

  it('gives zeros of the right shape where the outputs do not depend on a value', async () => {
    const result = await differentiate(
      (g) => {
        const [x, other] = [g.input('x', 'float32', [1]), g.input('other', 'float32', ['N', 2])];
        return { y: { [g.exp(x)]: vector(1) }, wrt: [other] };
      },
      { x: vector(1), other: float32([2, 2], [1, 2, 3, 4]) },
    );
    expect(result).toEqual([[0, 0, 0, 0]]);
  });

  it('ignores outputs without a cotangent', async () => {
    const result = await differentiate(
      (g) => {
        const x = g.input('x', 'float32', [2]);
        g.output(g.exp(x), 'unused');
        return { y: { [g.mul(x, 4)]: vector(1, 1) }, wrt: [x] };
      },
      { x: vector(2, 5) },
    );
    expect(result).toEqual([[4, 4]]);
  });

  it('differentiates with respect to weights and intermediate values', async () => {
    const result = await differentiate(
      (g) => {
        const x = g.input('x', 'float32', [1, 2]);
        const w = g.initializer('w', float32([2, 1], [3, 4]));
        const product = g.matmul(x, w);
        return { y: { [g.mul(product, product)]: float32([1, 1], [1]) }, wrt: [w, product] };
      },
      { x: float32([1, 2], [1, 2]) },
    );
    expect(result).toEqual([[22, 44], [22]]);
  });

  it('returns the cotangent itself for the output', async () => {
    const result = await differentiate(
      (g) => {
        const y = g.exp(g.input('x', 'float32', [1]));
        return { y: { [y]: vector(7) }, wrt: [y] };
      },
      { x: vector(1) },
    );
    expect(result).toEqual([[7]]);
  });

  it('passes shape arithmetic by, whatever its operators', async () => {
    const result = await differentiate(
      (g) => {
        const x = g.input('x', 'float32', ['N', 4]);
        const half = g.op(
          'BitShift',
          [
            g.cast(g.op('Shape', [x]), 'uint64'),
            g.constant(tensor('uint64', [2], BigUint64Array.of(0n, 1n))),
          ],
          {
            direction: 'RIGHT',
          },
        );
        const shape = g.concat([g.cast(half, 'int64'), g.constant(int64([1], [2]))], 0);
        const y = g.op('Reshape', [x, shape]);
        return { y: { [y]: float32([1, 2, 2], [2, 3, 4, 5]) }, wrt: [x] };
      },
      { x: float32([1, 4], [1, 2, 3, 4]) },
    );
    expect(result).toEqual([[2, 3, 4, 5]]);
  });
});

describe('what cannot be differentiated', () => {
  const refusal = (build: (g: GraphBuilder, x: string) => string) => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', [1, 4]);
    const y = build(g, x);
    try {
      vjp(g, { [y]: g.constant(float32([1, 4], [1, 1, 1, 1])) }, [x], { source: 'net.onnx' });
    } catch (error) {
      if (isToolkitError(error, 'unsupported-operators')) return error;
      throw error;
    }
    throw new Error('nothing was refused');
  };

  it('is listed at once, with the names of the nodes', () => {
    const error = refusal((g, x) => {
      const a = g.op('DFT', [x], {}, { outputs: ['first'] });
      const b = g.op('DFT', [a], {}, { outputs: ['second'] });
      const c = g.op('Fancy', [b], {}, { outputs: ['third'], domain: 'com.example' });
      const d = g.op('Dropout', [x, 0.5, g.scalar(1, 'bool')], {}, { outputs: ['fourth'] });
      return g.add(c, d);
    });
    expect(error.data.source).toBe('net.onnx');
    expect(error.data.operators.map((o) => [o.op, o.nodes])).toEqual([
      ['DFT', ['first', 'second']],
      ['com.example::Fancy', ['third']],
      ['Dropout', ['fourth']],
    ]);
    for (const part of ['DFT', 'first', 'second', 'com.example::Fancy', 'third', 'random', 'net.onnx']) {
      expect(error.message).toContain(part);
    }
  });

  it.each(['int64', 'int32', 'uint8'] as const)('includes casts to %s that become floats again', (dtype) => {
    const error = refusal((g, x) => {
      const a = g.op('Dropout', [x, 0.5, g.scalar(1, 'bool')], {}, { outputs: ['first'] });
      const whole = g.op('Cast', [g.mul(a, 255)], { to: dtypes[dtype].code }, { outputs: ['whole'] });
      const moved = g.op('Reshape', [whole, g.ints([1, 4])]);
      return g.add(x, g.cast(moved, 'float32'));
    });
    expect(error.data.operators.map((o) => [o.op, o.nodes, o.reason])).toEqual([
      ['Dropout', ['first'], 'in training mode it is random'],
      ['Cast', ['whole'], 'rounds to integers; its gradient is zero almost everywhere'],
    ]);
  });

  it('does not include casts to indices, nor those whose result nothing needs', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', [4]);
    const index = g.cast(x, 'int64');
    g.cast(index, 'float32');
    const y = g.mul(g.gather(g.constant(float32([4], [1, 2, 3, 4])), index), x);
    expect(() => vjp(g, { [y]: x }, [x])).not.toThrow();
  });

  it('does not matter off the path', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', [4]);
    g.op('DFT', [x]);
    const y = g.exp(x);
    expect(() => vjp(g, { [y]: x }, [x])).not.toThrow();
  });

  it('is refused for an input that its rule does not answer for', () => {
    const error = refusal((g, x) =>
      g.op('Dropout', [g.constant(float32([1, 4], [1, 2, 3, 4])), g.op('ReduceMax', [x], { keepdims: 0 })]),
    );
    expect(error.data.operators[0]).toMatchObject({
      op: 'Dropout',
      reason: 'no gradient rule for its input 2',
    });
  });

  it('includes unknown shapes', () => {
    const error = refusal((g, x) => g.op('ReduceSum', [g.op('Fancy', [x], {}, { domain: 'com.example' })]));
    expect(error.data.operators.map((o) => o.op)).toEqual(['com.example::Fancy']);
  });
});

describe('sets of rules', () => {
  /** d(round(3 x)) / dx for x = 0.4 and 1. */
  const rounded = async (rules: RuleSet) => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', [2]);
    const [dx] = vjp(g, { [g.op('Round', [g.mul(x, 3)])]: g.constant(vector(1, 1)) }, [x], { rules });
    g.output(dx!, 'dx');
    return numbers((await run(g.build(), { x: vector(0.4, 1) })).dx!);
  };

  it('the exact one knows rounding as flat, the straight-through one as the identity', async () => {
    expect(await rounded(ruleSets.exact)).toEqual([0, 0]);
    expect(await rounded(ruleSets.straightThrough)).toEqual([3, 3]);
  });

  it('differ in operators that quantize alone, and say so', () => {
    for (const [name, rule] of Object.entries<Rule>(ruleSets.straightThrough)) {
      const exact: Rule = ruleSets.exact[name as keyof RuleSet];
      expect(rule === exact || rule.kind === 'straight-through').toBe(true);
    }
  });

  it('are addressed by domain', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', [2]);
    const y = g.op('FusedMatMul', [x, g.constant(vector(1, 2))], {}, { domain: 'com.microsoft' });
    const rules: RuleSet = { ...ruleSets.exact, 'com.microsoft::FusedMatMul': exact((c) => c.dy) };
    expect(vjp(g, { [y]: 'dy' }, [x], { rules })).toEqual(['dy']);
    expect(() => vjp(g, { [y]: 'dy' }, [x])).toThrow(/com.microsoft::FusedMatMul/);
  });
});

describe('second order', () => {
  /**
   * loss = sum(softmax(tanh(conv(x)) w)^2), of which d(v . dloss/dx)/dx is compared with differences of
   * dloss/dx.
   */
  const network = (): { model: Model; x: Tensor; v: Tensor } => {
    const random = stream(3, 'second order');
    const draw = (dims: readonly number[]) =>
      float32(
        dims,
        Float32Array.from({ length: sizeOf(dims) }, () => random.normal()),
      );
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['N', 1, 4, 4]);
    const v = g.input('v', 'float32', ['N', 1, 4, 4]);
    const features = g.op('Tanh', [
      g.op('Conv', [x, g.initializer('k', draw([2, 1, 3, 3]))], { strides: [1, 1] }),
    ]);
    const logits = g.op('Gemm', [g.op('Flatten', [features]), g.initializer('w', draw([8, 3]))]);
    const probabilities = g.op('Softmax', [g.op('Sigmoid', [logits])]);
    const loss = g.op('ReduceSum', [g.mul(probabilities, probabilities)], { keepdims: 0 });
    const [gradient] = vjp(g, { [loss]: g.scalar(1) }, [x]);
    const product = g.op('ReduceSum', [g.mul(gradient!, v)], { keepdims: 0 });
    const [second] = vjp(g, { [product]: g.scalar(1) }, [x]);
    g.output(gradient!, 'gradient');
    g.output(second!, 'second');
    return { model: g.build(), x: draw([2, 1, 4, 4]), v: draw([2, 1, 4, 4]) };
  };

  it('agrees with finite differences of the gradient', async () => {
    const { model, x, v } = network();
    const at = async (step: number) => {
      const moved = Float32Array.from(x.data as Float32Array, (value, i) => value + step * Number(v.data[i]));
      return run(model, { x: float32(x.dims, moved), v });
    };
    const h = 1e-2;
    const [here, before, after] = [await at(0), await at(-h), await at(h)];
    // The Hessian is symmetric, so H v is the derivative of the gradient along v.
    const differences = numbers(after.gradient!).map((g, i) => (g - numbers(before.gradient!)[i]!) / (2 * h));
    const second = numbers(here.second!);
    expect(Math.max(...second.map(Math.abs))).toBeGreaterThan(0.05);
    second.forEach((value, i) => {
      expect(Math.abs(value - differences[i]!)).toBeLessThan(2e-3);
    });
  });
});

describe('half precision', () => {
  it('is differentiated in half precision', async () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float16', [1, 1, 4, 4]);
    const kernel = g.cast(g.constant(float32([1, 1, 3, 3], new Float32Array(9).fill(2))), 'float16');
    const features = g.op('LeakyRelu', [g.op('Conv', [x, kernel], { pads: [1, 1, 1, 1] })]);
    const pooled = g.op('AveragePool', [features], { kernel_shape: [2, 2], strides: [2, 2] });
    const y = g.op('GlobalAveragePool', [g.op('Sigmoid', [g.sub(pooled, 9)])]);
    const [dx] = vjp(g, { [y]: g.cast(g.constant(float32([1, 1, 1, 1], [64])), 'float16') }, [x]);
    expect(g.typeOf(dx!)).toEqual({ dtype: 'float16', dims: [1, 1, 4, 4] });
    g.output(g.cast(dx!, 'float32'), 'dx');
    // 0.25 in each place; the four windows average 2 * 0.25 * (4, 6 or 9 places) = 2 to 4.5 at their
    // elements.
    const half = tensor('float16', [1, 1, 4, 4], new Uint16Array(16).fill(0x3400));
    const { dx: gradient } = await run(g.build(), { x: half });
    const slope = Math.exp(3.125 - 9) / (1 + Math.exp(3.125 - 9)) ** 2;
    // A corner is seen by 4 outputs, each with a share of 1/4 of one of 4 windows; centres by 9.
    expect(numbers(gradient!)[0]! / (64 * slope * (1 / 16) * 2 * 4)).toBeCloseTo(1, 1);
    expect(numbers(gradient!)[5]! / (64 * slope * (1 / 16) * 2 * 9)).toBeCloseTo(1, 1);
  });
});
