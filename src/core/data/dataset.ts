import { type Tensor, tensor } from '../tensor/tensor.js';

/** Images and labels that belong together, ready for a model. */
export interface Batch {
  /** [n, C, H, W], values in [0, 1]. */
  readonly images: Tensor<'float32'>;
  /** [n], each in 0 .. classes-1. */
  readonly labels: Tensor<'int64'>;
}

/** A labelled sequence of images of one size. */
export interface Split {
  readonly count: number;
  /** [C, H, W] of one image. */
  readonly dims: readonly [number, number, number];
  readonly classes: number;
  /** The class of each image, `count` numbers in 0 .. classes-1. */
  readonly labels: Uint8Array | Int32Array;
  /** The images at these positions, in this order, repeats allowed; a position outside the split throws. */
  batch(indices: ArrayLike<number>): Batch;
  /** Positions start .. end-1 as a split of their own (clamped to the count), sharing memory. */
  slice(start: number, end?: number): Split;
  /** The images at these positions as a split of their own, sharing memory. */
  subset(indices: ArrayLike<number>): Split;
}

/** A data set of images for classification. */
export interface Dataset {
  readonly name: string;
  readonly title: string;
  readonly classes: number;
  readonly classNames: readonly string[];
  /** [C, H, W] of one image. */
  readonly dims: readonly [number, number, number];
  /** May be empty where a file holds test images only. */
  readonly train: Split;
  readonly test: Split;
  /** Where the data come from, and how far their origin was verified. */
  readonly source: string;
  /**
   * How the files were read, where a reader might expect something else: which split
   * serves as test images, say.
   */
  readonly notes?: readonly string[];
  /** Damaged images, which are in no split; absent where data come as a whole. */
  readonly skipped?: readonly Skipped[];
  /** How many images had another size and were stretched to `dims`. */
  readonly stretched?: number;
}

/** An image that could not be used. */
export interface Skipped {
  /** Below the folder of the data set. */
  readonly path: string;
  readonly reason: string;
}

/** What a split is made of: images in [N, C, H, W] order, as bytes (255 is white) or as numbers in [0, 1]. */
export interface SplitParts {
  readonly dims: readonly [number, number, number];
  readonly classes: number;
  readonly pixels: Uint8Array | Float32Array;
  readonly labels: Uint8Array | Int32Array;
}

/**
 * Dividing once per byte value, not once per pixel; each entry is v / 255 rounded once, as
 * PyTorch's ToTensor does.
 */
const scaled = Float32Array.from({ length: 256 }, (_, value) => value / 255);

/**
 * A split over pixels that are already checked; `parts.pixels` and `parts.labels` are shared, not copied.
 *
 * @throws RangeError when the numbers of pixels and labels do not belong together
 */
export function splitOf(parts: SplitParts): Split {
  const width = parts.dims[0] * parts.dims[1] * parts.dims[2];
  if (parts.pixels.length !== parts.labels.length * width) {
    throw new RangeError(
      `${parts.labels.length} images [${parts.dims}] need ${parts.labels.length * width} pixels`,
    );
  }
  return viewOf(parts, undefined);
}

/** A split of the images at `order` (all of them in stored order without it). */
function viewOf(parts: SplitParts, order: Uint32Array | undefined): Split {
  const { dims, classes, pixels } = parts;
  const width = dims[0] * dims[1] * dims[2];
  const labels = order ? pick(parts.labels, order) : parts.labels;
  const count = labels.length;

  function positionOf(index: number | undefined): number {
    if (index === undefined || !Number.isInteger(index) || index < 0 || index >= count) {
      throw new RangeError(`image ${index} is outside a split of ${count}`);
    }
    return order ? order[index]! : index;
  }

  function subset(indices: ArrayLike<number>): Split {
    return viewOf(parts, Uint32Array.from(indices, positionOf));
  }

  return {
    count,
    dims,
    classes,
    labels,
    batch(indices) {
      const n = indices.length;
      const images = new Float32Array(n * width);
      const wanted = new BigInt64Array(n);
      for (let i = 0; i < n; i += 1) {
        const start = positionOf(indices[i]) * width;
        if (pixels instanceof Uint8Array) scale(pixels, start, images, i * width, width);
        else images.set(pixels.subarray(start, start + width), i * width);
        wanted[i] = BigInt(labels[indices[i]!]!);
      }
      return { images: tensor('float32', [n, ...dims], images), labels: tensor('int64', [n], wanted) };
    },
    slice(start, end = count) {
      const first = Math.min(Math.max(0, start), count);
      const length = Math.max(0, Math.min(end, count) - first);
      return subset(Uint32Array.from({ length }, (_, i) => first + i));
    },
    subset,
  };
}

/** A function of its own: kept this small, engines compile it to a tight loop. */
function scale(from: Uint8Array, start: number, to: Float32Array, offset: number, width: number): void {
  for (let i = 0; i < width; i += 1) to[offset + i] = scaled[from[start + i]!]!;
}

function pick(labels: Uint8Array | Int32Array, order: Uint32Array): Uint8Array | Int32Array {
  const picked = labels instanceof Uint8Array ? new Uint8Array(order.length) : new Int32Array(order.length);
  for (let i = 0; i < order.length; i += 1) picked[i] = labels[order[i]!]!;
  return picked;
}
