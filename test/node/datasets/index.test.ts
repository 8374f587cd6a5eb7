import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isToolkitError } from '../../../src/core/base/errors.js';
import {
  checkedChoice,
  datasetNamed,
  datasets,
  loadDataset,
  locateDataset,
} from '../../../src/node/datasets/index.js';

describe('the registry of data sets', () => {
  it('has one complete entry per name', () => {
    for (const [name, descriptor] of Object.entries(datasets)) {
      expect(descriptor.name).toBe(name);
      expect(descriptor.name).toMatch(/^[a-z][a-z0-9-]*$/);
      for (const text of [descriptor.title, descriptor.help, descriptor.reference])
        expect(text.length).toBeGreaterThan(5);
      expect(datasetNamed(descriptor.name)).toBe(descriptor);
    }
  });

  it.each([
    ['mnits', 'mnist'],
    ['MNIST', 'mnist'],
    ['imagenet-21k', undefined],
  ])('suggests for %s: %s', (name, nearest) => {
    try {
      datasetNamed(name);
      expect.unreachable();
    } catch (error) {
      expect(isToolkitError(error, 'unknown-name') && error.data).toEqual({
        what: 'data set',
        name,
        known: Object.keys(datasets),
        ...(nearest ? { nearest } : {}),
      });
    }
  });

  it('takes any word for a path where something lies there, and names before paths', async () => {
    const before = process.cwd();
    const folder = mkdtempSync(join(tmpdir(), 'foolproof-test-'));
    try {
      process.chdir(folder);
      expect(() => checkedChoice('photos')).toThrow(expect.objectContaining({ code: 'unknown-name' }));
      for (const name of ['photos', 'mnist']) mkdirSync(name);
      expect([checkedChoice('photos'), checkedChoice('mnist')]).toEqual(['photos', 'mnist']);
      expect((await locateDataset('photos')).descriptor.name).toBe('folder');
      expect((await locateDataset('mnist')).path).toBeUndefined();
      writeFileSync('photos/train-images.idx3-ubyte.gz', '');
      expect((await locateDataset('photos')).descriptor.name).toBe('mnist');
    } finally {
      process.chdir(before);
      rmSync(folder, { recursive: true });
    }
  });

  it('loads by name', async () => {
    expect((await loadDataset('mnist')).name).toBe('mnist');
    await expect(loadDataset('npz')).rejects.toThrowError(/an \.npz file/);
  });
});
