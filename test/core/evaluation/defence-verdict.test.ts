import { describe, expect, it } from 'vitest';
import { rate } from '../../../src/core/base/statistics.js';
import { defenceVerdict, hasFallen } from '../../../src/core/evaluation/defence-verdict.js';

/** [before, after] of so many inputs. */
type Pair = readonly [number, number];

const effect = ([before, after]: Pair, total: number) => ({
  before: rate(before, total),
  after: rate(after, total),
});
const verdict = (protocol: Pair, others: readonly Pair[], total = 1000) =>
  defenceVerdict(
    effect(protocol, total),
    others.map((other) => effect(other, total)),
  );

describe('defenceVerdict', () => {
  it('masked: one other attack that the defence spared is enough', () => {
    expect(verdict([950, 12], [[940, 10], [950, 948], [960, 11]])).toEqual({ verdict: 'masked', strongest: 1 }); // biome-ignore format: pairs
    expect(verdict([950, 700], [[960, 940]]).verdict).toBe('masked');
    // It lost something, but less than half of what the protocol lost.
    expect(verdict([950, 12], [[950, 500]]).verdict).toBe('masked');
    expect(verdict([950, 12], [[950, 450]]).verdict).not.toBe('masked');
  });

  it('masked already without the defence, where the softmax hides the gradient', () => {
    expect(verdict([30, 25], [[950, 950]]).verdict).toBe('masked');
    expect(verdict([420, 139], [[938, 936]]).verdict).toBe('masked');
  });

  it('an attack that was simply stronger all along is no sign of masking', () => {
    expect(verdict([6000, 4000], [[9500, 5000]], 10_000).verdict).toBe('inconclusive');
    expect(verdict([6000, 4000], [[9500, 6000]], 10_000).verdict).toBe('fooled');
  });

  it('no word about differences that are clear but small', () => {
    expect(verdict([9860, 9780], [[9850, 9850]], 10_000).verdict).toBe('fooled');
    expect(hasFallen(effect([9860, 9780], 10_000))).toBe(false);
    expect(hasFallen(effect([9860, 9360], 10_000))).toBe(true);
    // Large but not resolved.
    expect(hasFallen(effect([24, 18], 40))).toBe(false);
  });

  it('fooled: whatever fell, most inputs still fool the model', () => {
    expect(verdict([950, 940], [[960, 950]]).verdict).toBe('fooled');
    // It fools as many as ever: that another one fools still more hides nothing.
    expect(verdict([800, 800], [[950, 950]]).verdict).toBe('fooled');
    expect(verdict([950, 600], [[950, 580]]).verdict).toBe('fooled');
  });

  it('robust: each attack fell against its own start, and none is near one half', () => {
    expect(verdict([950, 12], [[940, 10], [960, 14]])).toEqual({ verdict: 'robust', strongest: 1 }); // biome-ignore format: pairs
    // An attack that the defence did not touch forbids the word.
    expect(verdict([9900, 4400], [[4480, 4480]], 10_000).verdict).toBe('inconclusive');
    expect(verdict([95, 49], [[95, 49]], 100).verdict).toBe('inconclusive');
  });

  it('does not decide what few inputs leave open, nor without another attack or without inputs', () => {
    expect(verdict([3, 0], [[3, 0]], 20).verdict).toBe('inconclusive');
    expect(verdict([24, 14], [[24, 14]], 40).verdict).toBe('inconclusive');
    expect(verdict([950, 12], [])).toEqual({ verdict: 'inconclusive', strongest: -1 });
    const nothing = rate(0, 0);
    const of = (count: number) => rate(count, 1000);
    const other = [effect([950, 10], 1000)];
    expect(defenceVerdict({ before: nothing, after: of(1) }, other).verdict).toBe('inconclusive');
    expect(defenceVerdict({ before: of(950), after: nothing }, other).verdict).toBe('inconclusive');
    expect(
      defenceVerdict({ before: of(950), after: of(1) }, [{ before: nothing, after: of(1) }]).verdict,
    ).toBe('inconclusive');
  });
});
