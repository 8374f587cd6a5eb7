import type { Descriptors, ParametersOf } from '../base/parameters.js';
import { GraphBuilder } from '../onnx/builder.js';
import { type Model, type Node, opsetOf } from '../onnx/graph.js';
import { inferShapes } from '../onnx/infer.js';
import { prune, topological } from '../onnx/order.js';
import { forget } from '../onnx/rewrite/value-names.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { type ReshapingRecord, reshapingsOf } from './apply-reshaping.js';
import { packCodes, unpackCodes } from './bit-codes.js';
import type { QuantizedTheta, Reshaping } from './reshaping.js';
import { outputAxis } from './weight-layers.js';

type Chain = ReshapingRecord[string];

/** The first operator set whose tensors may be of 4 bits, and the version of the file format with them. */
const INT4 = { opset: 21, irVersion: 10, bits: 4, offset: 8 };

/**
 * The model that is written once training is over: theta of quantized weights become integers, dequantized
 * where the layer reads its weight, so that engines run it with integer kernels. Reshapings in between that
 * only copy (`prune`, `cluster`) then copy codes. In front of others, which compute (`hash`, `scale`), theta
 * is dequantized at once by operators that an engine evaluates when it loads the model.
 *
 * Codes of 4 bits that DequantizeLinear reads at once are tensors of int4, with operator set 21; others are
 * packed in bytes.
 *
 * @param known reshapings by name
 * @returns the model itself when there is nothing to finish
 */
export function finishReshapings(model: Model, known: Readonly<Record<string, Reshaping>>): Model {
  return Object.entries(reshapingsOf(model)).reduce((finished, [weight, chain]) => {
    const [entry] = chain;
    const reshaping = entry && Object.hasOwn(known, entry.name) ? known[entry.name] : undefined;
    const theta = entry && finished.graph.initializers.get(entry.stored);
    if (!entry || !reshaping?.quantized || theta?.dtype !== 'float32') return finished;
    const axis = chain.length === 1 ? outputAxis(model, weight, theta.dims.length) : undefined;
    const site = { weight, dims: theta.dims, seed: 0, axis };
    // Recorded parameters were checked when they were recorded.
    const parameters = entry.parameters as ParametersOf<Descriptors>;
    const codes = reshaping.quantized(theta as Tensor<'float32'>, site, parameters);
    return withCodes(finished, { weight, chain, codes, copies: copying(chain, known) });
  }, model);
}

/** How many reshapings behind the first one only copy what they are given. */
function copying(chain: Chain, known: Readonly<Record<string, Reshaping>>): number {
  const later = chain.slice(1);
  const computing = later.findIndex(({ name }) => !(Object.hasOwn(known, name) && known[name]?.copies));
  return computing < 0 ? later.length : computing;
}

interface Finish {
  readonly weight: string;
  readonly chain: Chain;
  readonly codes: QuantizedTheta;
  readonly copies: number;
}

/** New nodes and constants of a graph. */
interface Piece {
  readonly nodes: readonly Node[];
  readonly initializers: ReadonlyMap<string, Tensor>;
}

function withCodes(model: Model, { weight, chain, codes: quantized, copies }: Finish): Model {
  const { codes } = quantized;
  const nameAfter = (at: number) => chain[at + 1]?.stored ?? weight;
  const [stored, first, last] = [chain[0]?.stored ?? '', nameAfter(0), nameAfter(copies)];
  const isInt4 = codes.dtype === 'int4' && copies === 0 && last === weight && mayHoldInt4(model);
  const kept = codes.dtype === 'int8' || isInt4 ? codes : packed(codes);
  const read = (g: GraphBuilder) => (kept === codes ? stored : unpacked(g, stored, codes.dims));
  const dequantize = (g: GraphBuilder, value: string) =>
    dequantized(g, value, quantized, last === weight ? 'DequantizeLinear' : 'Mul');
  const pieces: Piece[] = [];
  const replaced = new Set([first]);
  const g = new GraphBuilder(undefined, `${stored}/`);
  g.input(stored, kept.dtype, kept.dims);
  if (copies === 0) pieces.push(pieceOf(g, dequantize(g, read(g)), first));
  else {
    pieces.push(pieceOf(g, read(g), first));
    // What the copying ends in is codes now, under a name of their own; the weight is dequantized behind.
    const coded = `${last}/codes`;
    const end = model.graph.nodes.filter(({ outputs }) => outputs[0] === last);
    const h = new GraphBuilder(undefined, `${last}/`);
    h.input(coded, 'int8', inferShapes(model.graph).type(last)?.dims ?? []);
    pieces.push({
      nodes: end.map((node) => ({ ...node, name: coded, outputs: [coded] })),
      initializers: new Map(),
    });
    pieces.push(pieceOf(h, dequantize(h, coded), last));
    replaced.add(last);
  }
  const others = model.graph.nodes.filter(({ outputs }) => !outputs.some((name) => replaced.has(name)));
  const graph = {
    ...forget(model.graph, [...replaced, ...pieces.flatMap(({ nodes }) => nodes.flatMap((n) => n.outputs))]),
    nodes: [...pieces.flatMap(({ nodes }) => nodes), ...others],
    initializers: new Map([
      ...model.graph.initializers,
      [stored, kept] as const,
      ...pieces.flatMap(({ initializers }) => [...initializers]),
    ]),
  };
  const finished = { ...model, graph: prune({ ...graph, nodes: topological(graph) }) };
  return isInt4 ? withInt4(finished) : finished;
}

/** What a builder wrote, its result under this name. */
function pieceOf(g: GraphBuilder, result: string, name: string): Piece {
  g.op('Identity', [result], {}, { outputs: [name] });
  g.output(name);
  return g.build().graph;
}

function dequantized(
  g: GraphBuilder,
  codes: string,
  { scale, axis }: QuantizedTheta,
  operator: 'DequantizeLinear' | 'Mul',
): string {
  const scales = g.initializer(g.fresh('scale'), scale);
  if (operator === 'Mul') return g.mul(g.cast(codes, 'float32'), scales);
  const type = g.dtype(codes) === 'int4' ? 'int4' : 'int8';
  const zero = g.initializer(g.fresh('zero'), tensor(type, scale.dims, new Int8Array(scale.data.length)));
  return g.op('DequantizeLinear', [codes, scales, zero], axis === undefined ? {} : { axis });
}

/** Two codes in each byte, and the byte behind them that `unpackCodes` wants. */
function packed({ data }: QuantizedTheta['codes']): Tensor<'uint8'> {
  const bytes = packCodes(
    Uint8Array.from(data, (code) => code + INT4.offset),
    INT4.bits,
  );
  return tensor('uint8', [bytes.length], bytes);
}

function unpacked(g: GraphBuilder, stored: string, dims: readonly number[]): string {
  const count = dims.reduce((product, size) => product * size, 1);
  const codes = g.op('Sub', [unpackCodes(g, stored, count, INT4.bits), g.scalar(INT4.offset, 'int32')]);
  return g.reshape(g.cast(codes, 'int8'), dims);
}

/** GroupNormalization is the one operator whose meaning changed with that operator set. */
const mayHoldInt4 = (model: Model): boolean =>
  opsetOf(model) >= INT4.opset || !model.graph.nodes.some(({ op }) => op === 'GroupNormalization');

const withInt4 = (model: Model): Model => ({
  ...model,
  irVersion: Math.max(model.irVersion, INT4.irVersion),
  opsets: new Map(model.opsets).set('', Math.max(opsetOf(model), INT4.opset)),
});
