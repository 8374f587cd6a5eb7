import { describe, expect, it } from 'vitest';
import { splitOf } from '../../../src/core/data/dataset.js';
import { loadDataset } from '../../../src/node/datasets/index.js';
import { datasetDigest } from '../../../src/node/datasets/split-digest.js';
import { MemoryStore } from '../../../src/node/store/memory-store.js';
import { decodeDataset, encodeDataset } from '../../../src/node/work/data-artifact.js';
import { DataSource, putDataset } from '../../../src/node/work/data-source.js';
import { dataOf } from '../../support/errors.js';
import { tinyData, tinyReference } from '../../support/tiny-data.js';

/** The same with images that no byte stands for. */
const floats = {
  ...tinyData,
  test: splitOf({
    dims: tinyData.dims,
    classes: 2,
    labels: Int32Array.from(tinyData.test.labels),
    pixels: Float32Array.from(
      tinyData.test.batch([...Array(tinyData.test.count).keys()]).images.data,
      (v) => v * 0.7,
    ),
  }),
};

describe('data as an artifact', () => {
  it.each([
    ['bytes', tinyData],
    ['numbers', floats],
  ])('are the same to the last bit: images that are %s', (_, data) => {
    const { train, test, ...about } = decodeDataset(encodeDataset(data), data.name);
    expect(datasetDigest({ train, test })).toBe(datasetDigest(data));
    const { train: __, test: ___, ...expected } = data;
    expect(about).toEqual(expected);
  });

  it('take a byte for each element where a byte is enough', () => {
    const extra = encodeDataset(floats).length - encodeDataset(tinyData).length;
    expect(extra).toBeGreaterThan(2.9 * tinyData.test.count * 16);
  });

  it.each([Uint8Array.of(1, 2, 3), new Uint8Array()])('that are none are refused', async (bytes) => {
    await dataOf('corrupt-data', async () => decodeDataset(bytes, 'x'));
  });
});

describe('the source of data', () => {
  it('gives what this process has loaded', async () => {
    const source = new DataSource(new MemoryStore(), new Map([[tinyReference.digest, tinyData]]));
    expect(await source.load(tinyReference)).toBe(tinyData);
  });

  it('finds data of the user in the store, whatever they are called', async () => {
    const store = new MemoryStore();
    expect(await putDataset(store, tinyData)).toEqual(tinyReference);
    const source = new DataSource(store);
    const found = await source.load({ ...tinyReference, name: 'other' });
    expect(datasetDigest(found)).toBe(tinyReference.digest);
    expect(await source.load(tinyReference)).toBe(found);
  });

  it('loads data that everybody has by their name, and looks whether they are the same', async () => {
    const digest = datasetDigest(await loadDataset('mnist'));
    const source = new DataSource(new MemoryStore());
    const { received } = await dataOf('data-mismatch', () =>
      source.load({ name: 'mnist', digest: 'a'.repeat(64) }),
    );
    expect(received).toBe(`others, of ${digest.slice(0, 16)}`);
  });

  it.each(['tiny', 'npz', 'folder', '../photos'])('reads no path of its own accord: %s', async (name) => {
    const { received } = await dataOf('data-mismatch', () =>
      new DataSource(new MemoryStore()).load({ ...tinyReference, name }),
    );
    expect(received).toContain('not in the store');
  });
});
