import { describe, expect, it } from 'vitest';
import { isToolkitError } from '../../../src/core/base/errors.js';
import { datasetNamed, datasets, loadDataset } from '../../../src/node/datasets/index.js';

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

  it('loads by name', async () => {
    expect((await loadDataset('mnist')).name).toBe('mnist');
    await expect(loadDataset('npz')).rejects.toThrowError(/an \.npz file/);
  });
});
