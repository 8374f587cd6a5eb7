import { describe, expect, it } from 'vitest';
import { nonFiniteWeights } from '../../../src/core/onnx/weights-check.js';
import { GraphBuilder, type Tensor, tensor } from '../../support/toolkit.js';

const found = (weights: Readonly<Record<string, Tensor>>): string[] => {
  const g = new GraphBuilder();
  for (const [name, value] of Object.entries(weights)) g.output(g.initializer(name, value));
  return nonFiniteWeights(g.build());
};

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

describe('nonFiniteWeights', () => {
  it('names the weights of every floating-point type that are not finite', () => {
    expect(
      found({
        a: tensor('float32', [3], Float32Array.of(0, nan, 1)),
        b: tensor('float32', [1], Float32Array.of(-infinity)),
        c: tensor('float64', [2], Float64Array.of(1, infinity)),
        d: tensor('float64', [2], Float64Array.of(nan, 1)),
        e: tensor('float16', [2], Uint16Array.of(0x3c00, 0xfc00)),
        f: tensor('float16', [1], Uint16Array.of(0x7e00)),
        g: tensor('bfloat16', [1], Uint16Array.of(0x7f80)),
        h: tensor('bfloat16', [2], Uint16Array.of(0, 0xffc0)),
      }),
    ).toEqual([...'abcdefgh']);
  });

  it('leaves finite numbers and other types alone', () => {
    expect(
      found({
        a: tensor('float32', [4], Float32Array.of(0, -0, 3.4e38, 1e-45)),
        b: tensor('float64', [3], Float64Array.of(1.7e308, -5e-324, 0)),
        // The lower half of this number looks like a NaN.
        c: tensor('float64', [1], new Float64Array(Uint32Array.of(0x7ff80000, 0x3ff00000).buffer)),
        d: tensor('float16', [2], Uint16Array.of(0x7bff, 0xfbff)),
        e: tensor('bfloat16', [1], Uint16Array.of(0x7f7f)),
        f: tensor('int32', [1], Int32Array.of(-1)),
        g: tensor('uint16', [1], Uint16Array.of(0xffff)),
        h: tensor('float32', [0], new Float32Array(0)),
      }),
    ).toEqual([]);
  });

  it('reads a part of a larger array, and only that', () => {
    const whole = Float32Array.of(nan, 1, 2, nan);
    expect(found({ a: tensor('float32', [2], whole.subarray(1, 3)) })).toEqual([]);
    expect(found({ a: tensor('float32', [2], whole.subarray(2, 4)) })).toEqual(['a']);
  });

  it('is fast', () => {
    const big = { a: tensor('float32', [25_000_000], new Float32Array(25_000_000)) };
    const start = performance.now();
    expect(found(big)).toEqual([]);
    // 100 MB take about 30 ms; the bound leaves room for a busy machine.
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
