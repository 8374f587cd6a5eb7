import { describe, expect, it } from 'vitest';
import { rate } from '../../../src/core/base/statistics.js';
import { AUDIT_RULE, type EvaluationRule } from '../../../src/core/evaluation/evaluation-rule.js';
import type { Evidence } from '../../../src/core/evaluation/evidence.js';
import type { Finding } from '../../../src/core/evaluation/findings/index.js';
import { judge, summaryOf } from '../../../src/core/evaluation/verdict.js';
import { EPSILON, evidenceOf, healthyTrials, hits, insteadOf, trialOf } from '../../support/evidence.js';

const finding = (severity: Finding['severity'], id = 'test'): Finding => ({
  ...{
    id,
    severity,
    title: 'Test',
    text: `A reason, ${severity}.`,
    numbers: [],
    trials: [],
    source: 'none',
    next: '',
  },
});

/** So many of 100 inputs withstand the only attack. */
const withstanding = (count: number): Evidence => evidenceOf([trialOf('iterative', 'pgd', 100 - count)]);
const overall = (
  evidence: Evidence,
  findings: readonly Finding[],
  threshold: number,
  rule: Partial<EvaluationRule> = {},
) => summaryOf({ ...evidence, rule: { ...AUDIT_RULE, ...rule, threshold } }, findings);
const verdictOf = (evidence: Evidence, findings: readonly Finding[] = [], threshold = 0.5) =>
  overall(evidence, findings, threshold).verdict;

