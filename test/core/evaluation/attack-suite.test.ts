import { describe, expect, it } from 'vitest';
import { resolveParameters } from '../../../src/core/attacks/index.js';
import {
  type AuditNorm,
  costOf,
  curveOf,
  type Effort,
  type PlannedAttack,
  suite,
  trialId,
} from '../../../src/core/evaluation/attack-suite.js';
import { roles } from '../../../src/core/evaluation/evidence.js';
import { objectives } from '../../../src/core/models/objectives/index.js';

const norms: readonly AuditNorm[] = ['Linf', 'L2'];
const efforts: readonly Effort[] = ['quick', 'full'];
const all = norms.flatMap((norm) => efforts.map((effort) => [norm, effort] as const));

describe.each(all)('the suite in %s, %s', (norm, effort) => {
  const planned = suite(norm, effort, { shattered: true });

  it('has attacks of this norm alone, whose parameters they know', () => {
    for (const { attack, parameters } of planned) {
      expect(attack?.norm).toBe(norm);
      expect(() => resolveParameters(attack, parameters)).not.toThrow();
    }
  });

  it('has an id for each, also from another model', () => {
    const ids = planned.map((attack) => trialId(attack));
    const followsOther = ({ transferred, substitute }: PlannedAttack) => transferred ?? substitute ?? false;
    const stolen = planned
      .filter(followsOther)
      .map((attack) => trialId(attack, attack.substitute ? 'a substitute' : 'other'));
    const own = ids.filter((_, i) => !followsOther(planned[i]!));
    expect(new Set([...own, ...stolen]).size).toBe(planned.length);
  });

  it('has a trial for each role, and the gradients of others for transfer alone', () => {
    expect(new Set(planned.map(({ role }) => role))).toEqual(new Set(roles));
    for (const { role, transferred, substitute, budgets } of planned) {
      expect(transferred === true).toBe(role === 'transfer');
      expect(substitute === true).toBe(role === 'substitute');
      expect(budgets === 'range').toBe(role === 'unbounded');
    }
  });

  it('names an objective for exactly those that follow one', () => {
    for (const { attack, objective } of planned)
      expect(objective !== undefined).toBe(attack.followsObjective);
  });

  it('makes a longer attack longer, of one that there is', () => {
    const longer = planned.find(({ role }) => role === 'longer')!;
    const same = planned.filter(
      ({ role, attack, objective }) =>
        role === 'iterative' && attack === longer.attack && objective === longer.objective,
    );
    expect(same).toHaveLength(1);
    expect(Number(longer.parameters!.steps)).toBeGreaterThan(Number(same[0]!.parameters!.steps));
  });

  it('follows saturating and other losses alike, with the same effort', () => {
    for (const role of ['one-step', 'iterative']) {
      const pgd = planned.filter((p) => p.role === role && ['fgsm', 'pgd', 'pgd-l2'].includes(p.attack.name));
      expect(pgd.map(({ objective }) => objective!.name)).toEqual(
        expect.arrayContaining(['cross-entropy', 'cross-entropy-clipped', 'margin']),
      );
      expect(new Set(pgd.map(({ parameters, budgets }) => JSON.stringify([parameters, budgets]))).size).toBe(
        1,
      );
    }
  });

  it('expects every attack to cost something', () => {
    for (const { cost } of planned) expect(cost).toBeGreaterThan(0);
  });
});

it('a full suite takes several times as long as a quick one, and has AutoAttack in it', () => {
  for (const norm of norms) {
    const [quick, full] = [suite(norm, 'quick'), suite(norm, 'full')];
    expect(costOf(full, 1, 4)).toBeGreaterThan(4 * costOf(quick, 1, 4));
    const names = full.map(({ attack }) => attack.name.replace('-l2', ''));
    expect(names).toEqual(expect.arrayContaining(['apgd', 'apgd-t', 'fab-t', 'square']));
  }
});

it('an expected cost counts budgets of a curve and models that are followed', () => {
  const { attack } = suite('Linf', 'quick')[0]!;
  const base = { attack, role: 'noise', cost: 10 } as const;
  expect(costOf([{ ...base, budgets: 'epsilon' }], 3, 4)).toBe(10);
  expect(costOf([{ ...base, budgets: 'curve' }], 3, 4)).toBe(40);
  expect(costOf([{ ...base, budgets: 'epsilon', transferred: true }], 3, 4)).toBe(30);
  expect(
    costOf(
      [
        { ...base, budgets: 'range' },
        { ...base, budgets: 'epsilon' },
      ],
      3,
      4,
    ),
  ).toBe(20);
});

describe('trialId', () => {
  it('names the loss where one is followed, whose gradient, and what is special', () => {
    const [noise] = suite('Linf', 'quick');
    const apgd = suite('Linf', 'quick').find(({ role }) => role === 'longer')!;
    expect(trialId(noise!)).toBe('noise');
    expect(trialId({ ...noise!, objective: objectives.margin })).toBe('noise');
    expect(trialId(apgd)).toBe('apgd cross-entropy, 100 steps');
    expect(trialId(apgd, 'dense')).toBe('apgd cross-entropy from dense, 100 steps');
  });
});

describe('curveOf', () => {
  it.each<[number, AuditNorm, readonly number[]]>([
    [0.4, 'Linf', [0.1, 0.2, 0.4, 0.8]],
    [0.5, 'Linf', [0.125, 0.25, 0.5, 1]],
    [0.8, 'Linf', [0.2, 0.4, 0.8]],
    [1, 'Linf', [0.25, 0.5, 1]],
    [2, 'L2', [0.5, 1, 2, 4]],
  ])('%d in %s', (epsilon, norm, expected) => {
    expect(curveOf(epsilon, norm)).toEqual(expected);
  });
});

describe('what probes ask for', () => {
  const rounded = (planned: readonly PlannedAttack[]) => planned.filter((attack) => attack.rounded);

  it('averaged gradients where the own ones are shattered, and only there', () => {
    const averaged = (needs?: Parameters<typeof suite>[2]) =>
      suite('Linf', 'quick', needs).filter(({ role }) => role === 'averaged').length;
    expect([averaged(), averaged({ shattered: false }), averaged({ shattered: true })]).toEqual([0, 0, 1]);
  });

  it('one attack that sees what a file holds, and all strong ones where that matters', () => {
    expect(rounded(suite('Linf', 'quick')).map((attack) => trialId(attack))).toEqual(['pgd margin, rounded']);
    const both = suite('Linf', 'quick', { grid: true });
    const strong = suite('Linf', 'quick').filter(
      ({ role, rounded: already }) => !already && ['iterative', 'gradient-free'].includes(role),
    );
    expect(
      rounded(both)
        .map((attack) => trialId(attack))
        .sort(),
    ).toEqual(strong.map((attack) => `${trialId(attack)}, rounded`).sort());
    expect(both.filter((attack) => !attack.rounded)).toEqual(
      suite('Linf', 'quick').filter((attack) => !attack.rounded),
    );
  });
});
