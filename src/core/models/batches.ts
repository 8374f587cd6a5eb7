import { ToolkitError } from '../base/errors.js';
import { allFinite, concatenate } from '../tensor/floats.js';
import { expectType, float32, rows, sizeOf, type Tensor } from '../tensor/tensor.js';

type Floats = Tensor<'float32'>;

/** What images of a model look like, and how many the engine is given at once. */
interface Expected {
  readonly source: string;
  readonly dims: readonly number[];
  readonly batchSize: number;
  readonly exact?: boolean | undefined;
}

/** Images [rows.length, ...dims] and where they come from. */
export interface ImageBatch {
  readonly images: Floats;
  /** Position of each image among all; where the batch is filled up, some are there again at its end. */
  readonly positions: readonly number[];
  /** Images that count: the first ones. */
  readonly count: number;
}

/**
 * Cuts images into the batches that the engine runs.
 * @throws ToolkitError `data-mismatch` for images of another size
 */
export function* batchesOf(images: Floats, expected: Expected): Generator<ImageBatch> {
  const { source, dims, batchSize, exact } = expected;
  const count = images.dims[0] ?? 0;
  const received = images.dims.slice(1);
  if (sizeOf(received) !== sizeOf(dims)) {
    throw new ToolkitError('data-mismatch', {
      what: source,
      expected: `images of [${dims}]`,
      received: `[${received}]`,
    });
  }
  const shaped = { ...images, dims: [count, ...dims] };
  for (let start = 0; start < count; start += batchSize) {
    const end = Math.min(count, start + batchSize);
    const some = end - start;
    const run = exact ? batchSize : some;
    const positions = Array.from({ length: run }, (_, i) => start + (i % some));
    yield { images: filledUp(rows(shaped, start, end), run), positions, count: some };
  }
}

/** Rows of a batch, repeated until there are `size`; what it is made of when there are as many. */
export function filledUp(batch: Floats, size: number): Floats {
  const count = batch.dims[0] ?? 0;
  if (count === size) return batch;
  const data = new Float32Array((batch.data.length / count) * size);
  for (let at = 0; at < data.length; at += batch.data.length)
    data.set(batch.data.subarray(0, data.length - at), at);
  return float32([size, ...batch.dims.slice(1)], data);
}

/** Collects an output of the engine over all batches. */
export class Collected {
  private readonly parts: Float32Array[] = [];

  constructor(private readonly what: string) {}

  /** @param count rows that count */
  add(value: Tensor | undefined, { count, positions }: Pick<ImageBatch, 'count' | 'positions'>): void {
    if (!value) throw new ToolkitError('runtime', { what: this.what, reason: 'the engine returned none' });
    const { data } = expectType(value, 'float32', this.what);
    this.parts.push(data.subarray(0, (data.length / positions.length) * count));
  }

  get data(): Float32Array {
    return concatenate(this.parts);
  }

  /** What was collected, numbers or not: of a row that holds others, `argMax` makes no class. */
  tensor(dims: readonly number[]): Floats {
    return float32(dims, this.data);
  }

  /**
   * The same with zeros for every row that holds something that is no finite number: a direction that is
   * not known leads nowhere.
   */
  directions(dims: readonly number[]): Floats {
    const { data } = this;
    const count = dims[0] ?? 0;
    const width = data.length / Math.max(1, count);
    if (!allFinite(data)) {
      for (let n = 0; n < count; n++) {
        const row = data.subarray(n * width, (n + 1) * width);
        if (!allFinite(row)) row.fill(0);
      }
    }
    return float32(dims, data);
  }
}
