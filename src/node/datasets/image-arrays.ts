import { sizeOf, type Tensor } from '../../core/tensor/tensor.js';
import { describeWrong } from './file-problems.js';

/** Where the channels are: before the rows (PyTorch, ONNX) or after the columns (TensorFlow, image files). */
export type Layout = 'NCHW' | 'NHWC';

/** Images in [N, C, H, W] order; `dims` is [C, H, W]. */
export interface Pixels {
  readonly dims: readonly [number, number, number];
  readonly pixels: Uint8Array | Float32Array;
}

const channelCounts = [1, 3, 4];

/**
 * Images of an array [N, H, W], [N, C, H, W] or [N, H, W, C] of uint8 or floats in [0, 1]; or what is wrong
 * with it. Memory is shared where nothing has to move.
 */
export function pixelsOf(images: Tensor, layout: Layout | undefined): Pixels | string {
  const { dims } = images;
  if (sizeOf(dims) === 0) return `no images: [${dims.join(', ')}]`;
  const values = valuesOf(images);
  if (typeof values === 'string') return values;
  if (dims.length === 3) return { dims: [1, dims[1]!, dims[2]!], pixels: values };
  if (dims.length !== 4)
    return `images must be [N, H, W], [N, C, H, W] or [N, H, W, C], not [${dims.join(', ')}]`;
  const chosen = layout ?? guessLayout(dims);
  if (chosen === undefined) {
    return `it is unclear where the channels are in [${dims.join(', ')}]: say layout NCHW or NHWC`;
  }
  const [count, a, b, c] = dims as [number, number, number, number];
  if (chosen === 'NCHW') return { dims: [a, b, c], pixels: values };
  return { dims: [c, a, b], pixels: channelsFirst(values, count, a * b, c) };
}

function guessLayout(dims: readonly number[]): Layout | undefined {
  const first = channelCounts.includes(dims[1]!);
  const last = channelCounts.includes(dims[3]!);
  return first === last ? undefined : first ? 'NCHW' : 'NHWC';
}

function valuesOf({ dtype, data }: Tensor): Uint8Array | Float32Array | string {
  if (dtype === 'uint8') return data as Uint8Array;
  if (dtype !== 'float32' && dtype !== 'float64')
    return `images must be uint8, float32 or float64, not ${dtype}`;
  const values = data as Float32Array | Float64Array;
  // The comparison is false for NaN too.
  const wrong = describeWrong(values, (value) => value >= 0 && value <= 1, 'values are not in [0, 1]');
  if (wrong) return `${wrong}; divide values of 0 to 255 by 255 or save them as uint8`;
  return values instanceof Float32Array ? values : Float32Array.from(values);
}

function channelsFirst<A extends Uint8Array | Float32Array>(
  values: A,
  count: number,
  area: number,
  channels: number,
): A {
  const moved = values.slice() as A;
  let from = 0;
  for (let image = 0; image < count; image += 1) {
    for (let place = 0; place < area; place += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        moved[(image * channels + channel) * area + place] = values[from]!;
        from += 1;
      }
    }
  }
  return moved;
}
