import { describe, expect, it } from 'vitest';
import { rate } from '../../src/statistics.js';
import { judgeClaims } from '../../src/studies/claims.js';
import type { Results } from '../../src/studies/results.js';
import { compared, fixture } from '../report/fixture.js';

type Attack = Results['attacks'][number];

const claim = (results: Results, id: string) => judgeClaims(results).find((c) => c.id === id)!;

/** The fixture with every success rate of some attacks replaced. */
function withSuccess(match: (a: Results['attacks'][number]) => boolean, count: (budget: number) => number): Results {
  const results = fixture();
  const attacks = results.attacks.map((attack) =>
    match(attack)
      ? {
          ...attack,
          points: attack.points.map((point) => {
            const success = rate(count(point.budget), 1000);
            return { ...point, success, successAtBudget: success };
          }),
        }
      : attack,
  );
  return { ...results, attacks, comparisons: compared({ ...results, attacks }) };
}

describe('claims', () => {
  it('are all judged, with numbers, whatever was measured', () => {
    const empty = { ...fixture(), models: [], attacks: [], weights: [], gradients: [], inhibition: [] };
    expect(new Set(judgeClaims(empty).map((c) => c.verdict))).toEqual(new Set(['not measured']));
    expect(judgeClaims(fixture()).every((c) => c.verdict !== 'not measured')).toBe(true);
  });

  it('accuracy: half a point is hardly any, a point is not', () => {
    const results = fixture();
    expect(claim(results, 'accuracy').verdict).toBe('reproduced');
    expect(claim(results, 'accuracy').ours).toContain('Uncompressed 99.21 %');
    const worse = results.models.map((m) => (m.id === 'hash-1-64' ? { ...m, cleanAccuracy: rate(9821, 10_000) } : m));
    expect(claim({ ...results, models: worse }, 'accuracy').verdict).toBe('not reproduced');
  });

  const hashed = (a: Attack) => a.model !== 'uncompressed' && a.tau === 0;
  const asTrained = (a: Attack) => a.tau === 0;

  it('resistance: by the paired test, ties are no failures, higher points count against', () => {
    const id = 'hashnets-resist-better';
    const lower = withSuccess(hashed, () => 10);
    expect(claim(lower, id)).toMatchObject({
      verdict: 'reproduced',
      ours: expect.stringContaining(
        'cross-entropy: clearly lower at 10 of 10 points, clearly higher at 0, not resolved',
      ),
      note: expect.stringContaining('one training (one seed)'),
    });
    // 500 against 500: nothing resolved; lower at three of five epsilons, ties elsewhere: reproduced.
    const base = (b: number, than: number) =>
      withSuccess(
        (a) => a.tau === 0,
        (budget) => (budget < b ? than : 500),
      );
    expect(claim(base(0, 0), id)).toMatchObject({ verdict: 'not reproduced' });
    const against = (counts: (budget: number) => number) => {
      const results = withSuccess(asTrained, () => 500);
      const attacks = results.attacks.map((a) =>
        hashed(a) ? { ...a, points: a.points.map((p) => ({ ...p, success: rate(counts(p.budget), 1000) })) } : a,
      );
      return { ...results, attacks, comparisons: compared({ ...results, attacks }) };
    };
    expect(
      claim(
        against((b) => (b < 0.35 ? 300 : 500)),
        id,
      ).verdict,
    ).toBe('reproduced');
    expect(
      claim(
        against((b) => (b < 0.35 ? 300 : 700)),
        id,
      ).verdict,
    ).toBe('partly');
    expect(
      claim(
        against((b) => (b < 0.25 ? 300 : 700)),
        id,
      ).verdict,
    ).toBe('not reproduced');
    // 500 against 470 with overlapping intervals, but nearly the same images: the paired test sees it.
    expect(
      claim(
        against(() => 470),
        id,
      ).verdict,
    ).toBe('reproduced');
  });

  it('resistance: models are ordered by what they store, and only HashNets count', () => {
    const results = withSuccess(
      (a) => asTrained(a) && a.model === 'hash-1-64',
      () => 1,
    );
    const shuffled = { ...results, models: [...results.models].reverse() };
    for (const id of [
      'more-compression-resists-better',
      'hashnets-resist-better',
      'gradients-shrink',
      'weight-range',
    ]) {
      expect(claim(shuffled, id).verdict).toBe(claim(results, id).verdict);
    }
    expect(claim(shuffled, 'more-compression-resists-better')).toMatchObject({
      verdict: 'reproduced',
      ours: expect.stringContaining('clearly lower at 5 of 5 points'),
    });
    const pruned = results.models.map((m) => (m.id === 'hash-1-64' ? { ...m, compression: 'prune:1/64' } : m));
    expect(claim({ ...results, models: pruned }, 'hashnets-resist-better').ours).toContain('of 5 points');
  });

  it('monotony is judged on each epsilon alone, and only a clear fall counts', () => {
    const id = 'success-rises-with-epsilon';
    const verdict = (count: (budget: number) => number) => claim(withSuccess(asTrained, count), id).verdict;
    expect(claim(fixture(), id).verdict).toBe('reproduced');
    expect(verdict((b) => (b === 0.5 ? 899 : 500 + 1000 * b))).toBe('reproduced');
    expect(verdict((b) => Math.round(1000 - 1000 * b))).toBe('not reproduced');
    expect(verdict(() => 500)).toBe('not reproduced');
    // Every step down is within the noise, all of them together are not.
    expect(verdict((b) => (b < 0.15 ? 100 : Math.round(960 - 300 * b)))).toBe('not reproduced');
  });

  it('inhibition: one claim, from high to below 10 %, with the evaluation of J that it needs', () => {
    const id = 'inhibition-protects';
    const judged = (before: number, after: (a: Attack) => number) => {
      const low = withSuccess(
        (a) => a.tau === 0,
        () => before,
      );
      const attacks = low.attacks.map((a) =>
        a.tau === 0 ? a : { ...a, points: a.points.map((p) => ({ ...p, success: rate(after(a), 1000) })) },
      );
      return claim({ ...low, attacks }, id);
    };
    expect(judgeClaims(fixture()).filter((c) => c.figure === '10a')).toHaveLength(1);
    const both = judged(900, () => 40);
    expect(both.verdict).toBe('reproduced');
    expect(both.ours).toMatch(/^cross-entropy: average 90\.0 % \(.*\) to 4\.0 % \(.*cross-entropy-clipped: average/);
    expect(both.note).toContain('Holds with both evaluations of J');
    expect(both.note).toMatch(/exactly zero for [\d.]+ % \([\d.]+ to [\d.]+\) of the inputs/);
    // 2.8 % to 2.5 % is no protection, nor is 9.5 % whose interval reaches past 10 %.
    expect(judged(28, () => 25).verdict).toBe('not reproduced');
    expect(judged(900, () => 95).verdict).toBe('not reproduced');
    const one = judged(900, (a) => (a.objective.endsWith('clipped') ? 10 : 890));
    expect(one.verdict).toBe('partly');
    expect(one.note).toContain('Holds with cross-entropy-clipped only');
  });

  it('gradients: both shares must move by half of what they did in the paper', () => {
    const shares = (large: number, small: number, model: string) => {
      const edges = [-30, -25, -15, -10, 0];
      const counts = [0, small, 1000 - large - small, large];
      return {
        ...fixture().gradients.find((g) => g.model === model && g.tau === 0)!,
        zeros: 0,
        histogram: { edges, counts },
      };
    };
    const verdict = (large: number, small: number) =>
      claim(
        { ...fixture(), gradients: [shares(680, 10, 'uncompressed'), shares(large, small, 'hash-1-64')] },
        'gradients-shrink',
      ).verdict;
    expect(verdict(190, 320)).toBe('reproduced');
    expect(verdict(430, 170)).toBe('reproduced');
    expect(verdict(610, 60)).toBe('partly');
    expect(verdict(430, 12)).toBe('not reproduced');
    expect(verdict(670, 320)).toBe('not reproduced');
    expect(verdict(900, 0)).toBe('not reproduced');
    expect(claim(fixture(), 'gradients-shrink').ours).toMatch(/^cross-entropy, /);
  });

  it('medians: over all inputs, zeros included', () => {
    const results = fixture();
    const base = results.gradients.map((g) =>
      g.model === 'uncompressed' && g.tau === 0.01 ? { ...g, zeros: 5000, images: 6000, quantiles: { '0.5': 0 } } : g,
    );
    const judged = claim({ ...results, gradients: base }, 'inhibition-shrinks-gradients');
    expect(judged).toMatchObject({
      verdict: 'reproduced',
      ours: expect.stringContaining('cross-entropy: median 0 (0 to 0) against'),
    });
  });
});