describe('summaryOf', () => {
  // The exact 95 % interval of 39 of 100 ends at 0.493, that of 61 begins at 0.507.
  it.each([
    [0, 0.5, 'fooled'],
    [39, 0.5, 'fooled'],
    [40, 0.5, 'inconclusive'],
    [60, 0.5, 'inconclusive'],
    [61, 0.5, 'robust'],
    [100, 0.5, 'robust'],
    [60, 0.6, 'inconclusive'],
    [10, 0.1, 'inconclusive'],
    [100, 0.97, 'inconclusive'],
    [0, 0, 'robust'],
    [100, 1, 'inconclusive'],
  ])('%d of 100 withstand, threshold %d: %s', (count, threshold, verdict) => {
    expect(verdictOf(withstanding(count), [], threshold)).toBe(verdict);
  });

  it.each([
    [4, 0, 'inconclusive'],
    [6, 0, 'inconclusive'],
    [19, 0, 'inconclusive'],
    [20, 0, 'robust'],
    [6, 6, 'fooled'],
    [5, 5, 'inconclusive'],
  ])('of %d inputs, of which %d are fooled, says %s', (inputs, fooled, verdict) => {
    const evidence = evidenceOf([trialOf('iterative', 'pgd', fooled, { inputs })], { inputs });
    const summary = overall(evidence, [], 0.5);
    expect(summary.verdict).toBe(verdict);
    expect(summary.why.includes('at least 20')).toBe(verdict === 'inconclusive' && inputs >= 6);
  });

  it('asks for the format where a guess was a tie, and epsilon is larger in the other format', () => {
    const tied = (ratio: number) => [
      { description: 'NCHW, -1 to 1', accuracy: rate(48, 48), budgetRatio: ratio },
    ];
    const asked = overall({ ...withstanding(100), tied: tied(2) }, [], 0.5);
    expect(asked.verdict).toBe('inconclusive');
    expect(asked.why).toContain('-1 to 1 fits the images as well, where epsilon is 2 times larger');
    expect(verdictOf({ ...withstanding(100), tied: tied(1) })).toBe('robust');
    expect(verdictOf({ ...withstanding(0), tied: tied(2) })).toBe('fooled');
  });

  it('is never robust where the time ended before all attacks were made', () => {
    const { verdict, why } = overall({ ...withstanding(100), unfinished: ['square'] }, [], 0.5);
    expect([verdict, why]).toEqual(['inconclusive', expect.stringContaining('were made: square.')]);
  });

  it('takes the worst case over attacks for each input', () => {
    const evidence = evidenceOf([
      trialOf('one-step', 'fgsm', hits(30, 100, 0)),
      trialOf('gradient-free', 'square', hits(35, 100, 30)),
    ]);
    const summary = overall(evidence, [], 0.5);
    expect(summary).toMatchObject({
      verdict: 'fooled',
      robustAccuracy: rate(35, 100),
      strongest: { id: 'square' },
    });
    expect(Array.from(summary.robust)).toEqual(Array.from(hits(35, 100, 65)));
    expect(summary.why).toBe(
      'square fools 35.0 % (35 of 100) of the inputs that were classified correctly, all attacks ' +
        'together 65.0 % (65 of 100).',
    );
  });

  it('names no strongest attack where none fools anything', () => {
    const { why, strongest } = overall(withstanding(100), [], 0.5);
    expect(strongest).toBeUndefined();
    expect(why).toBe(
      '100.0 % (100 of 100) of the inputs that were classified correctly are fooled by no attack.',
    );
    expect(overall(withstanding(100), [finding('unreliable')], 0.5).why).toMatch(
      /^No attack fools any of the 100 inputs that were classified correctly\. But:/,
    );
  });

  it('counts neither attacks without bounds nor larger epsilons, but smaller ones', () => {
    const evidence = evidenceOf([
      trialOf('unbounded', 'pgd', 100, { budgets: [1] }),
      trialOf('iterative', 'apgd', 0, {
        budgets: [EPSILON / 2, EPSILON, 2 * EPSILON],
        fooledAt: [hits(5, 100, 90), hits(10), hits(100)],
      }),
    ]);
    expect(overall(evidence, [], 0.5)).toMatchObject({
      verdict: 'robust',
      robustAccuracy: rate(85, 100),
      strongest: { id: 'apgd' },
    });
    const reckless = evidenceOf([trialOf('unbounded', 'pgd', 100, { budgets: [EPSILON / 2] })]);
    expect(overall(reckless, [], 0.5)).toMatchObject({
      verdict: 'inconclusive',
      robustAccuracy: rate(100, 100),
    });
  });

  it('never counts inputs that were wrong as robust, and judges by those that were right', () => {
    const evidence = evidenceOf([trialOf('iterative', 'pgd', hits(20, 100, 80))], { correct: hits(60) });
    expect(overall(evidence, [], 0.9)).toMatchObject({ verdict: 'robust', robustAccuracy: rate(60, 100) });
  });

  it('rests on the inputs that every attack was made on', () => {
    const evidence = evidenceOf([
      trialOf('one-step', 'fgsm', hits(30, 100, 70)),
      trialOf('gradient-free', 'square', 10, { inputs: 40 }),
    ]);
    const { robustAccuracy, robust } = overall(evidence, [], 0.5);
    expect(robustAccuracy).toEqual(rate(30, 40));
    expect(robust).toHaveLength(40);
  });

  it('says masked whatever withstands, where a gradient is hidden', () => {
    for (const count of [0, 50, 99]) {
      const { verdict, why } = overall(withstanding(count), [finding('unreliable'), finding('masking')], 0.5);
      expect(verdict).toBe('masked');
      expect(why).toMatch(/^A reason, masking\. pgd fools/);
    }
  });

  it('does not say robust where the measurement is in doubt; fooled is fooled all the same', () => {
    const doubt = [finding('unreliable')];
    expect(overall(withstanding(100), doubt, 0.5)).toMatchObject({
      verdict: 'inconclusive',
      why: expect.stringContaining('But: A reason, unreliable.'),
    });
    expect(verdictOf(withstanding(50), doubt)).toBe('inconclusive');
    expect(verdictOf(withstanding(39), doubt)).toBe('fooled');
    expect(verdictOf(withstanding(100), [finding('note')])).toBe('robust');
  });

  it('says what interval is in the way where nothing else is', () => {
    const { why } = overall(withstanding(50), [], 0.5);
    expect(why).toContain('(40 to 60 %) contains the threshold of 50 %');
  });

  it.each(['chance', 'randomness'])(
    'says nothing of a model with %s, fooled or masked as it may seem',
    (id) => {
      const lost = finding('unreliable', id);
      expect(overall(withstanding(0), [finding('masking'), lost], 0.5)).toMatchObject({
        verdict: 'inconclusive',
        why: lost.text,
      });
      expect(verdictOf(withstanding(100), [lost])).toBe('inconclusive');
    },
  );

  it('says nothing without attacks or without inputs that were right', () => {
    const nothing = overall(evidenceOf([]), [], 0.5);
    expect(nothing).toMatchObject({ verdict: 'inconclusive', strongest: undefined });
    expect(nothing.why).toMatch(/No attack/);
    const wrong = overall(evidenceOf(healthyTrials, { correct: hits(0) }), [], 0.5);
    expect(wrong).toMatchObject({ verdict: 'inconclusive', robustAccuracy: rate(0, 100) });
    expect(verdictOf(evidenceOf([], { inputs: 0 }))).toBe('inconclusive');
  });
});

