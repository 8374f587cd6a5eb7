import { type Dim, GraphBuilder, type Model, nodeRuntime, type Tensor } from './toolkit.js';

/** Runs a model once and returns all its outputs. */
export async function run(
  model: Model | Uint8Array,
  feeds: Readonly<Record<string, Tensor>> = {},
): Promise<Record<string, Tensor>> {
  const session = await (await nodeRuntime()).createSession(model, { threads: 1 });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

/** A model of one builder function, which returns the names of its outputs. */
export function modelOf(build: (g: GraphBuilder) => string | readonly string[]): Model {
  const g = new GraphBuilder();
  for (const name of [build(g)].flat()) g.output(name);
  return g.build();
}

/** Operators that are newer than the operator set that the toolkit builds with. */
const NEWER: Readonly<Record<string, number>> = {
  GroupNormalization: 21,
  RMSNormalization: 23,
  RotaryEmbedding: 23,
  Attention: 23,
  Swish: 24,
};

/** The operator sets of a model, with one of standard ONNX that has an operator. */
export const opsetsFor = (op: string, { opsets }: Model): ReadonlyMap<string, number> =>
  NEWER[op] === undefined ? opsets : new Map([...opsets, ['', NEWER[op]]]);

/** The numbers of a tensor, whatever its type. */
export const numbers = (value: Tensor): number[] =>
  Array.from(value.data as ArrayLike<number | bigint>, Number);

/** What the free dimensions of test graphs stand for. */
export const SIZES: Readonly<Record<string, number>> = { N: 2, T: 3 };

/** A shape with its symbols, and products of them, replaced by their sizes. */
export const concrete = (dims: readonly Dim[]): number[] =>
  dims.map((dim) =>
    typeof dim === 'number'
      ? dim
      : dim.split('*').reduce((product, part) => product * (SIZES[part] ?? Number(part)), 1),
  );
