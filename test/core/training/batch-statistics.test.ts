import { describe, expect, it } from 'vitest';
import { ruleSets } from '../../../src/core/autodiff/rules/index.js';
import {
  batchStatisticsRules,
  type RunningStatistics,
  updateRunning,
  withBatchStatistics,
} from '../../../src/core/training/batch-statistics.js';
import { normal, uniform } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { modelOf, numbers, run } from '../../support/run.js';
import { type Dim, float, float32, GraphBuilder, sizeOf, type Tensor, vjp } from '../../support/toolkit.js';

/** One normalization; its scale and shift are inputs, its running statistics stored. */
const layer = (dims: readonly Dim[], attributes = {}) =>
  modelOf((g) => {
    const channels = Number(dims[1]);
    const x = g.input('x', 'float32', dims);
    const trained = ['scale', 'shift'].map((name) => g.input(name, 'float32', [channels]));
    const kept = ['mean', 'variance'].map((name) => g.initializer(name, uniform([channels], 1, 2, name)));
    return g.op('BatchNormalization', [x, ...trained, ...kept], attributes, { outputs: ['y'] });
  });

interface Case {
  readonly x: Tensor<'float32'>;
  readonly scale: Tensor<'float32'>;
  readonly shift: Tensor<'float32'>;
}

/** The definition in double precision: Ioffe and Szegedy 2015, Algorithm 1. */
function reference({ x, scale, shift }: Case, epsilon: number) {
  const [, channels = 1, ...spatial] = x.dims;
  const positions = sizeOf(spatial);
  const of = (i: number) => Math.floor(i / positions) % channels;
  const sums = (f: (value: number, channel: number) => number) => {
    const totals = Array<number>(channels).fill(0);
    x.data.forEach((value, i) => {
      totals[of(i)]! += f(value, of(i));
    });
    return totals.map((t) => (t * channels) / x.data.length);
  };
  const mean = sums((v) => v);
  const variance = sums((v, c) => (v - mean[c]!) ** 2);
  const y = Array.from(x.data, (v, i) => {
    const c = of(i);
    return ((v - mean[c]!) / Math.sqrt(variance[c]! + epsilon)) * scale.data[c]! + shift.data[c]!;
  });
  return { mean, variance, y };
}

const cases: readonly [string, readonly number[], number][] = [
  ['images', [3, 2, 2, 3], 1e-5],
  ['features', [5, 3], 1e-5],
  ['sequences, epsilon of its own', [2, 2, 4], 0.3],
];

describe.each(cases)('normalization of %s by the batch', (_, dims, epsilon) => {
  const free: Dim[] = ['N', ...dims.slice(1)];
  const attributes = epsilon === 1e-5 ? {} : { epsilon: float(epsilon) };
  const { model, layers } = withBatchStatistics(layer(free, attributes));
  // Off centre, as what convolutions put out is.
  const x = { ...normal(dims, 'x'), data: normal(dims, 'x').data.map((v) => 2 * v + 3) };
  const feeds = { x, scale: normal([dims[1]!], 'scale'), shift: normal([dims[1]!], 'shift') };

  it('puts out what the definition says, with mean and variance of the population', async () => {
    const g = new GraphBuilder(model);
    for (const name of [layers[0]!.batch.mean, layers[0]!.batch.variance]) g.output(name);
    const results = await run(g.build(), feeds);
    const { y, mean, variance } = reference(feeds, epsilon);
    const near = (name: string, wanted: number[]) =>
      numbers(results[name]!).forEach((v, i) => {
        expect(Math.abs(v - wanted[i]!), `${name}[${i}]`).toBeLessThan(
          2e-6 * Math.max(1, Math.abs(wanted[i]!)),
        );
      });
    near('y', y);
    near(layers[0]!.batch.mean, mean);
    near(layers[0]!.batch.variance, variance);
    expect(layers).toEqual([
      {
        label: 'y',
        running: { mean: 'mean', variance: 'variance' },
        batch: layers[0]!.batch,
        positions: sizeOf(dims.slice(2)),
      },
    ]);
  });

  it('has the gradients that finite differences of the definition show', async () => {
    const g = new GraphBuilder(model);
    const cotangent = normal(dims, 'cotangent');
    const names = ['x', 'scale', 'shift'] as const;
    const seed = g.input('c', 'float32', free);
    const gradients = vjp(g, { y: seed }, names, { rules: batchStatisticsRules(layers) });
    g.clearOutputs();
    const outputs = gradients.map((value, i) => g.output(value, `d${names[i]}`));
    const results = await run(g.build(), { ...feeds, c: cotangent });
    names.forEach((name, k) => {
      const value = feeds[name];
      const gradient = results[outputs[k]!]!;
      expect(gradient.dims).toEqual(value.dims);
      for (let i = 0; i < value.data.length; i++) {
        const loss = (by: number) => {
          const data = Array.from(value.data, (v, j) => (i === j ? v + by : v));
          const moved = { ...feeds, [name]: { ...value, data } };
          return reference(moved, epsilon).y.reduce((sum, v, j) => sum + v * cotangent.data[j]!, 0);
        };
        // Everything is in double precision but the gradient itself.
        const slope = (loss(1e-5) - loss(-1e-5)) / 2e-5;
        const error = Math.abs(Number(gradient.data[i]) - slope);
        expect(error, `d${name}[${i}]`).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
      }
    });
  });
});

