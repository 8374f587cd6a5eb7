import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rate } from '../../../../src/core/base/statistics.js';
import { type Results, resultsSchema } from '../../../../src/node/apps/study/study-schema.js';
import { verdictsLike } from '../../../support/study-outcomes.js';

type Attack = Results['attacks'][number];

/** One run of FGSM at epsilon 0.1 and 0.5 on 1000 inputs; the smaller epsilon must never matter. */
const run = (objective: string, tau: number, fooled: number, more: Partial<Attack> = {}): Attack => {
  const point = (budget: number, count: number) => {
    const success = rate(count, 1000);
    // What Algorithm 1 counts over smaller epsilons is no measure of a run at one.
    return {
      budget,
      success: rate(1000, 1000),
      successAtBudget: success,
      robustAccuracy: success,
      untouched: rate(0, 1000),
    };
  };
  return {
    ...{
      model: 'a',
      attack: 'fgsm',
      variant: '',
      objective,
      parameters: {},
      norm: 'Linf',
      budgetName: 'epsilon',
      tau,
    },
    points: [...(tau === 0 ? [point(0.1, 3)] : []), point(0.5, fooled)],
    ...{ zeroGradientElements: null, zeroGradientInputs: null, stuck: null, outcomes: 'outcomes/a.csv' },
    ...more,
  };
};

const trained = [run('cross-entropy', 0, 950), run('cross-entropy-clipped', 0, 940), run('margin', 0, 960)];

describe('verdictsOf', () => {
  it('holds each evaluation of J against the other, the margin and the transfer, at the same tau', () => {
    const verdicts = verdictsLike([
      ...trained,
      run('cross-entropy', 0.1, 900),
      run('cross-entropy-clipped', 0.1, 12),
      run('margin', 0.1, 930),
      run('cross-entropy', 0.1, 700, { variant: 'transfer' }),
    ]);
    expect(
      verdicts.map((v) => [v.objective, v.tau, v.budget, v.before.count, v.after.count, v.verdict]),
    ).toEqual([
      ['cross-entropy', 0.1, 0.5, 950, 900, 'fooled'],
      ['cross-entropy-clipped', 0.1, 0.5, 940, 12, 'masked'],
    ]);
    const clipped = verdicts[1]!;
    expect(clipped.others.map((o) => [o.variant, o.objective, o.after.count])).toEqual([
      ['', 'cross-entropy', 900],
      ['', 'margin', 930],
      ['transfer', 'cross-entropy', 700],
    ]);
    expect(clipped.others[clipped.strongest!]!.objective).toBe('margin');
  });

  it('calls robust what no attack undercuts', () => {
    const hardened = ['cross-entropy', 'cross-entropy-clipped', 'margin'].map((o) => run(o, 0.1, 20));
    expect(verdictsLike([...trained, ...hardened]).map((v) => v.verdict)).toEqual(['robust', 'robust']);
  });

  it('mixes neither models, nor values of tau, nor other attacks in', () => {
    const own = [...trained, run('cross-entropy', 0.1, 20), run('margin', 0.1, 15)];
    const others = [
      run('margin', 0.1, 999, { model: 'b' }),
      run('margin', 0.05, 999),
      run('logits', 0.1, 999, { attack: 'jsma', variant: 'single-shot' }),
    ];
    const [alone] = verdictsLike(own);
    expect(verdictsLike([...own, ...others])[0]).toEqual(alone);
    expect(alone!.verdict).toBe('robust');
    expect(alone!.others).toHaveLength(1);
  });

  it('gives no verdict on what was not measured', () => {
    expect(verdictsLike([])).toEqual([]);
    expect(verdictsLike(trained)).toEqual([]);
    expect(verdictsLike([run('cross-entropy', 0.1, 12)])).toEqual([]);
    expect(verdictsLike([run('margin', 0, 950), run('margin', 0.1, 12)])).toEqual([]);
    const [lonely] = verdictsLike([run('cross-entropy', 0, 950), run('cross-entropy', 0.1, 12)]);
    expect(lonely).toMatchObject({ verdict: 'inconclusive', strongest: null });
  });
});

describe('verdicts at several epsilons', () => {
  it('are given for each, against the other attacks at the same one', () => {
    const at = (objective: string, tau: number, small: number, large: number): Attack => {
      const whole = run(objective, tau, large);
      const [point] = whole.points.slice(-1);
      return { ...whole, points: [{ ...point!, budget: 0.1, successAtBudget: rate(small, 1000) }, point!] };
    };
    const verdicts = verdictsLike([
      at('cross-entropy', 0, 900, 950),
      at('margin', 0, 900, 950),
      at('cross-entropy', 0.1, 20, 20),
      at('margin', 0.1, 30, 940),
    ]);
    expect(verdicts.map((v) => [v.budget, v.before.count, v.others[0]!.after.count, v.verdict])).toEqual([
      [0.1, 900, 30, 'robust'],
      [0.5, 950, 940, 'masked'],
    ]);
  });
});

describe('the published studies', () => {
  it.each(['mnist-paper', 'mnist-paper-regularized', 'cifar10-paper'])(
    'have these verdicts, rates and strongest attacks: %s',
    (name) => {
      const file = `docs/results/${name}/results.json`;
      const results = resultsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
      const judged = new Set(results.verdicts.map((v) => v.budget));
      const rows = results.attacks
        .filter((a) => a.attack === 'fgsm')
        .map((a) => ({ ...a, points: a.points.filter((p) => judged.has(p.budget)) }));
      expect(results.verdicts.length).toBeGreaterThan(30);
      expect(verdictsLike(rows)).toEqual(results.verdicts);
    },
  );
});
