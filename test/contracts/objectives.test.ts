import { describe, expect, it } from 'vitest';
import { namesOf } from '../../src/core/base/names.js';
import { buildModel } from '../../src/core/models/build-model.js';
import { type ObjectiveName, objectives } from '../../src/core/models/objectives/index.js';
import type { Model } from '../../src/core/onnx/graph.js';
import { rows, type Tensor } from '../../src/core/tensor/tensor.js';
import { classifierOf, largestDifference, normal, uniform } from '../support/classifiers.js';
import { digits } from '../support/mnist.js';
import { modelOf, numbers, run } from '../support/run.js';
import { float32, GraphBuilder, int64, vjp } from '../support/toolkit.js';

/** Softmax probabilities in double precision. */
function softmax(logits: readonly number[]): number[] {
  const top = Math.max(...logits);
  const powers = logits.map((z) => Math.exp(z - top));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / total);
}

/**
 * @param at the logits at which what counts as constant for the gradient is evaluated; default: the same ones
 */
type Definition = (logits: readonly number[], label: number, at?: readonly number[]) => number;

function crossEntropy(z: readonly number[], y: number): number {
  const top = Math.max(...z);
  return top + Math.log(z.reduce((sum, v) => sum + Math.exp(v - top), 0)) - z[y]!;
}
const falling = (z: readonly number[]) => [...z].sort((a, b) => b - a);
const lead = (z: readonly number[], y: number) => z[y]! - Math.max(...z.filter((_, k) => k !== y));

/** Every objective as its definition says, in double precision. */
const definitions: Readonly<Record<ObjectiveName, Definition>> = {
  'cross-entropy': crossEntropy,
  'cross-entropy-fused': crossEntropy,
  'cross-entropy-temperature': (z, y, at = z) => {
    const temperature = Math.max(...at.map((v) => Math.abs(v - at[y]!))) / 10;
    return crossEntropy(
      z.map((v) => v / temperature),
      y,
    );
  },
  logit: (z, y) => -z[y]!,
  dlr: (z, y) => {
    const [first, , third] = falling(z);
    return -lead(z, y) / (third === undefined ? 1 : first! - third);
  },
  // Towards the most likely other class, as where no target is named.
  'dlr-targeted': (z, y) => {
    const [first, , third, fourth = third] = falling(z);
    return -lead(z, y) / (third === undefined ? 1 : first! - (third + fourth!) / 2);
  },
  'cross-entropy-clipped': (z, y) => -Math.log(Math.min(1 - 1e-7, Math.max(1e-7, softmax(z)[y]!))),
  margin: (z, y) => Math.max(...z.filter((_, k) => k !== y)) - z[y]!,
};

/** The objective of given logits, which are the input. */
function objectiveGraph(name: ObjectiveName, classes: number): Model {
  return modelOf((g) => {
    const [logits, labels] = [
      g.input('logits', 'float32', ['N', classes]),
      g.input('labels', 'int64', ['N']),
    ];
    const loss = objectives[name].emit(g, logits, labels);
    expect(g.dims(loss)).toEqual(['N']);
    return loss;
  });
}

const split = (values: Tensor<'float32'>): number[][] =>
  Array.from({ length: values.dims[0]! }, (_, n) => [...rows(values, n, n + 1).data]);

const every = namesOf(objectives).map((name) => [name, objectives[name]] as const);

describe.each(every)('objective %s', (name, objective) => {
  it('describes itself completely and has a definition to be compared with', () => {
    expect(objective.name).toBe(name);
    for (const text of [objective.title, objective.help, objective.source]) expect(text).not.toBe('');
    expect(definitions[name]).toBeTypeOf('function');
  });

  it.each([2, 3, 10, 100])('has the value of its definition, %i classes', async (classes) => {
    const logits = normal([40, classes], name);
    // From nearly uniform to far beyond saturation of single precision.
    for (let i = 0; i < logits.data.length; i++)
      logits.data[i]! *= [0.1, 1, 5, 30][Math.floor(i / classes) % 4]!;
    const labels = Array.from({ length: 40 }, (_, n) => n % classes);
    const model = objectiveGraph(name, classes);
    const result = await run(model, { logits, labels: int64([40], labels) });
    const loss = numbers(result[model.graph.outputs[0]!.name]!);
    split(logits).forEach((z, n) => {
      const wanted = definitions[name](z, labels[n]!);
      expect(Math.abs(loss[n]! - wanted), `${z} label ${labels[n]}`).toBeLessThan(
        2e-6 + 1e-5 * Math.abs(wanted),
      );
    });
  });

  it('has the gradient of its definition', async () => {
    const classes = 5;
    const logits = normal([30, classes], name);
    for (let i = 0; i < logits.data.length; i++) logits.data[i]! *= 3;
    const labels = Array.from({ length: 30 }, (_, n) => n % classes);
    const g = new GraphBuilder(objectiveGraph(name, classes));
    const loss = g.build().graph.outputs[0]!.name;
    const ones = g.input('ones', 'float32', ['N']);
    const [gradient] = vjp(g, { [loss]: ones }, ['logits']);
    g.clearOutputs();
    g.output(gradient!, 'gradient');
    const feeds = { logits, labels: int64([30], labels), ones: float32([30], Array(30).fill(1)) };
    const result = numbers((await run(g.build(), feeds)).gradient!);
    split(logits).forEach((z, n) => {
      for (let k = 0; k < classes; k++) {
        const at = (step: number) => definitions[name](z.with(k, z[k]! + step), labels[n]!, z);
        const slope = (at(1e-4) - at(-1e-4)) / 2e-4;
        expect(result[n * classes + k]).toBeCloseTo(slope, 5);
      }
    });
  });
});

