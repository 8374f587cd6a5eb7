import { describe, expect, it } from 'vitest';
import { rate } from '../../../../src/core/base/statistics.js';
import type { AuditedModel } from '../../../../src/core/evaluation/audit-schema.js';
import { assertRobust, gateChecks } from '../../../../src/node/apps/audit/gate.js';
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
  (await dataOf('not-robust', () => assertRobust({ models, ...AT }, share))).models;

const AT = { epsilon: 0.1, norm: 'Linf' } as const;

describe('assertRobust', () => {
  it('passes by the lower end of the exact interval', async () => {
    // 61 of 100: from 0.507; 60 of 100: from 0.497.
    expect(() => assertRobust({ ...AT, models: [audited(61, 100)] }, 0.5)).not.toThrow();
    expect(await failures([audited(61, 100), audited(60, 100)], 0.5)).toEqual([
      'm: 60.0 % (60 of 100), at least 49.7 %',
    ]);
  });

  it('passes no model on fewer than 20 images', async () => {
    expect(await failures([audited(19, 19)], 0.5)).toEqual(['m: 19 images, and 20 are needed']);
    expect(() => assertRobust({ ...AT, models: [audited(20, 20)] }, 0.5)).not.toThrow();
    expect(await failures([audited(0, 0)], 0)).toHaveLength(1);
  });

  it('passes no inconclusive model unless it is allowed to', async () => {
    const blind = audited(100, 100, 'inconclusive');
    expect(await failures([blind], 0.5)).toEqual(['m: inconclusive (No gradient.)']);
    expect(() => assertRobust({ ...AT, models: [blind] }, 0.5, { allowInconclusive: true })).not.toThrow();
    expect(() => assertRobust({ ...AT, models: [audited(100, 100, 'masked')] }, 0.5)).not.toThrow();
  });
});

describe('a gate', () => {
  const models = [audited(5, 100, 'masked'), audited(90, 100)];

  it('is every condition on every model, decided', () => {
    const checks = gateChecks({ models, ...AT }, { robustAccuracy: 0.5, verdicts: ['masked', 'fooled'] });
    expect(checks.map(({ required, passed }) => [required, passed])).toEqual([
      ['robust accuracy of at least 50.0 % at epsilon 0.1 (Linf)', false],
      ['verdict other than masked, fooled at epsilon 0.1 (Linf)', false],
      ['robust accuracy of at least 50.0 % at epsilon 0.1 (Linf)', true],
      ['verdict other than masked, fooled at epsilon 0.1 (Linf)', true],
    ]);
    expect(checks[2]?.measured).toMatch(/^90.0 % \(90 of 100\), at least 82\.\d %$/);
  });

  it('has no conditions where none are set', () => {
    expect(gateChecks({ models, ...AT }, {})).toEqual([]);
  });
});
