import { concrete, numbers } from './run.js';
import {
  type Dim,
  GraphBuilder,
  type Model,
  nodeRuntime,
  type Random,
  sizeOf,
  stream,
  type Tensor,
  vjp,
} from './toolkit.js';

type Float = 'float32' | 'float64';
type Build = (g: GraphBuilder, ...x: string[]) => string | readonly string[];

/** How the values of an input are drawn. */
export type Values =
  | 'normal'
  /** Between 0.5 and 2. */
  | 'positive'
  /** At least 0.5 away from 0. */
  | 'nonzero'
  /**
   * No two within 0.5 of each other, none within 0.2 of 0: finite differences never cross a tie or a kink.
   */
  | 'distinct';

export interface InputSpec {
  /** May hold the free dimensions of `SIZES`; the case then runs with and without them. */
  readonly dims: readonly Dim[];
  readonly values: Values;
}

/** A small graph of one operator whose gradient is compared with central finite differences. */
export interface GradientCase {
  readonly op: string;
  readonly title: string;
  readonly inputs: readonly InputSpec[];
  readonly build: Build;
  readonly dtype: Float;
  /** Half the distance of the two evaluations; as large as the operator is (piecewise) linear. */
  readonly step: number;
  /** Largest accepted difference, relative to the larger of 1 and the finite difference. */
  readonly tolerance: number;
}

export const x = (dims: readonly Dim[], values: Values = 'normal'): InputSpec => ({ dims, values });

/** A case in double precision, where differences are sharp. */
export const smooth = (
  op: string,
  title: string,
  inputs: readonly InputSpec[],
  build: Build,
): GradientCase => ({
  op,
  title,
  inputs,
  build,
  dtype: 'float64',
  step: 1e-5,
  tolerance: 1e-6,
});

/** A case of an operator that is (piecewise) linear and exists in single precision: a large step is exact. */
export const linear = (
  op: string,
  title: string,
  inputs: readonly InputSpec[],
  build: Build,
): GradientCase => ({
  ...smooth(op, title, inputs, build),
  dtype: 'float32',
  step: 0.1,
  tolerance: 2e-4,
});

/** Single precision and curved: the step balances truncation and rounding. */
export const curved: typeof smooth = (op, title, inputs, build) => ({
  ...linear(op, title, inputs, build),
  step: 1e-2,
  tolerance: 2e-3,
});

function draw(values: Values, size: number, random: Random): number[] {
  const order = random.shuffle(size);
  const one: Record<Values, (i: number) => number> = {
    normal: () => random.normal(),
    positive: () => 0.5 + 1.5 * random.uniform(),
    nonzero: () => (random.uniform() < 0.5 ? -1 : 1) * (0.5 + random.uniform()),
    distinct: (i) => 0.5 * (order[i]! - Math.floor(size / 2)) + 0.25,
  };
  return Array.from({ length: size }, (_, i) => one[values](i));
}

const floatTensor = (dtype: Float, dims: readonly number[], values: ArrayLike<number>): Tensor<Float> => ({
  dtype,
  dims,
  data: dtype === 'float64' ? Float64Array.from(values) : Float32Array.from(values),
});

function forward(test: GradientCase, free: boolean): Model {
  const g = new GraphBuilder();
  const names = test.inputs.map((spec, i) =>
    g.input(`x${i}`, test.dtype, free ? spec.dims : concrete(spec.dims)),
  );
  for (const y of [test.build(g, ...names)].flat()) g.output(y);
  return g.build();
}

export interface Comparison {
  readonly model: Model;
  /** One line for each element, shape or type that differs; empty when the rule is right. */
  readonly differences: readonly string[];
}

/** Compares the emitted gradient of every input with finite differences of `sum(c * y)`. */
export async function compare(test: GradientCase, free: boolean): Promise<Comparison> {
  const model = forward(test, free);
  const random = stream(1, 'gradient', test.op, test.title);
  const feeds = Object.fromEntries(
    test.inputs.map((spec, i) => {
      const dims = concrete(spec.dims);
      return [`x${i}`, floatTensor(test.dtype, dims, draw(spec.values, sizeOf(dims), random))];
    }),
  );
  const runtime = await nodeRuntime();
  const plain = await runtime.createSession(model, { threads: 1 });
  const first = await plain.run(feeds);
  const cotangents = Object.fromEntries(
    Object.entries(first).map(([name, y]) => [
      name,
      floatTensor(y.dtype as Float, y.dims, draw('nonzero', y.data.length, random)),
    ]),
  );
  const loss = async (changed: Record<string, Tensor>) => {
    let sum = 0;
    for (const [name, y] of Object.entries(await plain.run({ ...feeds, ...changed }))) {
      const weights = cotangents[name]!.data;
      numbers(y).forEach((value, i) => {
        sum += value * weights[i]!;
      });
    }
    return sum;
  };

  const { gradients, inferred } = await emitted(model, feeds, cotangents);
  const differences: string[] = [];
  for (const [name, value] of Object.entries(feeds)) {
    const gradient = gradients[name]!;
    if (gradient.dtype !== value.dtype) differences.push(`d${name} is ${gradient.dtype}, not ${value.dtype}`);
    if (`${gradient.dims}` !== `${value.dims}`)
      differences.push(`d${name} is [${gradient.dims}], not [${value.dims}]`);
    if (`${inferred[name]}` !== `${value.dims}`)
      differences.push(`d${name} was inferred to be [${inferred[name]}]`);
    for (let i = 0; i < value.data.length; i++) {
      const moved = (by: number) => ({
        [name]: floatTensor(
          value.dtype,
          value.dims,
          value.data.map((v: number, j: number) => (i === j ? v + by : v)),
        ),
      });
      const slope = ((await loss(moved(test.step))) - (await loss(moved(-test.step)))) / (2 * test.step);
      const error = Math.abs(Number(gradient.data[i]) - slope) / Math.max(1, Math.abs(slope));
      if (!(error <= test.tolerance))
        differences.push(`d${name}[${i}] is ${gradient.data[i]}, should be ${slope}`);
    }
  }
  await plain.release();
  return { model, differences };
}

async function emitted(
  model: Model,
  feeds: Readonly<Record<string, Tensor>>,
  cotangents: Readonly<Record<string, Tensor>>,
): Promise<{ gradients: Record<string, Tensor>; inferred: Record<string, number[]> }> {
  const g = new GraphBuilder(model);
  g.clearOutputs();
  const seeds = Object.fromEntries(
    Object.keys(cotangents).map((y) => [y, g.input(`c/${y}`, g.dtype(y), g.dims(y))]),
  );
  const names = Object.keys(feeds);
  const results = vjp(g, seeds, names).map((result, i) => g.output(result, `d${names[i]}`));
  const inferred = Object.fromEntries(names.map((name, i) => [name, concrete(g.dims(results[i]!))]));
  const session = await (await nodeRuntime()).createSession(g.build(), { threads: 1 });
  const given = {
    ...feeds,
    ...Object.fromEntries(Object.entries(cotangents).map(([y, c]) => [`c/${y}`, c])),
  };
  const outputs = await session.run(Object.fromEntries(session.inputs.map((name) => [name, given[name]!])));
  await session.release();
  return { gradients: Object.fromEntries(names.map((name) => [name, outputs[`d${name}`]!])), inferred };
}