describe.each(namesOf(objectives))('input gradient of %s', (name) => {
  const objective = objectives[name];
  const definition = definitions[name];

  it('agrees with finite differences on a small network', async () => {
    const classifier = await classifierOf(buildModel('1x6x6-C3k3-F8-4', { seed: 6 }));
    const images = uniform([4, 1, 6, 6], 0, 1, 'images');
    const labels = [0, 1, 2, 3];
    const { gradient, logits } = await classifier.gradient(images, objective, labels);
    const base = split(logits);
    const [step, width] = [1e-2, 36];
    let crossed = 0;
    for (let i = 0; i < width; i++) {
      // All images at once: loss n depends on image n alone.
      const moved = async (by: number) => {
        const data = images.data.map((v, j) => (j % width === i ? v + by : v));
        return split(await classifier.logits({ ...images, data })).map((z, n) =>
          definition(z, labels[n]!, base[n]!),
        );
      };
      const [up, here, down] = [await moved(step), await moved(0), await moved(-step)];
      up.forEach((value, n) => {
        const [right, left] = [(value - here[n]!) / step, (here[n]! - down[n]!) / step];
        const got = gradient.data[n * width + i]!;
        // Slopes that differ on the two sides tell of a kink of ReLU or pooling in between: there the truth
        // is one of them.
        if (Math.abs(right - left) > 0.02) crossed += 1;
        else expect(Math.abs(got - (right + left) / 2)).toBeLessThan(0.012);
      });
    }
    // Nearly every element must have been compared, or the test would prove nothing.
    expect(crossed).toBeLessThan(30);
    expect(Math.max(...gradient.data.map(Math.abs))).toBeGreaterThan(0.1);
    await classifier.release();
  });

  it('attacks the own prediction when the label is -1 or absent', async () => {
    const classifier = await classifierOf(buildModel('1x6x6-C3k3-F8-4', { seed: 17 }));
    const images = uniform([6, 1, 6, 6], 0, 1, 'images');
    const own = await classifier.predict(images);
    expect(new Set(own).size).toBeGreaterThan(1);
    const by = (labels?: ArrayLike<number>) => classifier.gradient(images, objective, labels);
    const [absent, minus, explicit] = [await by(), await by(Array(6).fill(-1)), await by(own)];
    expect(minus).toEqual(absent);
    expect(explicit).toEqual(absent);
    // Every class can be asked for by its number, the first one too.
    for (let label = 0; label < 4; label++) {
      const { loss, logits } = await by(Array(6).fill(label));
      split(logits).forEach((z, n) => {
        expect(loss[n]).toBeCloseTo(definition(z, label), 4);
      });
    }
    // One label given, the others left to the model.
    const mixed = await by([-1, (own[1]! + 1) % 4, -1, -1, -1, -1]);
    expect(mixed.loss.map((loss, n) => Number(loss === absent.loss[n]))).toEqual(
      Float32Array.of(1, 0, 1, 1, 1, 1),
    );
    await classifier.release();
  });

  it(
    "of one image does not depend on the rest of the batch: the paper's network on " + 'real digits',
    async () => {
      const classifier = await classifierOf(buildModel('784-C64-C128-F512-10'));
      const real = await digits(3);
      const noise = uniform(real.images.dims, 0, 0.1, 'noise');
      // A black background puts ReLU and pooling exactly on their kinks, where differences show the mean of
      // two derivatives.
      const images = { ...real.images, data: real.images.data.map((v, i) => 0.9 * v + noise.data[i]!) };
      const { labels } = real;
      const together = await classifier.gradient(images, objective, labels);
      const alone = await classifier.gradient(rows(images, 1, 2), objective, [labels[1]!]);
      const row = rows(together.gradient, 1, 2).data;
      const scale = Math.max(...row.map(Math.abs));
      expect(scale).toBeGreaterThan(0);
      expect(largestDifference(alone.gradient.data, row)).toBeLessThan(1e-4 * scale);

      // A directional derivative along the gradient's own sign is far above rounding. The network is
      // piecewise linear, so most random directions would cross kinks.
      const step = 2e-4;
      const base = split(together.logits);
      const moved = async (by: number) => {
        const data = images.data.map((v, i) => v + by * Math.sign(together.gradient.data[i]!));
        return split(await classifier.logits({ ...images, data })).map((z, n) =>
          definition(z, labels[n]!, base[n]!),
        );
      };
      const [up, down] = [await moved(step), await moved(-step)];
      for (let n = 0; n < 3; n++) {
        const wanted = rows(together.gradient, n, n + 1).data.reduce((sum, v) => sum + Math.abs(v), 0);
        const slope = (up[n]! - down[n]!) / (2 * step);
        expect(Math.abs(slope / wanted - 1)).toBeLessThan(0.02);
      }
      await classifier.release();
    },
  );
});
