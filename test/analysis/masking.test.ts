import { describe, expect, it } from 'vitest';
import { defenceVerdict } from '../../src/analysis/masking.js';
import { rate } from '../../src/statistics.js';

const of1000 = (count: number) => rate(count, 1000);

/** Success before and after, and of the other attacks, of 1000 inputs each. */
const verdict = (before: number, after: number, ...others: number[]) =>
  defenceVerdict({ before: of1000(before), after: of1000(after), others: others.map(of1000) });

describe('defenceVerdict', () => {
  it('a success rate that does not fall clearly is no robustness', () => {
    expect(verdict(900, 900, 10).verdict).toBe('fooled');
    expect(verdict(900, 880, 10).verdict).toBe('fooled');
    // Up is not down.
    expect(verdict(500, 900, 10).verdict).toBe('fooled');
  });

  it('one other attack that still works is enough for masking', () => {
    expect(verdict(950, 12, 10, 948, 11)).toEqual({ verdict: 'masked', strongest: 1 });
    expect(verdict(950, 12, 100).verdict).toBe('masked');
    // Masked although the protocol itself still fools most inputs.
    expect(verdict(950, 700, 940).verdict).toBe('masked');
  });

  it('robust needs every attack to fail clearly more often than before, and on most inputs', () => {
    expect(verdict(950, 12, 10, 14, 13)).toEqual({ verdict: 'robust', strongest: 1 });
    expect(verdict(950, 700, 690).verdict).toBe('fooled');
    expect(verdict(540, 499, 520).verdict).toBe('fooled');
    expect(verdict(580, 490, 510).verdict).toBe('inconclusive');
  });

  it('does not decide without another attack or without inputs', () => {
    expect(verdict(950, 12)).toEqual({ verdict: 'inconclusive', strongest: -1 });
    const nothing = rate(0, 0);
    expect(defenceVerdict({ before: nothing, after: of1000(1), others: [of1000(1)] }).verdict).toBe('inconclusive');
    expect(defenceVerdict({ before: of1000(950), after: nothing, others: [of1000(1)] }).verdict).toBe('inconclusive');
    expect(defenceVerdict({ before: of1000(950), after: of1000(1), others: [nothing] }).verdict).toBe('inconclusive');
  });
});