describe('the rule of the evidence', () => {
  const evidence = evidenceOf(
    [trialOf('one-step', 'fgsm', hits(45, 100, 0)), trialOf('iterative', 'pgd', hits(45, 100, 55))],
    { correct: hits(80) },
  );

  it('says which inputs count', () => {
    // Of the correct ones 45 and 25 of 80; of all 45 and 45 of 100.
    expect(overall(evidence, [], 0.5).why).toBe(
      'fgsm fools 56.3 % (45 of 80) of the inputs that were classified correctly, all attacks together ' +
        '87.5 % (70 of 80).',
    );
    expect(overall(evidence, [], 0.5, { inputs: 'all' }).why).toBe(
      'fgsm fools 45.0 % (45 of 100) of the attacked inputs, all attacks together 90.0 % (90 of 100).',
    );
  });

  it('says whether the worst case is that of each input, or the strongest attack', () => {
    expect(overall(evidence, [], 0.5, { inputs: 'all' }).verdict).toBe('fooled');
    const single = overall(evidence, [], 0.5, { inputs: 'all', worstCase: 'strongest-attack' });
    expect(single.verdict).toBe('inconclusive');
    expect(single.why).toMatch(
      /^fgsm fools 45\.0 % \(45 of 100\) of the attacked inputs, more than any other attack\./,
    );
    expect(overall(evidence, [], 0.4, { inputs: 'all', worstCase: 'strongest-attack' }).verdict).toBe(
      'robust',
    );
  });

  it('says what tells a difference from chance', () => {
    // Ten inputs of one kind and none of the other: certain when they are paired, within the
    // intervals when they are not.
    const close = evidenceOf([trialOf('gradient-free', 'square', 50), trialOf('iterative', 'pgd', 40)]);
    const found = (rule: Partial<EvaluationRule>) =>
      judge({ ...close, rule: { ...AUDIT_RULE, ...rule } }).findings.map(({ id }) => id);
    expect(found({})).toEqual(['black-box']);
    expect(found({ differences: 'intervals' })).toEqual([]);
  });
});

describe('judge, with the findings of the evidence', () => {
  const few = (fooled: number) =>
    healthyTrials.map((trial) => ({ ...trial, fooledAt: trial.fooledAt.map(() => hits(fooled)) }));
  const unlimited = trialOf('unbounded', 'pgd', 100, { budgets: [1] });
  const sound = [...few(10).filter(({ role }) => role !== 'unbounded' && role !== 'noise'), unlimited];

  it.each<[string, Evidence, string]>([
    ['a weak model', evidenceOf(few(95)), 'fooled'],
    ['a robust one', evidenceOf(sound), 'robust'],
    [
      'a robust one on few inputs',
      evidenceOf([trialOf('iterative', 'pgd', 1, { inputs: 6 })], { inputs: 6 }),
      'inconclusive',
    ],
    ['a masked one', evidenceOf([...sound, trialOf('gradient-free', 'square', 25)]), 'masked'],
    [
      'an attack that gave its success away',
      evidenceOf([...sound, trialOf('iterative', 'bim', 9, { silent: rate(5, 100) })]),
      'inconclusive',
    ],
    [
      'one that is flat everywhere, so that no attack knows a way',
      evidenceOf([
        trialOf('one-step', 'fgsm cross-entropy', 0, { zeroGradients: rate(100, 100) }),
        trialOf('one-step', 'fgsm margin', 0, { zeroGradients: rate(100, 100) }),
        trialOf('iterative', 'pgd margin', 3),
        trialOf('gradient-free', 'square', 3),
      ]),
      'inconclusive',
    ],
    ['a random one', evidenceOf(few(95), { changedAnswers: rate(3, 100) }), 'inconclusive'],
    ['one that is fed wrongly', evidenceOf(few(95), { correct: hits(10) }), 'inconclusive'],
    [
      'one whose cross-entropy is a little weaker than DLR',
      evidenceOf([
        ...sound,
        trialOf('iterative', 'apgd cross-entropy', 25),
        trialOf('iterative', 'apgd dlr', 33),
      ]),
      'robust',
    ],
    [
      'one whose clipped cross-entropy saw nothing',
      evidenceOf(
        insteadOf(trialOf('iterative', 'pgd cross-entropy', 20), trialOf('iterative', 'pgd margin', 50)),
      ),
      'masked',
    ],
  ])('%s', (_, evidence, verdict) => {
    expect(judge(evidence).verdict).toBe(verdict);
  });
});
