import { describe, expect, it } from 'vitest';
import { compressionFinding, inhibitionFinding } from '../../src/report/findings.js';
import { rate } from '../../src/statistics.js';
import type { Results } from '../../src/studies/results.js';
import { compared, fixture } from './fixture.js';

type Attack = Results['attacks'][number];

/** The fixture with other outcomes: images fooled and images without any gradient, of 1,000 each. */
function outcomes(fooled: (a: Attack) => number, stuck: (a: Attack) => number = () => 0): Results {
  const results = fixture();
  const attacks = results.attacks.map((a) => ({
    ...a,
    zeroGradientInputs: rate(stuck(a), 1000),
    points: a.points.map((p) => ({ ...p, success: rate(fooled(a), 1000) })),
  }));
  return { ...results, attacks, comparisons: compared({ ...results, attacks }) };
}

const inhibited = (a: Attack): boolean => a.tau === 0.1;
const clipped = (a: Attack): boolean => a.objective === 'cross-entropy-clipped';

describe('inhibitionFinding', () => {
  it('averages over the models at the largest epsilon and tau', () => {
    const finding = inhibitionFinding(
      outcomes((a) => (inhibited(a) ? (a.model === 'uncompressed' ? 100 : 400) : 900)),
    )!;
    expect(finding).toMatchObject({ budget: 0.5, tau: 0.1 });
    expect(finding.effects[0]).toMatchObject({ models: 3, objective: 'cross-entropy' });
    expect(finding.effects[0]!.before.value).toBeCloseTo(0.9);
    expect(finding.effects[0]!.after.value).toBeCloseTo(0.3);
    expect(finding.effects[0]!.after.low).toBeLessThan(0.3);
  });

  it('is hidden when another way of computing the loss still succeeds, zeros or not', () => {
    expect(inhibitionFinding(outcomes((a) => (inhibited(a) && clipped(a) ? 100 : 900)))!.verdict).toBe('hidden');
  });

  it('is hidden when zero gradients account for half of the fall or more', () => {
    const fooled = (a: Attack): number => (inhibited(a) ? 100 : 900);
    expect(inhibitionFinding(outcomes(fooled, (a) => (inhibited(a) ? 400 : 0)))!.verdict).toBe('hidden');
    expect(inhibitionFinding(outcomes(fooled, (a) => (inhibited(a) ? 390 : 0)))!.verdict).toBe('inconclusive');
  });

  it('is not hidden when two objectives lie on either side of ten points and nothing vanished', () => {
    const finding = inhibitionFinding(outcomes((a) => (inhibited(a) ? (clipped(a) ? 798 : 802) : 900)))!;
    expect(finding.effects.map((e) => e.verdict)).toEqual(['no-fall', 'unexplained']);
    expect(finding.verdict).toBe('inconclusive');
  });

  it('is mixed when zeros explain one objective and nothing the other', () => {
    const finding = inhibitionFinding(
      outcomes(
        (a) => (inhibited(a) ? 100 : 900),
        (a) => (inhibited(a) && clipped(a) ? 850 : 0),
      ),
    )!;
    expect(finding.effects.map((e) => e.verdict)).toEqual(['unexplained', 'hidden']);
    expect(finding.verdict).toBe('mixed');
  });

  it('needs no gradients to be measured', () => {
    const results = outcomes((a) => (inhibited(a) ? 100 : 900));
    const attacks = results.attacks.map((a) => ({ ...a, zeroGradientInputs: null, zeroGradientElements: null }));
    expect(inhibitionFinding({ ...results, attacks })!.verdict).toBe('inconclusive');
  });

  it('is no effect below ten percentage points', () => {
    expect(inhibitionFinding(outcomes((a) => (inhibited(a) ? 801 : 900)))!.verdict).toBe('no-effect');
  });

  it('needs an inhibited model', () => {
    const results = fixture();
    expect(inhibitionFinding({ ...results, attacks: results.attacks.filter((a) => a.tau === 0) })).toBeUndefined();
  });
});

describe('compressionFinding', () => {
  it('compares by the paired test at the headline epsilon', () => {
    const by: Record<string, number> = { uncompressed: 500, 'hash-1-8': 503, 'hash-1-64': 400 };
    const finding = compressionFinding(outcomes((a) => by[a.model]!))!;
    expect(finding.budget).toBe(0.3);
    expect(finding.others.map((o) => o.effect)).toEqual(['unclear', 'lower']);
  });

  it('falls back to intervals where models were not compared input by input', () => {
    const results = { ...outcomes((a) => (a.model === 'hash-1-64' ? 470 : 500)), comparisons: [] };
    expect(compressionFinding(results)!.others.map((o) => o.effect)).toEqual(['unclear', 'unclear']);
  });

  it('takes the smallest epsilon when all are large', () => {
    const results = fixture();
    const attacks = results.attacks.map((a) => ({ ...a, points: a.points.filter((p) => p.budget > 0.3) }));
    expect(compressionFinding({ ...results, attacks })!.budget).toBe(0.4);
  });
});
