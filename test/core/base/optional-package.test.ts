import { expect, it } from 'vitest';
import type { ToolkitError } from '../../../src/core/base/errors.js';
import { optionalPackage } from '../../../src/core/base/optional-package.js';
import { dataOf } from '../../support/errors.js';

it('a package that is there is loaded', async () => {
  expect(await optionalPackage('x', 'drawing', async () => 7)).toBe(7);
});

it('one that is missing is named, with what it is needed for and how to get it', async () => {
  const cause = new Error("Cannot find package 'sharp' imported from /home/me/a.js\nmore");
  const load = () => optionalPackage('sharp', 'decoding image files', () => Promise.reject(cause));
  expect(await dataOf('package-missing', load)).toEqual({
    package: 'sharp',
    purpose: 'decoding image files',
    reason: "Cannot find package 'sharp'",
  });
  const error = await load().catch((e: unknown) => e);
  expect((error as ToolkitError).message).toMatch(/Install it: npm install sharp\.$/);
  expect((error as ToolkitError).cause).toBe(cause);
});
