import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Split, splitOf } from '../../core/data/dataset.js';
import { describeWrong, type Problems } from './file-problems.js';

export const classNames = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const;

export const trainFiles = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`);
export const testFile = 'test_batch.bin';
export const recordFiles = [...trainFiles, testFile];

/**
 * SHA-256 of the files in `cifar-10-binary.tar.gz`, as several independent projects that download it from
 * https://www.cs.toronto.edu/~kriz/cifar.html publish them.
 */
const official: Readonly<Record<string, string>> = {
  'data_batch_1.bin': 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5',
  'data_batch_2.bin': 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed',
  'data_batch_3.bin': 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67',
  'data_batch_4.bin': '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48',
  'data_batch_5.bin': '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add',
  'test_batch.bin': '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b',
};

/** True when these are the bytes of the official file of this name. */
export const isOfficial = (name: string, bytes: Uint8Array): boolean =>
  createHash('sha256').update(bytes).digest('hex') === official[name];

const dims = [3, 32, 32] as const;
const area = 32 * 32;
const pixelBytes = 3 * area;
/** One image in a file: its label, then 1024 red, 1024 green and 1024 blue values, row by row. */
const recordBytes = 1 + pixelBytes;
/** Images in each of the official files. */
export const imagesPerFile = 10_000;

/** A file of records from images [count, 32, 32, 3], as image files hold them, and their labels. */
export function encodeRecords(images: Uint8Array, labels: ArrayLike<number>): Uint8Array {
  const records = new Uint8Array(labels.length * recordBytes);
  for (let i = 0; i < labels.length; i += 1) {
    const start = i * recordBytes;
    records[start] = labels[i]!;
    splitColours(images, i * pixelBytes, records, start + 1);
  }
  return records;
}

function splitColours(from: Uint8Array, start: number, to: Uint8Array, offset: number): void {
  for (let place = 0; place < area; place += 1) {
    to[offset + place] = from[start + 3 * place]!;
    to[offset + area + place] = from[start + 3 * place + 1]!;
    to[offset + 2 * area + place] = from[start + 3 * place + 2]!;
  }
}

/**
 * The images of these files in sequence; problems of a file are added to `problems`, and the file is left
 * out.
 */
export function decodeRecords(files: ReadonlyMap<string, Uint8Array>, problems: Problems): Split {
  const good = [...files].filter(([name, bytes]) => {
    const whole = bytes.length > 0 && bytes.length % recordBytes === 0;
    if (!whole)
      problems.add(`${name}: ${bytes.length} bytes are not one or more records of ${recordBytes} bytes`);
    return whole;
  });
  const count = good.reduce((sum, [, bytes]) => sum + bytes.length / recordBytes, 0);
  const pixels = new Uint8Array(count * pixelBytes);
  const labels = new Uint8Array(count);
  let image = 0;
  for (const [name, bytes] of good) {
    const first = image;
    for (let start = 0; start < bytes.length; start += recordBytes) {
      labels[image] = bytes[start]!;
      pixels.set(bytes.subarray(start + 1, start + recordBytes), image * pixelBytes);
      image += 1;
    }
    const last = classNames.length - 1;
    const wrong = describeWrong(
      labels.subarray(first, image),
      (label) => label <= last,
      `labels are not 0 to ${last}`,
    );
    if (wrong) problems.add(`${name}: ${wrong}`);
  }
  return splitOf({ dims, classes: classNames.length, pixels, labels });
}

/** The folder itself, or the one that unpacking the official archive makes in it. */
export async function recordFolder(path: string): Promise<string> {
  const inner = join(path, 'cifar-10-batches-bin');
  return (await namesIn(inner)).length > 0 ? inner : path;
}

/** True when at least one file is named like those of CIFAR-10. */
export const holdsRecords = async (path: string): Promise<boolean> =>
  (await namesIn(await recordFolder(path))).some((name) => recordFiles.includes(name));

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
