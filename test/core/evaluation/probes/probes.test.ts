import { describe, expect, it } from 'vitest';
import { FILE_GRID } from '../../../../src/core/attacks/harness/value-grid.js';
import { isShattered, needsOf, oddGrid } from '../../../../src/core/evaluation/findings/probe-findings.js';
import { probeModel, probesSchema } from '../../../../src/core/evaluation/probes/index.js';
import type { GraphBuilder } from '../../../../src/core/onnx/builder.js';
import { int64 } from '../../../../src/core/tensor/tensor.js';
import { classifierOf, normal, uniform } from '../../../support/classifiers.js';
import { behindRefused } from '../../../support/refused.js';
import { modelOf } from '../../../support/run.js';

const WIDTH = 20;
const images = uniform([8, 1, 1, WIDTH], 0.3, 0.7, 'probed');

/** Two classes: the score of what `before` makes of the input, and its negative; `behind` changes the logits. */
const network = (
  before: (g: GraphBuilder, x: string) => string,
  behind: (g: GraphBuilder, z: string, x: string) => string = (_, z) => z,
) =>
  modelOf((g) => {
    const x = g.input('x', 'float32', ['N', 1, 1, WIDTH]);
    const flat = g.op('Flatten', [before(g, x)], { axis: 1 });
    const hidden = g.op('Relu', [g.matmul(flat, g.initializer('v', normal([WIDTH, 16], 'hidden')))]);
    const z = g.matmul(hidden, g.initializer('w', normal([16, 3], 'logits')));
    return behind(g, z, x);
  });

async function probed(model: ReturnType<typeof network>) {
  const classifier = await classifierOf(model);
  const grids = [FILE_GRID, { ...FILE_GRID, steps: 15 }];
  const probes = await probeModel(classifier, images, { seed: 1, queries: 120, grids });
  await classifier.release();
  expect(probesSchema.parse(probes)).toEqual(probes);
  return probes;
}

const median = (values: readonly (number | null)[]) =>
  values.map((value) => value ?? Number.NaN).sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

describe('probes', () => {
  it('of a plain network ask for nothing', async () => {
    const probes = await probed(network((_, x) => x));
    expect(needsOf(probes)).toEqual({ shattered: false, grid: false });
    expect(probes.grids.map(({ odd }) => odd)).toEqual([0, 0]);
    expect(median(probes.gradient!.cosines[1]!)).toBeGreaterThan(0.9);
  });

  it.each([
    [0.05, 2000],
    [0.01, 800],
    [0.002, 9000],
  ])('see a wave of amplitude %d and frequency %d', async (amplitude, frequency) => {
    const wave = (g: GraphBuilder, x: string) =>
      g.add(x, g.mul(g.op('Sin', [g.mul(x, frequency)]), amplitude));
    expect(isShattered(await probed(network(wave)))).toBe(true);
  });

  it.each([255, 15])('see that answers are others on %d steps', async (steps) => {
    const grid = network(
      (_, x) => x,
      (g, z, x) => {
        const scaled = g.mul(x, steps);
        const off = g.op('Abs', [g.sub(scaled, g.op('Round', [scaled]))]);
        const flat = g.op('Flatten', [off], { axis: 1 });
        const most = g.op('ReduceMax', [flat, g.constant(int64([1], [1]))], { keepdims: 1 });
        return g.where(g.op('Greater', [most, 0.01]), g.mul(z, -1), z);
      },
    );
    expect(oddGrid(await probed(grid))?.values.steps).toBe(steps);
  });

  it('know the distance that the gradient predicts, and the one at which the model is fooled', async () => {
    const plain = await probed(network((_, x) => x));
    const scaled = await probed(
      network(
        (_, x) => x,
        // A decision without slope beside a small one.
        (g, z, x) => {
          const flat = g.op('Flatten', [x], { axis: 1 });
          const leak = g.matmul(flat, g.initializer('leak', normal([WIDTH, 3], 'leak')));
          return g.add(g.op('Softmax', [g.mul(z, 1000)], { axis: 1 }), g.mul(leak, 1e-3));
        },
      ),
    );
    expect(scaled.boundary).toEqual(plain.boundary);
    const [near, far] = [median(plain.gradient!.predicted), median(scaled.gradient!.predicted)];
    expect(near).toBeLessThanOrEqual(1.5 * median(plain.boundary));
    expect(far).toBeGreaterThan(10 * median(plain.boundary));
  });

  it('of a model without gradient tell the rest', async () => {
    const probes = await probed(behindRefused(network((_, x) => x)));
    expect(probes.gradient).toBeNull();
  });
});
