import { ToolkitError } from '../base/errors.js';
import { allFinite, concatenate } from '../tensor/floats.js';
import { expectType, float32, rows, sizeOf, type Tensor } from '../tensor/tensor.js';

type Floats = Tensor<'float32'>;

/** What images of a model look like, and how many the engine is given at once. */
interface Expected {
  readonly source: string;
  readonly dims: readonly number[];
  readonly batchSize: number;
}

/** Images [count, ...dims] and the position of the first of them. */
export interface ImageBatch {
  readonly images: Floats;
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts images into the batches that the engine runs.
 * @throws ToolkitError `data-mismatch` for images of another size
 */
export function* batchesOf(images: Floats, { source, dims, batchSize }: Expected): Generator<ImageBatch> {
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
    yield { images: rows(shaped, start, end), start, end };
  }
}

/** Collects an output of the engine over all batches. */
export class Collected {
  private readonly parts: Float32Array[] = [];

  constructor(private readonly what: string) {}

  add(value: Tensor | undefined): void {
    if (!value) throw new ToolkitError('runtime', { what: this.what, reason: 'the engine returned none' });
    this.parts.push(expectType(value, 'float32', this.what).data);
  }

  get data(): Float32Array {
    return concatenate(this.parts);
  }

  /**
   * @throws ToolkitError `not-finite`: NaN compares as nothing; it would predict class 0
   *   for ever and look robust
   */
  finite(dims: readonly number[], source: string, what: string): Floats {
    const value = float32(dims, this.data);
    if (allFinite(value.data)) return value;
    const total = dims[0] ?? 0;
    const broken = Array.from({ length: total }, (_, n) => rows(value, n, n + 1)).filter(
      ({ data }) => !allFinite(data),
    );
    throw new ToolkitError('not-finite', { source, what, count: broken.length, total });
  }
}
