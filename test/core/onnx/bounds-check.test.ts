import { describe, expect, it } from 'vitest';
import { isToolkitError } from '../../../src/core/base/errors.js';
import { loadModelBytes } from '../../../src/core/models/model-file.js';
import type { Dim } from '../../../src/core/onnx/graph.js';
import { float32, GraphBuilder, int64, type Model } from '../../support/toolkit.js';

const HUGE = 1_000_000;

function modelOf(build: (g: GraphBuilder, x: string) => string, dims: readonly Dim[] = ['N', 4]): Model {
  const g = new GraphBuilder();
  g.output(build(g, g.input('x', 'float32', dims)));
  return g.build();
}

const shape = (g: GraphBuilder, ...dims: number[]) => g.constant(int64([dims.length], dims));

describe('a model that asks for more memory than any classifier', () => {
  it.each<[string, Model]>([
    [
      'ConstantOfShape',
      modelOf((g, x) => g.add(x, g.op('ReduceMax', [g.op('ConstantOfShape', [shape(g, HUGE, HUGE)])]))),
    ],
    ['Expand', modelOf((g, x) => g.op('Expand', [x, shape(g, HUGE, HUGE, 1, 4)]), [1, 4])],
    ['Tile', modelOf((g, x) => g.op('Tile', [x, shape(g, HUGE, HUGE)]), [1, 4])],
    [
      'Range',
      modelOf((g, x) => {
        const [from, to, by] = [0, 1e12, 1].map((n) => g.constant(int64([], [n])));
        return g.add(
          x,
          g.cast(g.op('ReduceMax', [g.op('Range', [from ?? '', to ?? '', by ?? ''])]), 'float32'),
        );
      }),
    ],
    [
      'OneHot',
      modelOf((g, x) => {
        const depth = g.constant(int64([], [1e12]));
        return g.op('OneHot', [g.cast(x, 'int64'), depth, g.constant(float32([2], [0, 1]))]);
      }),
    ],
    ['Pad', modelOf((g, x) => g.op('Pad', [x, shape(g, 0, 1e10, 0, 1e10)]))],
    ['Pad of a free size', modelOf((g, x) => g.op('Pad', [x, shape(g, 0, 0, 1e10, 0)]))],
    ['Resize', modelOf((g, x) => g.op('Resize', [x, '', g.constant(float32([2], [1, 1e9]))]), [1, 4])],
    ['an input', modelOf((g, x) => g.op('Relu', [x]), ['N', 3, 1e6, 1e6])],
  ])('is refused before anything is taken: %s', async (_, model) => {
    const error = await loadModelBytes(model).catch((e: unknown) => e);
    expect(isToolkitError(error, 'too-large')).toBe(true);
  });

  it('by many constants, each of which is allowed', async () => {
    const model = modelOf((g, x) => {
      const parts = Array.from({ length: 5 }, (_, i) =>
        g.op('ConstantOfShape', [shape(g, 100, 1_000_000 + i)]),
      );
      return parts.reduce((sum, part) => g.add(sum, g.op('ReduceMax', [part])), x);
    });
    await expect(loadModelBytes(model)).rejects.toThrow(/computed constants/);
  });

  it('counts what is large for each image of a batch that the file fixes', async () => {
    const model = modelOf((g, x) => g.op('Relu', [x]), [64, 64, 224, 224]);
    await expect(loadModelBytes(model)).resolves.toBeDefined();
  });

  it('a negative size is none', () => {
    expect(() => modelOf((g, x) => g.op('Pad', [x, shape(g, 0, -9, 0, 0)]))).toThrowError(/\[N,-5\]/);
  });

  it('sizes whose product is past 2^53 are too large', async () => {
    const model = modelOf((g, x) => g.op('Expand', [x, shape(g, 2 ** 52, 2 ** 52, 1, 1)]), [1, 4]);
    await expect(loadModelBytes(model)).rejects.toMatchObject({ code: 'too-large' });
  });
});
