import { describe, expect, it } from 'vitest';
import { rate } from '../../src/statistics.js';
import { judgeClaims } from '../../src/studies/claims.js';
import type { Results } from '../../src/studies/results.js';
import { fixture } from '../report/fixture.js';

const claim = (results: Results, id: string) => judgeClaims(results).find((c) => c.id === id)!;

/** The fixture with every success rate of some attacks replaced. */
function withSuccess(match: (a: Results['attacks'][number]) => boolean, count: (budget: number) => number): Results {
  const results = fixture();
  return {
    ...results,
    attacks: results.attacks.map((attack) =>
      match(attack)
        ? {
            ...attack,
            points: attack.points.map((point) => {
              const success = rate(count(point.budget), 1000);
              return { ...point, success, successAtBudget: success };
            }),
          }
        : attack,
    ),
  };
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

  it('resistance: lower counts only when the intervals do not overlap', () => {
    const hashed = (a: Results['attacks'][number]) => a.model !== 'uncompressed' && a.tau === 0;
    expect(
      claim(
        withSuccess(hashed, () => 10),
        'hashnets-resist-better',
      ).verdict,
    ).toBe('reproduced');
    const equal = withSuccess(
      (a) => a.tau === 0,
      () => 500,
    );
    expect(claim(equal, 'hashnets-resist-better')).toMatchObject({
      verdict: 'not reproduced',
      ours: 'clearly lower at 0 of 10 points, clearly higher at 0, within the intervals at 10',
    });
    expect(
      claim(
        withSuccess(hashed, () => 990),
        'hashnets-resist-better',
      ).verdict,
    ).toBe('not reproduced');
    const most = (a: Results['attacks'][number]) => a.model === 'hash-1-64' && a.tau === 0;
    expect(
      claim(
        withSuccess(most, () => 1),
        'more-compression-resists-better',
      ).ours,
    ).toMatch(/clearly lower at \d+ of 10/);
  });

  it('monotony is judged on each epsilon alone', () => {
    expect(claim(fixture(), 'success-rises-with-epsilon').verdict).toBe('reproduced');
    const falling = withSuccess(
      (a) => a.tau === 0,
      (budget) => Math.round(1000 - 1000 * budget),
    );
    expect(claim(falling, 'success-rises-with-epsilon').verdict).toBe('not reproduced');
  });

  it('inhibition: below 10 % with its interval, and the share of zero gradients beside it', () => {
    const stopped = withSuccess(
      (a) => a.tau === 0.1,
      () => 40,
    );
    expect(claim(stopped, 'inhibition-cross-entropy').verdict).toBe('reproduced');
    expect(claim(stopped, 'inhibition-cross-entropy').ours).toContain('to 4.0 %');
    // 9.5 % of 1000 is below 10 %, its interval is not.
    const nearly = withSuccess(
      (a) => a.tau === 0.1,
      () => 95,
    );
    expect(claim(nearly, 'inhibition-cross-entropy').verdict).toBe('not reproduced');
    expect(claim(stopped, 'inhibition-cross-entropy-clipped').note).toMatch(/exactly zero for [\d.]+ % of the inputs/);
  });

  it('gradients: a share that falls and one that rises', () => {
    expect(claim(fixture(), 'gradients-shrink').verdict).toBe('reproduced');
    const results = fixture();
    const same = results.gradients.map((g) => ({ ...g, histogram: results.gradients[0]!.histogram, zeros: 0 }));
    expect(claim({ ...results, gradients: same }, 'gradients-shrink').verdict).toBe('not reproduced');
  });
});
