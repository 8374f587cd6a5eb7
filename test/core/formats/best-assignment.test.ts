import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bestAssignment } from '../../../src/core/formats/best-assignment.js';

/** The largest sum by trying everything. */
function bestSum(gains: readonly (readonly number[])[], row = 0, taken = 0): number {
  if (row === gains.length) return 0;
  return Math.max(
    ...gains[row]!.map((gain, column) =>
      taken & (1 << column)
        ? Number.NEGATIVE_INFINITY
        : gain + bestSum(gains, row + 1, taken | (1 << column)),
    ),
  );
}

it('gives every row a column of its own, with the largest sum', () => {
  const matrices = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 2 }))
    .chain(([rows, extra]) =>
      fc.array(
        fc.array(fc.integer({ min: -20, max: 20 }), { minLength: rows + extra, maxLength: rows + extra }),
        {
          minLength: rows,
          maxLength: rows,
        },
      ),
    );
  fc.assert(
    fc.property(matrices, (gains) => {
      const columns = bestAssignment(gains);
      expect(new Set(columns).size).toBe(gains.length);
      expect(columns.reduce((sum, column, row) => sum + gains[row]![column]!, 0)).toBe(bestSum(gains));
    }),
  );
});

it('needs a column for every row', () => {
  expect(bestAssignment([])).toEqual([]);
  expect(() => bestAssignment([[1], [2]])).toThrow(RangeError);
});