describe('withBatchStatistics', () => {
  it('leaves a model without normalization alone', () => {
    const model = modelOf((g) => g.op('Relu', [g.input('x', 'float32', ['N', 2])]));
    expect(withBatchStatistics(model)).toEqual({ model, layers: [] });
    expect(withBatchStatistics(model).model).toBe(model);
  });

  it(
    'leaves a normalization alone whose statistics are computed, or that is in training ' + 'mode already',
    () => {
      const computed = modelOf((g) => {
        const [one, two] = [1, 2].map((v) => g.initializer(`v${v}`, float32([2], [v, v])));
        const x = g.input('x', 'float32', ['N', 2]);
        return g.op('BatchNormalization', [x, one!, one!, g.mul(two!, 2), one!]);
      });
      for (const model of [computed, layer(['N', 2], { training_mode: 1 })]) {
        expect(withBatchStatistics(model).model).toBe(model);
      }
    },
  );

  it('refuses images of any size: the running variance needs the count', async () => {
    const data = await dataOf('unknown-shape', () => withBatchStatistics(layer(['N', 2, 'H', 4])));
    expect(data.node).toBe('y');
  });

  it('elsewhere a model in training mode is refused as before, whatever it puts out', async () => {
    const { model } = withBatchStatistics(layer(['N', 2]));
    for (const rules of [ruleSets.exact, batchStatisticsRules([])]) {
      const g = new GraphBuilder(model);
      const { operators } = await dataOf('unsupported-operators', () =>
        vjp(g, { y: g.input('c', 'float32', ['N', 2]) }, ['x'], { rules }),
      );
      expect(operators.map(({ op }) => op)).toEqual(['BatchNormalization']);
      expect(operators[0]!.reason).toMatch(/training mode/);
    }
  });

  it('a frozen normalization beside one over the batch keeps its own gradient', async () => {
    const { model, layers } = withBatchStatistics(layer(['N', 2]));
    const g = new GraphBuilder(model);
    const frozen = [1, 2, 3, 4].map((v) => g.constant(float32([2], [v, v + 1])));
    const z = g.op('BatchNormalization', ['y', ...frozen], { epsilon: float(0) });
    const rules = batchStatisticsRules(layers);
    const [gradient] = vjp(g, { [z]: g.input('c', 'float32', ['N', 2]) }, ['shift'], { rules });
    g.clearOutputs();
    g.output(gradient!, 'dShift');
    const feeds = { x: normal([3, 2], 'x'), scale: normal([2], 's'), shift: normal([2], 't') };
    const { dShift } = await run(g.build(), { ...feeds, c: float32([3, 2], [1, 1, 1, 1, 1, 1]) });
    // Three images, each times scale / sqrt(variance) of the frozen one: [1, 2] / sqrt([4, 5]).
    numbers(dShift!).forEach((v, i) => {
      expect(v).toBeCloseTo((3 * (i + 1)) / Math.sqrt(i + 4), 5);
    });
  });
});

describe('running averages', () => {
  const layers = withBatchStatistics(layer(['N', 2, 3, 1])).layers;
  const { batch } = layers[0]!;

  it('by hand: 0.9 of the old, 0.1 of the batch, the variance unbiased', () => {
    const statistics: RunningStatistics = new Map([
      ['mean', float32([2], [1, -2])],
      ['variance', float32([2], [1, 4])],
    ]);
    const results = { [batch.mean]: float32([2], [3, 0.5]), [batch.variance]: float32([2], [2, 0]) };
    // 2 images of 3 positions: 6 values of each channel, the variance times 6/5.
    updateRunning(statistics, layers, results, 2);
    const near = (name: string, wanted: number[]) =>
      statistics.get(name)!.data.forEach((v, i) => {
        expect(v).toBeCloseTo(wanted[i]!, 6);
      });
    near('mean', [0.9 * 1 + 0.1 * 3, 0.9 * -2 + 0.1 * 0.5]);
    near('variance', [0.9 * 1 + 0.1 * 2 * 1.2, 0.9 * 4]);
    // A smaller last batch: 3 values, times 3/2.
    updateRunning(statistics, layers, results, 1);
    near('mean', [0.9 * 1.2 + 0.3, 0.9 * -1.75 + 0.05]);
    near('variance', [0.9 * 1.14 + 0.1 * 2 * 1.5, 0.9 * 3.6]);
  });
});
