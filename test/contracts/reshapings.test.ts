import { describe, expect, it } from 'vitest';
import { allowed, checkedValue } from '../../src/core/base/parameters.js';
import { reshapings } from '../../src/core/reshaping/index.js';
import type { Parameters, Reshaping, Site } from '../../src/core/reshaping/reshaping.js';
import { numbers, run } from '../support/run.js';
import { float32, GraphBuilder, sizeOf, stream, vjp } from '../support/toolkit.js';

/** Weights of a dense layer, a convolution, a single number, and one whose size no rate divides evenly. */
const SHAPES: readonly (readonly number[])[] = [
  [4, 6],
  [3, 2, 3, 3],
  [1, 1],
  [7, 11],
];

/** Reshapings whose gradient is not the slope of what they compute, and why. */
const NOT_A_SLOPE: Readonly<Record<string, string>> = {
  quantize: 'its gradient passes straight through the rounding',
};

const site = (dims: readonly number[]): Site => ({ weight: 'w', dims, seed: 5, value: thetaOf(dims) });

/** The default of each parameter, and its bounds and choices unless `defaultOnly`. */
function settings({ parameters }: Reshaping, defaultOnly = false): Parameters[] {
  const usual = Object.fromEntries(Object.entries(parameters).map(([name, p]) => [name, p.default]));
  const bounds = Object.entries(parameters).flatMap(([name, parameter]) =>
    'minimum' in parameter
      ? [parameter.minimum, parameter.maximum].map((value) => ({ ...usual, [name]: value }))
      : 'choices' in parameter
        ? parameter.choices.map((value) => ({ ...usual, [name]: value }))
        : [],
  );
  const all = defaultOnly ? [usual] : [usual, ...bounds];
  return [...new Map(all.map((values) => [JSON.stringify(values), values])).values()];
}

/** At least 0.5 away from zero, where inhibition has its jump. */
function thetaOf(dims: readonly number[]) {
  const random = stream(1, 'theta', ...dims);
  const one = () => (random.uniform() < 0.5 ? -1 : 1) * (0.5 + Math.round(8 * random.uniform()) / 8);
  return float32(dims, Float32Array.from({ length: sizeOf(dims) }, one));
}

function phi(reshaping: Reshaping, dims: readonly number[], parameters: Parameters) {
  const g = new GraphBuilder();
  const stored = reshaping.storedDims(dims, parameters);
  const theta = g.input('theta', 'float32', stored);
  const weight = reshaping.emit(g, theta, site(dims), parameters);
  return { g, theta, weight, stored };
}

describe.each(Object.entries<Reshaping>(reshapings))('reshaping %s', (name, reshaping) => {
  it('describes itself completely', () => {
    expect(reshaping.name).toBe(name);
    expect(reshaping.title).not.toBe('');
    expect(reshaping.source).not.toBe('');
    expect(['identity', 'compression', 'defence']).toContain(reshaping.kind);
    for (const [key, parameter] of Object.entries(reshaping.parameters)) {
      expect(key).toMatch(/^[a-z][A-Za-z]*$/);
      expect(checkedValue(key, parameter, parameter.default)).toBe(parameter.default);
      for (const text of [parameter.help, parameter.source, allowed(parameter)]) expect(text).not.toBe('');
    }
  });

  for (const dims of SHAPES) {
    for (const parameters of settings(reshaping)) {
      it(`computes [${dims}] from what it stores, ${JSON.stringify(parameters)}`, async () => {
        const { g, weight, stored } = phi(reshaping, dims, parameters);
        expect(g.dims(weight)).toEqual(dims);
        expect(g.dtype(weight)).toBe('float32');
        g.output(weight, 'W');
        const { W } = await run(g.build(), { theta: thetaOf(stored) });
        expect(W!.dims).toEqual(dims);
        expect(numbers(W!).every(Number.isFinite)).toBe(true);
      });
    }
  }

  it('stores what its kind promises', () => {
    for (const dims of [...SHAPES, [512, 6272]]) {
      for (const parameters of settings(reshaping, true)) {
        const stored = sizeOf(reshaping.storedDims(dims, parameters)) * (reshaping.bits?.(parameters) ?? 32);
        // One number is the least that can be stored.
        if (reshaping.kind === 'compression') expect(stored).toBeLessThan(32 * Math.max(2, sizeOf(dims)));
        else expect(reshaping.storedDims(dims, parameters)).toEqual(dims);
      }
    }
  });

  it.skipIf(name in NOT_A_SLOPE)('has the gradient that finite differences show', async () => {
    for (const dims of SHAPES) {
      for (const parameters of settings(reshaping, true)) {
        expect(await gradientErrors(reshaping, dims, parameters)).toEqual([]);
      }
    }
  });
});

/** Compares vjp with central differences; what is piecewise linear needs no small step. */
async function gradientErrors(reshaping: Reshaping, dims: readonly number[], parameters: Parameters) {
  const { g, theta, weight, stored } = phi(reshaping, dims, parameters);
  const cotangent = g.input('c', 'float32', dims);
  const [gradient] = vjp(g, { [weight]: cotangent }, [theta]);
  g.output(weight, 'W');
  g.output(gradient!, 'dTheta');
  const model = g.build();
  const value = thetaOf(stored);
  // Small whole numbers: their sums are exact in single precision.
  const c = float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, (_, i) => 1 + (i % 5)),
  );
  const evaluate = async (data: Float32Array) => run(model, { theta: { ...value, data }, c });
  const { dTheta } = await evaluate(value.data);
  const errors: string[] = [];
  if (String(dTheta!.dims) !== String(stored))
    errors.push(`the gradient is [${dTheta!.dims}], not [${stored}]`);
  for (let k = 0; k < value.data.length; k++) {
    const loss = async (step: number) => {
      const { W } = await evaluate(value.data.map((v, i) => (i === k ? v + step : v)));
      return numbers(W!).reduce((sum, w, i) => sum + w * c.data[i]!, 0);
    };
    const slope = ((await loss(0.25)) - (await loss(-0.25))) / 0.5;
    const got = Number(dTheta!.data[k]);
    if (!(Math.abs(got - slope) <= 1e-4 * Math.max(1, Math.abs(slope)))) {
      errors.push(`dTheta[${k}] of [${dims}] is ${got}, should be ${slope}`);
    }
  }
  return errors;
}
