import { describe, expect, it } from 'vitest';
import { STUDY_RULE } from '../../../../src/core/evaluation/evaluation-rule.js';
import type { Evidence, Trial } from '../../../../src/core/evaluation/evidence.js';
import { effectOf } from '../../../../src/core/evaluation/findings/defence-findings.js';
import { defenceFindings } from '../../../../src/core/evaluation/findings/index.js';
import { judge } from '../../../../src/core/evaluation/verdict.js';
import { evidenceOf, hits, trialOf } from '../../../support/evidence.js';

/** Fooled [before, after] the defence, of so many inputs. */
type Pair = readonly [number, number];

const trial = (name: string, [before, after]: Pair, inputs: number): Trial =>
  trialOf('one-step', name, hits(after, inputs), { undefended: [hits(before, inputs)] });

const evidence = (claim: Pair, others: readonly Pair[], inputs = 1000): Evidence =>
  evidenceOf([trial('claim', claim, inputs), ...others.map((o, i) => trial(`other ${i}`, o, inputs))], {
    rule: STUDY_RULE,
    claim: 'claim',
    inputs,
  });

const verdict = (claim: Pair, others: readonly Pair[], inputs = 1000) =>
  judge(evidence(claim, others, inputs), defenceFindings).verdict;

const fell = (claim: Pair, inputs: number) => {
  const given = evidence(claim, [], inputs);
  return effectOf(given, given.trials[0]!)?.fell;
};

describe('a claim about a defence', () => {
  it('masked: one other attack that the defence spared is enough', () => {
    expect(
      verdict(
        [950, 12],
        [
          [940, 10],
          [950, 948],
          [960, 11],
        ],
      ),
    ).toBe('masked');
    expect(verdict([950, 700], [[960, 940]])).toBe('masked');
    // It lost something, but less than half of what the claim lost.
    expect(verdict([950, 12], [[950, 500]])).toBe('masked');
    expect(verdict([950, 12], [[950, 450]])).not.toBe('masked');
  });

  it('masked already without the defence, where the softmax hides the gradient', () => {
    expect(verdict([30, 25], [[950, 950]])).toBe('masked');
    expect(verdict([420, 139], [[938, 936]])).toBe('masked');
  });

  it('an attack that was simply stronger all along is no sign of masking', () => {
    expect(verdict([6000, 4000], [[9500, 5000]], 10_000)).toBe('inconclusive');
    expect(verdict([6000, 4000], [[9500, 6000]], 10_000)).toBe('fooled');
  });

  it('does not count differences that are clear but small', () => {
    expect(verdict([9860, 9780], [[9850, 9850]], 10_000)).toBe('fooled');
    expect(fell([9860, 9780], 10_000)).toBe(false);
    expect(fell([9860, 9360], 10_000)).toBe(true);
    // Large but not resolved by the intervals, though by the pairs.
    expect(fell([24, 18], 40)).toBe(false);
  });

  it('fooled: whatever fell, most inputs still fool the model', () => {
    expect(verdict([950, 940], [[960, 950]])).toBe('fooled');
    // It fools as many as ever: that another one fools still more hides nothing.
    expect(verdict([800, 800], [[950, 950]])).toBe('fooled');
    expect(verdict([950, 600], [[950, 580]])).toBe('fooled');
  });

  it('robust: each attack fell against its own start, and none is near one half', () => {
    expect(
      verdict(
        [950, 12],
        [
          [940, 10],
          [960, 14],
        ],
      ),
    ).toBe('robust');
    // An attack that the defence did not weaken forbids the word.
    expect(verdict([9900, 4400], [[4480, 4480]], 10_000)).toBe('inconclusive');
    expect(verdict([95, 49], [[95, 49]], 100)).toBe('inconclusive');
  });

  it('does not decide what few inputs leave open, nor without another attack or without inputs', () => {
    expect(verdict([3, 0], [[3, 0]], 20)).toBe('inconclusive');
    expect(verdict([24, 14], [[24, 14]], 40)).toBe('inconclusive');
    expect(verdict([950, 12], [])).toBe('inconclusive');
    expect(verdict([0, 0], [[0, 0]], 0)).toBe('inconclusive');
  });

  it('says by its finding which attack was spared, and which were not weakened', () => {
    const [masked] = judge(
      evidence(
        [950, 12],
        [
          [940, 10],
          [950, 948],
        ],
      ),
      defenceFindings,
    ).findings;
    expect(masked).toMatchObject({ id: 'spared-attack', trials: ['claim', 'other 1'] });
    expect(masked!.text).toBe(
      'claim fools 1.2 % (12 of 1,000) with the defence and 95.0 % (950 of 1,000) without it; ' +
        'other 1 fools 94.8 % (948 of 1,000) with the defence and 95.0 % (950 of 1,000) without it.',
    );
    const [weak] = judge(evidence([9900, 4400], [[4480, 4480]], 10_000), defenceFindings).findings;
    expect(weak).toMatchObject({ id: 'unconfirmed-defence', severity: 'unreliable', trials: ['other 0'] });
  });

  it('needs the attack on the model without the defence', () => {
    const claim = trial('claim', [950, 12], 1000);
    const { undefended: _, ...unmeasured } = trial('other', [950, 948], 1000);
    const given = evidenceOf([claim, unmeasured], { rule: STUDY_RULE, claim: 'claim', inputs: 1000 });
    expect(effectOf(given, unmeasured)).toBeUndefined();
    expect(judge(given, defenceFindings).findings.map(({ id }) => id)).toEqual(['unconfirmed-defence']);
  });
});
