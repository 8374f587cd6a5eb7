import { isToolkitError } from '../base/errors.js';
import { type Rate, rate } from '../base/statistics.js';
import { argMax, concatenate } from '../tensor/floats.js';
import { float32, rows, sizeOf, type Tensor } from '../tensor/tensor.js';
import type { Judge } from './judge.js';

type Floats = Tensor<'float32'>;

/** What became of the answers about some images when they were asked about together with others. */
export interface BatchProbe {
  /** Batch sizes that were compared with one image at a time, those that the engine refused left out. */
  readonly sizes: readonly number[];
  /** Batch sizes that the engine refused though the file allows them. */
  readonly refused: readonly number[];
  /** Images whose predicted class changed in some batch. */
  readonly predictions: Rate;
  /** Images whose logits moved by more than `ROUNDING` in some batch. */
  readonly logits: Rate;
  /** The largest of these moves, as a share of the range of an image's logits. */
  readonly largest: number;
}

/**
 * Share of the range of an image's logits (largest minus smallest) that kernels for other batch sizes may
 * move them by. Measured on 72 float, half-precision and quantized exports of three networks: 3e-5 at most
 * where nothing depends on the batch, 3e-3 at least where scales are those of the whole batch.
 */
export const ROUNDING = 1e-3;

/** Images that are asked about one by one. */
const IMAGES = 32;
/** Elements of the largest batch: of large images, fewer are asked about. */
const MAX_ELEMENTS = 2 ** 22;
const MIN_IMAGES = 4;
const SIZES = [2, 3, 5, 8, 16, 32, 64, 128] as const;

/** Whether what a model answers about an image depends on which others are in its batch, or how many. */
export const dependsOnBatch = ({ predictions, logits, refused }: BatchProbe): boolean =>
  predictions.count > 0 || logits.count > 0 || refused.length > 0;

/**
 * Asks a model about some images one by one, then in batches of several sizes and with other neighbours, and
 * compares the answers. Scales that are taken over a batch (dynamic quantization), normalization by the
 * statistics of a batch, reductions over its axis and conditions on its size all show here.
 *
 * Costs about as much as five forward passes of the images that are asked about, and one of each batch.
 *
 * @param images [N, ...dims] as the judge takes them, the more the better, up to 128
 * @param known classes that the judge gave the images before, in batches of its engine
 * @throws ToolkitError as `Judge.logits` for a single image
 */
export async function probeBatch(
  judge: Judge,
  images: Floats,
  known: readonly number[] = [],
): Promise<BatchProbe> {
  const given = images.dims[0] ?? 0;
  const most = Math.max(MIN_IMAGES, Math.floor(MAX_ELEMENTS / sizeOf(images.dims.slice(1))));
  const count = Math.min(given, IMAGES, most);
  const own = await eachAlone(judge, rows(images, 0, count));
  const { onlyBatch } = judge.shape;
  const sizes = onlyBatch === null ? SIZES.filter((size) => size <= Math.min(given, most)) : [onlyBatch];
  const seen = new Moves(own);
  seen.recall(known);
  const refused: number[] = [];
  for (const size of sizes) {
    const asked = rows(images, 0, onlyBatch === null ? size : count);
    try {
      seen.compare(await judge.logits(asked, size), (row) => row);
      // The same images behind each other, so that each has other neighbours and another place.
      if (size === sizes.at(-1) || size === 3) {
        const turned = reversed(asked);
        const last = (asked.dims[0] ?? 0) - 1;
        seen.compare(await judge.logits(turned, size), (row) => last - row);
      }
    } catch (error) {
      if (!isToolkitError(error, 'runtime')) throw error;
      refused.push(size);
    }
  }
  return { sizes: sizes.filter((size) => !refused.includes(size)), refused, ...seen.summary() };
}

/** Logits of each image without the others; a batch that cannot be smaller is filled with copies of it. */
async function eachAlone(judge: Judge, images: Floats): Promise<Floats> {
  if (judge.shape.onlyBatch === null) return judge.logits(images, 1);
  const parts: Float32Array[] = [];
  const count = images.dims[0] ?? 0;
  for (let n = 0; n < count; n++) parts.push((await judge.logits(rows(images, n, n + 1))).data);
  return float32([count, judge.shape.classes], concatenate(parts));
}

function reversed({ dims, data }: Floats): Floats {
  const count = dims[0] ?? 0;
  const width = data.length / Math.max(1, count);
  const turned = new Float32Array(data.length);
  for (let n = 0; n < count; n++)
    turned.set(data.subarray(n * width, (n + 1) * width), (count - 1 - n) * width);
  return float32(dims, turned);
}

/** What changed of the answers about each image. */
class Moves {
  private readonly predictions: Int32Array;
  private readonly changed: Uint8Array;
  private readonly moved: Float64Array;

  /** @param own logits [count, classes] of each image alone */
  constructor(private readonly own: Floats) {
    this.predictions = argMax(own);
    this.changed = new Uint8Array(this.predictions.length);
    this.moved = new Float64Array(this.predictions.length);
  }

  /** @param imageOf for each row of `logits` the image; those that were not asked about alone are left out */
  compare(logits: Floats, imageOf: (row: number) => number): void {
    const predicted = argMax(logits);
    for (const [row, prediction] of predicted.entries()) {
      const image = imageOf(row);
      const before = this.predictions[image];
      if (before === undefined) continue;
      const move = distance(this.rowOf(this.own, image), this.rowOf(logits, row));
      this.moved[image] = Math.max(this.moved[image] ?? 0, move);
      // Of equal logits, rounding chooses.
      if (prediction !== before && move > ROUNDING) this.changed[image] = 1;
    }
  }

  /** @param known predicted classes of the first images; where the own one hardly leads they say nothing */
  recall(known: readonly number[]): void {
    for (const [image, prediction] of known.slice(0, this.predictions.length).entries()) {
      const row = this.rowOf(this.own, image);
      const lead = (row[this.predictions[image] ?? 0] ?? 0) - (row[prediction] ?? Number.NaN);
      if (lead > 2 * ROUNDING * scaleOf(row)) this.changed[image] = 1;
    }
  }

  summary(): Pick<BatchProbe, 'predictions' | 'logits' | 'largest'> {
    const total = this.predictions.length;
    const count = (flags: ArrayLike<number>, least: number) =>
      Array.from(flags).filter((value) => value > least).length;
    return {
      predictions: rate(count(this.changed, 0), total),
      logits: rate(count(this.moved, ROUNDING), total),
      largest: this.moved.reduce((most, move) => Math.max(most, move), 0),
    };
  }

  private rowOf({ data, dims }: Floats, row: number): Float32Array {
    const classes = dims[1] ?? 0;
    return data.subarray(row * classes, (row + 1) * classes);
  }
}

/** Largest change of a logit as a share of their range; 1 where one of them is no number and the other is. */
function distance(a: Float32Array, b: Float32Array): number {
  let most = 0;
  for (const [k, value] of a.entries()) {
    const other = b[k] ?? Number.NaN;
    if (Object.is(value, other)) continue;
    if (!Number.isFinite(value) || !Number.isFinite(other)) return 1;
    most = Math.max(most, Math.abs(value - other));
  }
  return most / scaleOf(a);
}

/** What moves of logits are measured by. */
function scaleOf(logits: Float32Array): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of logits) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  // Of large logits that hardly differ, rounding moves a larger share of the range.
  return Math.max(high - low, MIN_RANGE * Math.max(high, -low), Number.MIN_VALUE);
}

/** The range of logits counts as at least this share of the largest of them. */
const MIN_RANGE = 1e-3;
