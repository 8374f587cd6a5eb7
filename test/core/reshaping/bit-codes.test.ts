import { expect, it } from 'vitest';
import { bitsFor, packCodes, storedCodes } from '../../../src/core/reshaping/bit-codes.js';
import { modelOf, numbers, run } from '../../support/run.js';
import { stream } from '../../support/toolkit.js';

it.each([1, 2, 3, 4, 5, 6, 7, 8])('codes of %i bits are read as they were written', async (bits) => {
  const random = stream(bits, 'codes');
  const codes = Array.from({ length: 37 }, () => Math.floor(random.uniform() * 2 ** bits));
  expect(packCodes(codes, bits)).toHaveLength(Math.ceil((37 * bits) / 8));
  const results = await run(modelOf((g) => storedCodes(g, 'codes', codes, bits)));
  expect(numbers(Object.values(results)[0]!)).toEqual(codes);
});

it('takes as many bits as there are values to tell apart', () => {
  expect([1, 2, 3, 4, 5, 32, 33, 256].map(bitsFor)).toEqual([1, 1, 2, 2, 3, 5, 6, 8]);
});
