import { describe, expect, it } from 'vitest';
import { optimizers } from '../../src/core/training/optimizers.js';
import { normal } from '../support/classifiers.js';

type Gradients = readonly (readonly number[])[];

/** Every optimizer as its paper writes it, in double precision: weights after each of the steps. */
const references: Readonly<
  Record<string, (weights: readonly number[], gradients: Gradients, rates: readonly number[]) => number[]>
> = {
  adam(weights, gradients, rates) {
    const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
    return weights.map((start, i) => {
      let [theta, m, v] = [start, 0, 0];
      gradients.forEach((g, s) => {
        const t = s + 1;
        m = beta1 * m + (1 - beta1) * g[i]!;
        v = beta2 * v + (1 - beta2) * g[i]! ** 2;
        const [mHat, vHat] = [m / (1 - beta1 ** t), v / (1 - beta2 ** t)];
        theta -= (rates[s]! * mHat) / (Math.sqrt(vHat) + epsilon);
      });
      return theta;
    });
  },
  sgd(weights, gradients, rates) {
    return weights.map((start, i) => {
      let [theta, velocity] = [start, 0];
      gradients.forEach((g, s) => {
        velocity = 0.9 * velocity + g[i]!;
        theta -= rates[s]! * velocity;
      });
      return theta;
    });
  },
};

const SIZE = 50;
const list = (...name: string[]) => Array.from(normal([SIZE], ...name).data);

describe.each(Object.entries(optimizers))('optimizer %s', (name, optimizer) => {
  const run = (weights: readonly number[], gradients: Gradients, rates: readonly number[]) => {
    const data = Float32Array.from(weights);
    const slots = optimizer.slots.map(() => new Float32Array(weights.length));
    gradients.forEach((g, s) => {
      optimizer.update(data, Float32Array.from(g), slots, rates[s]!, s + 1);
    });
    return data;
  };

  it('describes itself completely', () => {
    expect(optimizer.name).toBe(name);
    expect(references[name]).toBeTypeOf('function');
    const { learningRate } = optimizer;
    for (const text of [
      optimizer.title,
      optimizer.source,
      learningRate.help,
      learningRate.unit,
      learningRate.source,
    ]) {
      expect(text).not.toBe('');
    }
    expect(learningRate.default).toBeGreaterThan(learningRate.minimum);
    expect(learningRate.default).toBeLessThanOrEqual(learningRate.maximum);
    expect(new Set(optimizer.slots).size).toBe(optimizer.slots.length);
  });

  it.each([1, 2, 7, 60])('agrees with the paper after %i steps of changing gradients and rates', (steps) => {
    const weights = list('weights');
    // Magnitudes from 1e-6 to 10, and elements without any gradient.
    const gradients = Array.from({ length: steps }, (_, s) =>
      list('gradient', String(s)).map((g, i) => (i === 0 ? 0 : g * 10 ** ((i % 8) - 6))),
    );
    const rates = Array.from({ length: steps }, (_, s) => optimizer.learningRate.default * (1 - s / steps));
    const wanted = references[name]!(weights, gradients, rates);
    const got = run(weights, gradients, rates);
    got.forEach((value, i) => {
      const moved = Math.abs(wanted[i]! - weights[i]!);
      // State and weights are rounded to single precision at each step.
      expect(Math.abs(value - wanted[i]!)).toBeLessThan(
        1e-4 * moved + 1e-7 * steps * Math.max(1, Math.abs(weights[i]!)),
      );
    });
    expect(got[0]).toBe(Math.fround(weights[0]!));
    expect(got.some((value, i) => value !== Math.fround(weights[i]!))).toBe(true);
  });

  it('finds the minimum of a quadratic function', () => {
    const weights = Float32Array.from(list('weights'));
    const slots = optimizer.slots.map(() => new Float32Array(SIZE));
    const steps = 3000;
    for (let s = 1; s <= steps; s++) {
      // f = (w - 3)^2 / 2
      const gradient = weights.map((w) => w - 3);
      optimizer.update(weights, gradient, slots, 0.02 * (1 - s / steps), s);
    }
    for (const w of weights) expect(w).toBeCloseTo(3, 2);
  });

  it('updates in place and leaves the gradient alone', () => {
    const gradient = Float32Array.from(list('gradient'));
    const before = gradient.slice();
    const slots = optimizer.slots.map(() => new Float32Array(SIZE));
    optimizer.update(new Float32Array(SIZE), gradient, slots, 0.1, 1);
    expect(gradient).toEqual(before);
    for (const slot of slots) expect(slot.some((v) => v !== 0)).toBe(true);
  });

  it('stays where it is at a rate of zero', () => {
    expect(run(list('weights'), [list('gradient')], [0])).toEqual(Float32Array.from(list('weights')));
  });
});
