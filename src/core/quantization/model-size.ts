import { evaluate } from '../models/fold-weights.js';
import type { Model, Node } from '../onnx/graph.js';
import { ancestors } from '../onnx/order.js';
import { weightLayers } from '../reshaping/index.js';
import type { Runtime } from '../runtime/runtime.js';
import { bytesOf, type Tensor } from '../tensor/tensor.js';
import { frequenciesOf, huffmanBits } from './huffman.js';

/** What the parameters of a model take, in bytes. */
export interface ModelSize {
  /** As 32-bit numbers, every weight written out. */
  readonly plain: number;
  /** As the file stores them: its tensors, without the graph. */
  readonly stored: number;
  /** With entropy-coded weights; see `entropyCodedBits`. */
  readonly entropyCoded: number;
}

/** The numbers that stand for a weight, and what else it takes to know the weight from them. */
interface Symbols {
  readonly values: ArrayLike<number>;
  /** Of one value, where it is written out. */
  readonly bits: number;
  /** Bytes of the scales. */
  readonly extra: number;
}

/**
 * What a model takes, counted as Han, Mao and Dally 2016 ("Deep Compression") count: without the graph,
 * against 32-bit numbers.
 *
 * @param model with its activations not yet quantized
 */
export async function modelSize(model: Model, runtime: Runtime): Promise<ModelSize> {
  const { graph } = model;
  const layers = weightLayers(model);
  const needed = ancestors(
    graph.nodes,
    layers.map(({ weight }) => weight),
  );
  const sizes = [...graph.initializers].map(([name, { dtype, dims }]) => ({
    name,
    bytes: dims.length === 0 || dtype === 'int64' ? 0 : bytesOf(dtype, dims),
  }));
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const others = sum(sizes.map(({ name, bytes }) => (needed.has(name) ? 0 : bytes)));
  let bits = 0;
  for (const { weight } of layers) bits += entropyCodedBits(await symbolsOf(model, weight, runtime));
  return {
    plain: sum(layers.map(({ dims }) => bytesOf('float32', dims))) + others,
    stored: sum(sizes.map(({ bytes }) => bytes)),
    entropyCoded: Math.ceil(bits / 8) + others,
  };
}

/** Codes of a dequantized weight, else its numbers. */
async function symbolsOf(model: Model, weight: string, runtime: Runtime): Promise<Symbols> {
  const { nodes, initializers } = model.graph;
  const producer = (name: string): Node | undefined => {
    const node = nodes.find(({ outputs }) => outputs.includes(name));
    return node?.op === 'Identity' ? producer(node.inputs[0] ?? '') : node;
  };
  const node = producer(weight);
  const known = async (name: string, dtype: 'float32' | 'int8'): Promise<Tensor | undefined> =>
    initializers.get(name) ?? (await evaluate(model, [name], runtime, dtype))[name];
  if (node?.op !== 'DequantizeLinear') {
    const value = await known(weight, 'float32');
    return { values: (value?.data ?? []) as ArrayLike<number>, bits: 32, extra: 0 };
  }
  const [codes = '', scale = ''] = node.inputs;
  const value = await known(codes, 'int8');
  return {
    values: (value?.data ?? []) as ArrayLike<number>,
    bits: value?.dtype === 'int4' ? 4 : 8,
    extra: 4 * (initializers.get(scale)?.data.length ?? 1),
  };
}

/** More values than that have no code of their own. */
const MAX_SYMBOLS = 256;
/** Widths of gaps between weights that are not zero, in bits. */
const GAP_BITS = [4, 5, 8] as const;

/**
 * Bits of a weight, the smaller of two forms: all its values one after the other, or those that are not zero
 * with the gaps between them, of 4, 5 or 8 bits, a zero being put in where a gap is longer (Han et al. 2016,
 * section 2). Values and gaps are Huffman-coded where there are at most 256 different ones, with their table
 * counted: one byte for the length of each code, and the value itself. What that makes no smaller is written
 * out.
 */
function entropyCodedBits({ values, bits, extra }: Symbols): number {
  const coded = (all: ArrayLike<number>) => {
    const frequencies = frequenciesOf(Array.from(all));
    const written = all.length * bits;
    if (frequencies.size > MAX_SYMBOLS) return written;
    return Math.min(written, huffmanBits(frequencies.values()) + frequencies.size * (8 + bits));
  };
  const sparse = GAP_BITS.map((width) => {
    const gaps: number[] = [];
    const kept: number[] = [];
    const longest = 2 ** width - 1;
    let gap = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0;
      if (value === 0 && gap < longest) {
        gap += 1;
        continue;
      }
      gaps.push(gap);
      kept.push(value);
      gap = 0;
    }
    const frequencies = frequenciesOf(gaps);
    return coded(kept) + huffmanBits(frequencies.values()) + frequencies.size * 16;
  });
  return 8 * extra + Math.min(coded(values), ...sparse);
}
