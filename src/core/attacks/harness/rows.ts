import type { Tensor } from '../../tensor/tensor.js';

type Floats = Tensor<'float32'>;

/** The listed rows of [N, ...], in order; the tensor itself when all are listed. */
export function pickRows(value: Floats, picked: readonly number[]): Floats {
  if (picked.length === value.dims[0] && picked.every((row, i) => row === i)) return value;
  const width = value.data.length / value.dims[0]!;
  const data = new Float32Array(picked.length * width);
  picked.forEach((row, i) => {
    data.set(value.data.subarray(row * width, (row + 1) * width), i * width);
  });
  return { dtype: 'float32', dims: [picked.length, ...value.dims.slice(1)], data };
}

/** All rows of [N, ...dims], in order. */
export const everyRow = ({ dims }: Floats): number[] => Array.from({ length: dims[0] ?? 0 }, (_, n) => n);

/** A row of [N, ...dims], flat, sharing memory. */
export function rowOf({ data, dims }: Floats, n: number): Float32Array {
  const width = data.length / dims[0]!;
  return data.subarray(n * width, (n + 1) * width);
}

/** Flat inputs, at least one, as a tensor of the images' dimensions: [M, ...dims]. */
export function stacked({ dims, data: { length } }: Floats, inputs: readonly Float32Array[]): Floats {
  const width = length / Math.max(1, dims[0] ?? 0);
  const data = new Float32Array(inputs.length * width);
  inputs.forEach((input, at) => {
    data.set(input, at * width);
  });
  return { dtype: 'float32', dims: [inputs.length, ...dims.slice(1)], data };
}
