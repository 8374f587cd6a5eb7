import { z } from 'zod';
import { ToolkitError } from '../../core/base/errors.js';
import { type Dataset, type Split, splitOf } from '../../core/data/dataset.js';
import { readNpz, writeNpz } from '../../core/tensor/npz.js';
import { type Tensor, tensor } from '../../core/tensor/tensor.js';

const headerSchema = z.strictObject({
  title: z.string(),
  source: z.string(),
  classes: z.int().positive(),
  classNames: z.array(z.string()),
  dims: z.tuple([z.int().positive(), z.int().positive(), z.int().positive()]),
});

/** Images that are looked at together. */
const CHUNK = 512;

/**
 * A data set as an `.npz` file, the same to the last bit: images that are 255 steps become
 * bytes, others stay numbers.
 */
export function encodeDataset({
  title,
  source,
  classes,
  classNames,
  dims,
  train,
  test,
}: Dataset): Uint8Array {
  const header = { title, source, classes, classNames, dims };
  const json = new TextEncoder().encode(JSON.stringify(header));
  return writeNpz(
    new Map<string, Tensor>([
      ['header', tensor('uint8', [json.length], json)],
      ...arraysOf('train', train),
      ...arraysOf('test', test),
    ]),
  );
}

/** @throws ToolkitError `corrupt-data` for anything that `encodeDataset` does not write */
export function decodeDataset(bytes: Uint8Array, name: string): Dataset {
  const source = `data ${name}`;
  const arrays = readNpz(bytes, { source });
  const corrupt = (reason: string) => new ToolkitError('corrupt-data', { source, reason });
  const array = (key: string): Tensor => {
    const found = arrays.get(key);
    if (!found) throw corrupt(`it has no array ${key}`);
    return found;
  };
  const json = new TextDecoder().decode(array('header').data as Uint8Array);
  const header = headerSchema.safeParse(JSON.parse(json));
  if (!header.success) throw corrupt('its header is of another kind');
  const { classes, dims } = header.data;
  const split = (part: string): Split => {
    const [images, labels] = [array(`${part}_images`), array(`${part}_labels`)];
    const { data: pixels } = images;
    if (!(pixels instanceof Uint8Array || pixels instanceof Float32Array)) throw corrupt('no images');
    return splitOf({ dims, classes, pixels, labels: labels.data as Int32Array });
  };
  return { ...header.data, name, train: split('train'), test: split('test') };
}

function arraysOf(part: string, { count, dims, labels, batch }: Split): [string, Tensor][] {
  const width = dims.reduce((product, dim) => product * dim, 1);
  const bytes = new Uint8Array(count * width);
  const numbers = new Float32Array(count * width);
  let exact = true;
  for (let start = 0; start < count; start += CHUNK) {
    const indices = Array.from({ length: Math.min(CHUNK, count - start) }, (_, i) => start + i);
    const { data } = batch(indices).images;
    numbers.set(data, start * width);
    if (exact) exact = toBytes(data, bytes, start * width);
  }
  const shape = [count, ...dims];
  const images = exact ? tensor('uint8', shape, bytes) : tensor('float32', shape, numbers);
  return [
    [`${part}_images`, images],
    [`${part}_labels`, tensor('int32', [count], Int32Array.from(labels))],
  ];
}

/** @returns whether every value is one of the 256 that a byte stands for */
function toBytes(values: Float32Array, bytes: Uint8Array, offset: number): boolean {
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    const byte = Math.round(value * 255);
    if (Math.fround(byte / 255) !== value) return false;
    bytes[offset + i] = byte;
  }
  return true;
}
