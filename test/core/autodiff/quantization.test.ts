import { describe, expect, it } from 'vitest';
import { type RuleSetName, ruleSets } from '../../../src/core/autodiff/rules/index.js';
import { inFloat32 } from '../../../src/core/onnx/lowering/float32/index.js';
import { scale, zero } from '../../support/quantized-cases.js';
import { numbers, run } from '../../support/run.js';
import { type DType, float32, GraphBuilder, type Model, vjp } from '../../support/toolkit.js';

type Build = (g: GraphBuilder, x: string) => string;

/** A model of one input with the gradient of the sum of its weighted results, as rules of a set have it. */
async function gradientOf(
  build: Build,
  values: readonly number[],
  { rules = 'straightThrough', written = false }: { rules?: RuleSetName; written?: boolean } = {},
): Promise<{ y: number[]; dx: number[] }> {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', [1, values.length]);
  g.output(build(g, x), 'y');
  const forward: Model = { ...g.build(), opsets: new Map([['', 21]]), irVersion: 10 };
  const h = new GraphBuilder(written ? inFloat32(forward) : forward);
  const weights = values.map((_, i) => i + 1);
  const [dx = ''] = vjp(h, { y: h.constant(float32([1, values.length], weights)) }, ['x'], {
    rules: ruleSets[rules],
  });
  h.output(dx, 'dx');
  const result = await run(h.build(), { x: float32([1, values.length], values) });
  const of = (name: string) => numbers(result[name] ?? expect.fail(name));
  return { y: of('y'), dx: of('dx').map((d, i) => d / (i + 1)) };
}

const through =
  (s: number, dtype: DType, z: number): Build =>
  (g, x) => {
    const parameters = [scale(g, s), zero(g, dtype, z)];
    return g.op('DequantizeLinear', [g.op('QuantizeLinear', [x, ...parameters]), ...parameters]);
  };

/** Values by what QuantizeLinear makes of them: below its range, at both ends, inside, above. */
const ranges: readonly (readonly [DType, number, number, number])[] = [
  ['uint8', 100, -100, 155],
  ['int8', -5, -123, 132],
  ['uint16', 1000, -1000, 64535],
  ['int16', 7, -32775, 32760],
  ['uint4', 3, -3, 12],
  ['int4', 1, -9, 6],
];
const forms = [
  ['by its rule', false],
  ['written as float32', true],
] as const;

describe('quantizers', () => {
  for (const [form, written] of forms) {
    it.each(ranges)(`pass gradients inside the range of %s, ${form}`, async (dtype, z, low, high) => {
      const s = 0.5;
      // Half a step beyond either end still rounds into the range or out of it, to even.
      const inside = [low, high, 0, (low + high) / 2, low - 0.4, high + 0.4].map((v) => v * s);
      const outside = [low - 1, low - 0.6, high + 0.6, high + 1, high * 10].map((v) => v * s);
      const { y, dx } = await gradientOf(through(s, dtype, z), [...inside, ...outside], { written });
      expect(dx).toEqual([...inside.map(() => 1), ...outside.map(() => 0)]);
      expect(y.slice(-5)).toEqual([low * s, low * s, high * s, high * s, high * s]);
    });

    it(`agree with finite differences of the function without rounding, ${form}`, async () => {
      const [s, z] = [0.02, 120];
      const plain = (v: number) => Math.min(Math.max(v / s + z, 0), 255);
      const values = [-3, -2.1, -1.234, 0.517, 1.99, 2.5, 2.9, 4];
      const build: Build = (g, x) => g.exp(through(s, 'uint8', z)(g, x));
      const { y, dx } = await gradientOf(build, values, { written });
      values.forEach((v, i) => {
        const slope = (plain(v + 1e-4) - plain(v - 1e-4)) * (s / 2e-4);
        expect(dx[i]).toBeCloseTo((y[i] ?? 0) * slope, 3);
      });
    });

    it(`scale each channel by its own, ${form}`, async () => {
      const build: Build = (g, x) => {
        const parameters = [scale(g, 1, 0.5, 0.01), zero(g, 'int8', 0, 10, -3)];
        return g.op(
          'DequantizeLinear',
          [g.op('QuantizeLinear', [x, ...parameters], { axis: 1 }), ...parameters],
          {
            axis: 1,
          },
        );
      };
      const { y, dx } = await gradientOf(build, [100.3, 58, 2], { written });
      expect(dx).toEqual([1, 1, 0]);
      expect(y).toEqual([100, 58, expect.closeTo(1.3, 5)]);
    });

    it(`scale each block by its own, ${form}`, async () => {
      const build: Build = (g, x) => {
        const parameters = [g.constant(float32([1, 2], [1, 0.01]))];
        const codes = g.op('QuantizeLinear', [x, ...parameters], { axis: 1, block_size: 2, output_dtype: 3 });
        return g.op('DequantizeLinear', [codes, ...parameters], { axis: 1, block_size: 2 });
      };
      const { y, dx } = await gradientOf(build, [100.3, 200, 1, 2], { written });
      expect(dx).toEqual([1, 0, 1, 0]);
      expect(y).toEqual([100, 127, 1, expect.closeTo(1.27, 5)]);
    });

    it(`take the scale of the whole input as a constant, ${form}`, async () => {
      const build: Build = (g, x) => {
        const [q = '', s = '', z = ''] = g.ops('DynamicQuantizeLinear', [x], {}, { outputs: 3 });
        return g.op('DequantizeLinear', [q, s, z]);
      };
      const { y, dx } = await gradientOf(build, [-1, 0.303, 1.5504], { written });
      expect(dx).toEqual([1, 1, 1]);
      expect(y[1]).toBeCloseTo((30 * 2.5504) / 255, 6);
    });
  }

  it('are piecewise constant where derivatives are asked for', async () => {
    const { dx } = await gradientOf(through(0.5, 'uint8', 3), [1, 2], { rules: 'exact' });
    expect(dx).toEqual([0, 0]);
  });

  it('of eight floating-point bits pass gradients up to their largest number', async () => {
    const build: Build = (g, x) => {
      const s = scale(g, 0.5);
      const codes = g.op('QuantizeLinear', [x, s], { output_dtype: 17 });
      return g.op('DequantizeLinear', [codes, s]);
    };
    const { y, dx } = await gradientOf(build, [1.3, -200, 224, 300, -4000]);
    expect(y).toEqual([1.25, -192, 224, 224, -224]);
    expect(dx).toEqual([1, 1, 1, 0, 0]);
  });
});

describe('DequantizeLinear', () => {
  it('has the derivative by its scale', async () => {
    const g = new GraphBuilder();
    const s = g.input('s', 'float32', [2]);
    const codes = g.constant({ dtype: 'int8', dims: [3, 2], data: Int8Array.of(1, 2, 3, 4, 5, 6) });
    const y = g.op('DequantizeLinear', [codes, s, zero(g, 'int8', 1, -1)], { axis: 1 });
    const [ds = ''] = vjp(g, { [y]: g.constant(float32([3, 2], [1, 1, 1, 1, 2, 2])) }, [s]);
    g.output(ds, 'ds');
    const result = await run(g.build(), { s: float32([2], [0.1, 0.2]) });
    expect(numbers(result.ds ?? expect.fail())).toEqual([0 + 2 + 2 * 4, 3 + 5 + 2 * 7]);
  });
});
