import { describe, expect, it } from 'vitest';
import { rate } from '../../../../src/core/base/statistics.js';
import type { AuditedModel } from '../../../../src/core/evaluation/audit-schema.js';
import { assertRobust } from '../../../../src/node/apps/audit/assert-robust.js';
import { model } from '../../../support/audit.js';
import { dataOf } from '../../../support/errors.js';

const audited = (
  count: number,
  total: number,
  verdict: AuditedModel['verdict'] = 'robust',
): AuditedModel => ({
  ...model({
    ...{ id: 'm', correct: count, verdict, why: 'No gradient.', trials: [], held: [], strongest: null },
  }),
  robustAccuracy: rate(count, total),
});
const failures = async (models: AuditedModel[], share: number) =>
  (await dataOf('not-robust', () => assertRobust({ models }, share))).models;

describe('assertRobust', () => {
  it('passes by the lower end of the exact interval', async () => {
    // 61 of 100: from 0.507; 60 of 100: from 0.497.
    expect(() => assertRobust({ models: [audited(61, 100)] }, 0.5)).not.toThrow();
    expect(await failures([audited(61, 100), audited(60, 100)], 0.5)).toEqual([
      'm: 60.0 % (60 of 100), at least 49.7 %',
    ]);
  });

  it('passes no model on fewer than 20 images', async () => {
    expect(await failures([audited(19, 19)], 0.5)).toEqual(['m: 19 images, and 20 are needed']);
    expect(() => assertRobust({ models: [audited(20, 20)] }, 0.5)).not.toThrow();
    expect(await failures([audited(0, 0)], 0)).toHaveLength(1);
  });

  it('passes no inconclusive model unless it is allowed to', async () => {
    const blind = audited(100, 100, 'inconclusive');
    expect(await failures([blind], 0.5)).toEqual(['m: inconclusive (No gradient.)']);
    expect(() => assertRobust({ models: [blind] }, 0.5, { allowInconclusive: true })).not.toThrow();
    expect(() => assertRobust({ models: [audited(100, 100, 'masked')] }, 0.5)).not.toThrow();
  });
});
