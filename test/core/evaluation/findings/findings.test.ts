import { describe, expect, it } from 'vitest';
import { rate } from '../../../../src/core/base/statistics.js';
import { type Evidence, fooledUpTo, type Trial } from '../../../../src/core/evaluation/evidence.js';
import {
  type FindingKind,
  findingKinds,
  findingsOf,
  type Severity,
} from '../../../../src/core/evaluation/findings/index.js';
import type { Probes } from '../../../../src/core/evaluation/probes/index.js';
import { judge } from '../../../../src/core/evaluation/verdict.js';
import type { BatchUse } from '../../../../src/core/models/model-under-test.js';
import { EPSILON, evidenceOf, healthyTrials, hits, insteadOf, trialOf } from '../../../support/evidence.js';

const healthy = evidenceOf(healthyTrials);
const none = rate(0, 100);

/** Every probed image has other logits in another batch, by 20 % of their range, and one another class. */
const batch: BatchUse = {
  ...{ deployed: 1, origin: 'assumed', sizes: [2, 16], refused: [] },
  ...{ predictions: rate(1, 32), logits: rate(32, 32), largest: 0.2 },
};

/** Gradients that agree, a boundary where they say, and answers that rounding does not change. */
const probes: Probes = {
  inputs: 8,
  gradient: {
    distances: [1e-4, 1e-3, 1e-2, 1e-1],
    cosines: [1, 0.99, 0.95, 0.4].map((cosine) => Array(8).fill(cosine)),
    predicted: Array(8).fill(0.1),
  },
  boundary: Array(8).fill(0.2),
  grids: [{ values: { steps: 255, low: [0], high: [1] }, odd: 0, points: 8 }],
};
const gradientOf = (more: Partial<NonNullable<Probes['gradient']>>) => ({
  ...probes,
  gradient: { ...probes.gradient!, ...more },
});

const kinds: readonly FindingKind[] = Object.values(findingKinds);
const kindOf = (id: string): FindingKind => kinds.find((kind) => kind.id === id)!;
const look = (id: string, evidence: Evidence) => kindOf(id).look(evidence);
const severities = (id: string, evidence: Evidence) => look(id, evidence).map(({ severity }) => severity);
/** Of the only observation: how many of how many. */
const counts = (id: string, evidence: Evidence) => {
  const observations = look(id, evidence);
  expect(observations).toHaveLength(1);
  return observations[0]!.numbers.map(({ rate: { count, total } }) => [count, total]);
};

interface Case {
  readonly evidence: Evidence;
  readonly severity: Severity;
  /** Counts out of totals. */
  readonly numbers: readonly (readonly [number, number])[];
  readonly trials: readonly string[];
}

/** For every kind an evaluation that shows it, and no more of it than this. */
const cases: Readonly<Record<string, Case>> = {
  chance: {
    evidence: evidenceOf(healthyTrials, { correct: hits(12) }),
    ...{ severity: 'unreliable', numbers: [[12, 100]], trials: [] },
  },
  randomness: {
    evidence: evidenceOf(healthyTrials, { changedAnswers: rate(1, 100) }),
    ...{ severity: 'unreliable', numbers: [[1, 100]], trials: [] },
  },
  probabilities: {
    evidence: evidenceOf(healthyTrials, { probabilities: true }),
    ...{ severity: 'unreliable', numbers: [], trials: [] },
  },
  'no-gradient': {
    evidence: evidenceOf(healthyTrials, { refusal: 'model: cannot be differentiated: TopK' }),
    ...{ severity: 'unreliable', numbers: [], trials: [] },
  },
  'zero-gradients': {
    evidence: evidenceOf(
      insteadOf(trialOf('one-step', 'fgsm cross-entropy-clipped', 20, { zeroGradients: rate(60, 100) })),
    ),
    severity: 'masking',
    numbers: [
      [60, 100],
      [20, 100],
      [50, 100],
    ],
    trials: ['fgsm cross-entropy-clipped', 'pgd margin'],
  },
  'loss-dependence': {
    evidence: evidenceOf(
      [
        trialOf('one-step', 'fgsm cross-entropy-clipped', 260, { inputs: 500 }),
        trialOf('one-step', 'fgsm margin', 493, { inputs: 500 }),
      ],
      { inputs: 500 },
    ),
    severity: 'masking',
    numbers: [
      [260, 500],
      [493, 500],
    ],
    trials: ['fgsm cross-entropy-clipped', 'fgsm margin'],
  },
  'grid-dependence': {
    evidence: evidenceOf(
      [
        ...healthyTrials,
        trialOf('iterative', 'pgd margin', 90, { id: 'pgd margin, rounded', rounded: true, silent: none }),
      ],
      { probes },
    ),
    severity: 'masking',
    numbers: [
      [90, 100],
      [50, 100],
    ],
    trials: ['pgd margin, rounded', 'pgd margin'],
  },
  'shattered-gradient': {
    evidence: evidenceOf(healthyTrials, {
      probes: gradientOf({ cosines: [0.9, 0.3, 0.1, 0.1].map((cosine) => Array(8).fill(cosine)) }),
    }),
    ...{ severity: 'unreliable', numbers: [[8, 8]], trials: [] },
  },
  'gradient-predicts-another-distance': {
    evidence: evidenceOf(healthyTrials, {
      probes: gradientOf({ predicted: [0.1, 0.1, ...Array(6).fill(3)] }),
    }),
    ...{ severity: 'unreliable', numbers: [[6, 8]], trials: [] },
  },
  'no-independent-attack': {
    evidence: evidenceOf(
      healthyTrials.filter(({ role }) => role !== 'gradient-free'),
      { probes },
    ),
    ...{ severity: 'unreliable', numbers: [[0, 100]], trials: [] },
  },
  substitute: {
    evidence: evidenceOf([...healthyTrials, trialOf('substitute', 'apgd margin', 71, { id: 'learnt' })]),
    severity: 'masking',
    numbers: [
      [71, 100],
      [50, 100],
    ],
    trials: ['learnt', 'pgd margin'],
  },
  'black-box': {
    evidence: evidenceOf(insteadOf(trialOf('gradient-free', 'square', 70))),
    severity: 'masking',
    numbers: [
      [70, 100],
      [50, 100],
    ],
    trials: ['square', 'pgd margin'],
  },
  transfer: {
    evidence: evidenceOf([...healthyTrials, trialOf('transfer', 'apgd cross-entropy', 71, { id: 'stolen' })]),
    severity: 'masking',
    numbers: [
      [71, 100],
      [50, 100],
    ],
    trials: ['stolen', 'pgd margin'],
  },
  noise: {
    evidence: evidenceOf([
      trialOf('noise', 'noise', 40),
      trialOf('one-step', 'fgsm', 25),
      trialOf('iterative', 'pgd', 50),
    ]),
    severity: 'masking',
    numbers: [
      [40, 100],
      [25, 100],
    ],
    trials: ['noise', 'fgsm'],
  },
  'one-step': {
    evidence: evidenceOf(insteadOf(trialOf('one-step', 'fgsm margin', 60))),
    severity: 'masking',
    numbers: [
      [60, 100],
      [50, 100],
    ],
    trials: ['fgsm margin', 'pgd margin'],
  },
  unbounded: {
    evidence: evidenceOf([trialOf('unbounded', 'pgd', 70, { budgets: [1] })]),
    ...{ severity: 'unreliable', numbers: [[30, 100]], trials: ['pgd'] },
  },
  'not-monotone': {
    evidence: evidenceOf([
      trialOf('iterative', 'apgd', 0, {
        budgets: [0.025, 0.05, 0.1],
        fooledAt: [hits(50), hits(60), hits(40)],
      }),
    ]),
    severity: 'unreliable',
    numbers: [
      [60, 100],
      [40, 100],
    ],
    trials: ['apgd'],
  },
  'no-better-than-noise': {
    evidence: evidenceOf(insteadOf(trialOf('iterative', 'pgd margin', 4))),
    severity: 'unreliable',
    numbers: [
      [4, 100],
      [2, 100],
      [50, 100],
    ],
    trials: ['pgd margin', 'noise', 'apgd cross-entropy, 200 steps'],
  },
  'does-nothing': {
    evidence: evidenceOf(insteadOf(trialOf('iterative', 'pgd margin', 50, { untouched: rate(9, 100) }))),
    ...{ severity: 'unreliable', numbers: [[9, 100]], trials: ['pgd margin'] },
  },
  'batch-dependence': {
    evidence: evidenceOf(healthyTrials, { batch }),
    severity: 'unreliable',
    numbers: [
      [32, 32],
      [1, 32],
    ],
    trials: [],
  },
  'tied-formats': {
    evidence: evidenceOf(healthyTrials, {
      tied: [
        { description: 'NCHW, -1 to 1', accuracy: rate(48, 48), budgetRatio: 2 },
        { description: 'NHWC', accuracy: rate(47, 48), budgetRatio: 1 },
      ],
    }),
    ...{ severity: 'note', numbers: [[48, 48]], trials: [] },
  },
  'undefined-outputs': {
    evidence: evidenceOf(healthyTrials, { noClass: { clean: rate(0, 100), attacked: rate(4, 100) } }),
    ...{ severity: 'note', numbers: [[4, 100]], trials: [] },
  },
  'silent-success': {
    evidence: evidenceOf(insteadOf(trialOf('iterative', 'pgd margin', 50, { silent: rate(3, 100) }))),
    ...{ severity: 'unreliable', numbers: [[3, 100]], trials: ['pgd margin'] },
  },
  unconverged: {
    evidence: evidenceOf(
      insteadOf(trialOf('longer', 'apgd cross-entropy', 61, { id: 'apgd cross-entropy, 200 steps' })),
    ),
    severity: 'unreliable',
    numbers: [
      [61, 100],
      [49, 100],
    ],
    trials: ['apgd cross-entropy, 200 steps', 'apgd cross-entropy'],
  },
  'spared-attack': {
    evidence: evidenceOf(
      [
        trialOf('one-step', 'fgsm cross-entropy', 2, { undefended: [hits(95)] }),
        trialOf('one-step', 'fgsm margin', 90, { undefended: [hits(94)] }),
      ],
      { claim: 'fgsm cross-entropy' },
    ),
    severity: 'masking',
    numbers: [
      [95, 100],
      [2, 100],
      [94, 100],
      [90, 100],
    ],
    trials: ['fgsm cross-entropy', 'fgsm margin'],
  },
  'unconfirmed-defence': {
    evidence: evidenceOf([trialOf('one-step', 'fgsm cross-entropy', 2, { undefended: [hits(95)] })], {
      claim: 'fgsm cross-entropy',
    }),
    severity: 'unreliable',
    numbers: [
      [95, 100],
      [2, 100],
    ],
    trials: ['fgsm cross-entropy'],
  },
  saturation: {
    evidence: evidenceOf(healthyTrials, { saturated: rate(5, 100) }),
    ...{ severity: 'note', numbers: [[5, 100]], trials: [] },
  },
};

describe('every kind of finding', () => {
  it('has an example here, and an id of its own', () => {
    const ids = kinds.map(({ id }) => id);
    expect(ids).toEqual(Object.keys(findingKinds));
    expect(Object.keys(cases).sort()).toEqual([...ids].sort());
  });

  it.each(kinds.map((kind) => [kind.id, kind] as const))(
    '%s says what it is, who found it, what to do',
    (_, kind) => {
      for (const text of [kind.title, kind.explains, kind.source, kind.next]) {
        expect(text.trim()).not.toBe('');
        // Flags and commands are known to the command line alone.
        expect(text).not.toMatch(/--[a-z]|foolproof/);
      }
      expect(kind.explains.length).toBeGreaterThan(kind.title.length);
    },
  );

  it.each(kinds.map(({ id }) => [id]))('%s is seen where it is, with its numbers', (id) => {
    const { evidence, severity, numbers, trials } = cases[id]!;
    const observations = look(id, evidence);
    expect(observations).toHaveLength(1);
    const [observation] = observations;
    expect(observation).toMatchObject({ severity, trials });
    expect(observation!.numbers.map(({ rate: { count, total } }) => [count, total])).toEqual(numbers);
    for (const { label, rate: value } of observation!.numbers) {
      expect(label).not.toBe('');
      expect(observation!.text).toContain(
        `${(100 * value.value!).toFixed(1)} % (${value.count} of ${value.total})`,
      );
    }
    for (const trial of trials) {
      expect(evidence.trials.map((t) => t.id)).toContain(trial);
      expect(observation!.text).toContain(trial);
    }
  });

  it.each(kinds.map(({ id }) => [id]))('%s is not seen where all is well', (id) => {
    expect(look(id, healthy)).toEqual([]);
  });

  it.each(kinds.map(({ id }) => [id]))('%s is not seen where nothing was tried or nothing is right', (id) => {
    expect(look(id, evidenceOf([]))).toEqual([]);
    expect(look(id, evidenceOf([], { inputs: 0 }))).toEqual([]);
    const hopeless = evidenceOf(healthyTrials, { correct: hits(0) });
    expect(look(id, hopeless)).toHaveLength(id === 'chance' ? 1 : 0);
    const empty = healthyTrials.map((trial) => ({
      ...trial,
      fooledAt: trial.fooledAt.map(() => new Uint8Array(0)),
      untouched: rate(0, 0),
      ...(trial.zeroGradients && { zeroGradients: rate(0, 0) }),
      ...(trial.silent && { silent: rate(0, 0) }),
    }));
    expect(look(id, evidenceOf(empty, { inputs: 0 }))).toEqual([]);
  });
});

describe('answers that depend on the batch', () => {
  const seen = (changes: Partial<BatchUse>) =>
    severities('batch-dependence', evidenceOf(healthyTrials, { batch: { ...batch, ...changes } }));

  it('rule out "robust" where another batch gives other answers and none was stated', () => {
    expect(seen({})).toEqual(['unreliable']);
    expect(seen({ largest: 0.05, predictions: rate(2, 32) })).toEqual(['unreliable']);
    const { verdict, why } = judge(evidenceOf(insteadOf(), { inputs: 100, batch }));
    expect([verdict, why]).toEqual(['inconclusive', expect.stringContaining('batch size 1')]);
  });

  it.each<[string, Partial<BatchUse>]>([
    ['small', { largest: 0.07 }],
    ['judged as the user stated', { origin: 'given', deployed: 8 }],
    ['fixed by the file', { origin: 'file', deployed: 4 }],
  ])('are a note where they are %s', (_, changes) => {
    expect(seen(changes)).toEqual(['note']);
  });

  it('are none where they do not', () => {
    expect(seen({ deployed: null })).toEqual([]);
  });
});

describe('findingsOf', () => {
  it('corrects for the number of pairs that it compares', () => {
    // Eight of eight: p = 0.008, which alone is significant and among a dozen pairs is not.
    const few = insteadOf(
      trialOf('gradient-free', 'square', hits(58)),
      trialOf('iterative', 'pgd margin', 50),
    );
    const alone = look('black-box', evidenceOf(few));
    expect(alone).toHaveLength(1);
    const seen = findingsOf(evidenceOf(few)).filter(({ id }) => id === 'black-box');
    expect(seen).toHaveLength(0);
    const many = insteadOf(trialOf('gradient-free', 'square', 75));
    expect(findingsOf(evidenceOf(many)).some(({ id }) => id === 'black-box')).toBe(true);
  });

  it('puts the gravest first and says of each which kind it is', () => {
    const all = findingsOf(
      evidenceOf(insteadOf(trialOf('gradient-free', 'square', 70)), {
        probabilities: true,
        saturated: rate(50, 100),
      }),
    );
    expect(all.map(({ id, severity }) => [id, severity])).toEqual([
      ['black-box', 'masking'],
      ['probabilities', 'unreliable'],
      ['saturation', 'note'],
    ]);
    const kind = kindOf('black-box');
    expect(all[0]).toMatchObject({ title: kind.title, source: kind.source, next: kind.next });
    expect(findingsOf(healthy)).toEqual([]);
  });
});

describe('fooledUpTo', () => {
  const trial = trialOf('iterative', 'apgd', 0, {
    budgets: [0.1, 0.1 + 0.2, 0.5],
    fooledAt: [hits(1, 4, 0), hits(1, 4, 1), hits(1, 4, 2)],
  });

  it.each([
    [0.09, [0, 0, 0, 0]],
    [0.1, [1, 0, 0, 0]],
    // 0.1 + 0.2 is a hair above 0.3.
    [0.3, [1, 1, 0, 0]],
    [9, [1, 1, 1, 0]],
  ])('%d: counts this budget and smaller ones', (epsilon, expected) => {
    expect(Array.from(fooledUpTo(trial, epsilon))).toEqual(expected);
  });
});

describe('a difference', () => {
  const blackBox = (free: number, own: number, inputs: number, correct = inputs) =>
    look(
      'black-box',
      evidenceOf(
        [trialOf('gradient-free', 'square', free, { inputs }), trialOf('iterative', 'pgd', own, { inputs })],
        {
          inputs,
          correct: hits(correct, inputs),
        },
      ),
    );

  it.each([
    // Of a single pair, five inputs of one kind and none of the other have p = 2^-4, six 2^-5.
    ['25 points, but five inputs may be chance', 6, 1, 20, false],
    ['six inputs are too many for chance', 7, 1, 20, true],
    ['certain, but not worth speaking of', 149, 100, 1000, false],
    ['five points, and certain', 150, 100, 1000, true],
    ['five points of another size, as floats have them', 900, 850, 1000, true],
    ['the other way round', 1, 9, 20, false],
    ['none', 9, 9, 20, false],
  ])('%s', (_, free, own, inputs, seen) => {
    expect(blackBox(free, own, inputs)).toHaveLength(seen ? 1 : 0);
  });

  it('is measured by the inputs on which only one succeeds, in either direction', () => {
    const against = (pgd: Uint8Array) =>
      look(
        'black-box',
        evidenceOf([trialOf('gradient-free', 'square', 60), trialOf('iterative', 'pgd', pgd)]),
      );
    expect(against(hits(45))).toHaveLength(1);
    // Also 45, of which 20 are others.
    expect(against(hits(45, 100, 35))).toEqual([]);
  });

  it('counts inputs that were right before, and no others', () => {
    // 70 against 50, but of the first 50 inputs both fool all.
    expect(blackBox(70, 50, 100, 50)).toEqual([]);
    const [seen] = blackBox(70, 50, 100, 60);
    expect(seen!.numbers.map(({ rate: { count, total } }) => [count, total])).toEqual([
      [60, 60],
      [50, 60],
    ]);
  });

  it('is looked for among the inputs that both were tried on', () => {
    const pgd = (fooled: Uint8Array) => trialOf('iterative', 'pgd', fooled);
    const square = trialOf('gradient-free', 'square', 30, { inputs: 40 });
    const where = (fooled: Uint8Array) => evidenceOf([square, pgd(fooled)]);
    expect(counts('black-box', where(hits(10)))).toEqual([
      [30, 40],
      [10, 40],
    ]);
    // As many in all, though none of them among the first forty.
    expect(counts('black-box', where(hits(60, 100, 40)))).toEqual([
      [30, 40],
      [0, 40],
    ]);
    expect(look('black-box', where(hits(30)))).toEqual([]);
  });

  it('is no matter of larger budgets, and smaller ones count', () => {
    const square = trialOf('gradient-free', 'square', 0, {
      budgets: [EPSILON / 2, EPSILON, 2 * EPSILON],
      fooledAt: [hits(10, 100, 90), hits(5), hits(100)],
    });
    expect(counts('black-box', evidenceOf([square, trialOf('iterative', 'pgd', 0)]))).toEqual([
      [15, 100],
      [0, 100],
    ]);
  });
});

describe('comparisons of attacks', () => {
  it('take the strongest of a role', () => {
    const evidence = evidenceOf(
      insteadOf(trialOf('gradient-free', 'square', 58)).concat(
        trialOf('gradient-free', 'hop', 60),
        trialOf('iterative', 'bim', 45),
      ),
    );
    expect(look('black-box', evidence)[0]!.trials).toEqual(['hop', 'pgd margin']);
  });

  it('see a one-step attack as one that follows the gradient, too', () => {
    const evidence = evidenceOf([trialOf('gradient-free', 'square', 40), trialOf('one-step', 'fgsm', 20)]);
    expect(look('black-box', evidence)[0]!.trials).toEqual(['square', 'fgsm']);
    expect(look('one-step', evidence)).toEqual([]);
  });

  it('hold noise against each gradient attack by itself', () => {
    const evidence = evidenceOf([
      trialOf('noise', 'noise', 40),
      trialOf('one-step', 'fgsm', 20),
      trialOf('iterative', 'pgd', 10),
      trialOf('iterative', 'apgd', 60),
    ]);
    expect(look('noise', evidence).map(({ trials }) => trials)).toEqual([
      ['noise', 'fgsm'],
      ['noise', 'pgd'],
    ]);
  });

  it('accuse nothing of masking that fools more than two thirds by itself', () => {
    const evidence = (strong: number, weak: number) =>
      evidenceOf([trialOf('gradient-free', 'square', strong), trialOf('iterative', 'pgd', weak)]);
    expect(severities('black-box', evidence(90, 66))).toEqual(['masking']);
    expect(severities('black-box', evidence(91, 67))).toEqual(['note']);
  });

  it('take a longer attack for what it is longer than', () => {
    const evidence = (name: string) =>
      evidenceOf([trialOf('iterative', 'apgd margin', 40), trialOf('longer', name, 60, { id: 'longer' })]);
    expect(severities('unconverged', evidence('apgd margin'))).toEqual(['unreliable']);
    expect(severities('unconverged', evidence('apgd cross-entropy'))).toEqual([]);
    expect(severities('unconverged', evidence('pgd margin'))).toEqual([]);
  });

  it.each([
    ['no better than noise', 2, 4, 50, 100, true],
    ['five points better', 2, 7, 50, 100, false],
    // Three inputs more are not certain, but noise is not as good either.
    ['better, though on few inputs', 0, 3, 15, 20, false],
    ['as bad as everything else', 2, 4, 6, 100, false],
    ['exactly as noise', 3, 3, 40, 100, true],
    // An attack of many steps may be a little behind the best on a model that is robust.
    ['as noise, but the best is not far', 3, 3, 20, 100, false],
  ])('%s', (_, noise, weak, best, inputs, seen) => {
    const evidence = evidenceOf(
      [
        trialOf('noise', 'noise', noise, { inputs }),
        trialOf('iterative', 'pgd', weak, { inputs }),
        trialOf('iterative', 'apgd', best, { inputs }),
      ],
      { inputs },
    );
    expect(look('no-better-than-noise', evidence)).toHaveLength(seen ? 1 : 0);
  });
});

describe('loss-dependence', () => {
  const pair = (
    weak: string,
    strong: string,
    [a, b]: readonly [number, number],
    role: Trial['role'] = 'iterative',
  ) =>
    evidenceOf([trialOf(role, weak, a, { inputs: 1000 }), trialOf(role, strong, b, { inputs: 1000 })], {
      inputs: 1000,
    });

  it.each<[string, Evidence, readonly Severity[]]>([
    [
      'adversarially trained: DLR finds 5 points more',
      pair('apgd cross-entropy', 'apgd dlr', [500, 550]),
      ['note'],
    ],
    ['less than that', pair('apgd cross-entropy', 'apgd dlr', [500, 549]), []],
    [
      'clipped: 52 % against 98.6 %',
      pair('pgd cross-entropy-clipped', 'pgd margin', [520, 986]),
      ['masking'],
    ],
    ['far, but not half as robust again', pair('pgd cross-entropy', 'pgd margin', [500, 650]), ['note']],
    ['far, and half as robust again', pair('pgd cross-entropy', 'pgd margin', [500, 667]), ['masking']],
    ['half as robust again, but not far', pair('pgd cross-entropy', 'pgd margin', [880, 970]), ['note']],
    ['just far, as floats have it', pair('pgd cross-entropy', 'pgd margin', [660, 775]), ['masking']],
    ['everything is fooled by the other', pair('pgd cross-entropy', 'pgd margin', [600, 1000]), ['masking']],
    // Nobody would take a model for robust of which so little is left.
    [
      'less than a third withstands the weaker one',
      pair('pgd cross-entropy', 'pgd margin', [680, 1000]),
      ['note'],
    ],
    ['a probe fails', pair('pgd logit', 'pgd margin', [520, 986]), ['note']],
    ['DLR fails', pair('apgd dlr', 'apgd cross-entropy', [520, 986]), ['note']],
    ['another attack', pair('pgd cross-entropy', 'apgd margin', [520, 986]), []],
    ['without gradients', pair('square cross-entropy', 'square margin', [520, 986], 'gradient-free'), []],
  ])('%s', (_, evidence, expected) => {
    expect(severities('loss-dependence', evidence)).toEqual(expected);
  });

  it('does not mix attacks of one name in two roles, nor attacks that follow no loss', () => {
    const weak = trialOf('one-step', 'pgd cross-entropy', 20);
    expect(look('loss-dependence', evidenceOf([weak, trialOf('iterative', 'pgd margin', 90)]))).toEqual([]);
    expect(look('loss-dependence', evidenceOf([weak, trialOf('one-step', 'pgd', 90)]))).toEqual([]);
  });
});

describe('zero gradients', () => {
  const fgsm = (zero: number, fooled: number) =>
    trialOf('one-step', 'fgsm cross-entropy', fooled, { zeroGradients: rate(zero, 100) });
  const steep = (fooled: number) =>
    trialOf('one-step', 'fgsm margin', fooled, { zeroGradients: rate(4, 100) });

  it.each<[string, readonly Trial[], readonly Severity[]]>([
    ['none', [fgsm(0, 20), trialOf('iterative', 'pgd', 90)], []],
    ['hide what another attack finds', [fgsm(60, 20), trialOf('gradient-free', 'square', 90)], ['masking']],
    [
      'hide what the gradient of another model finds',
      [fgsm(60, 20), trialOf('transfer', 'pgd', 90)],
      ['masking'],
    ],
    ['too few to explain why one step fails', [fgsm(6, 60), steep(99)], ['note', 'note']],
    ['half of the failures', [fgsm(20, 60), trialOf('iterative', 'pgd', 99)], ['masking']],
    ['less than half of the failures', [fgsm(19, 60), steep(99)], ['note', 'note']],
    ['four of a hundred', [fgsm(4, 92), trialOf('iterative', 'pgd', 100)], ['note']],
    ['nobody knows what they hide', [fgsm(60, 20)], ['unreliable']],
    ['others with a gradient do as well', [fgsm(60, 20), steep(20)], ['note', 'note']],
    [
      'others do as well, whose loss is known to have a gradient from a worse attack',
      [fgsm(60, 20), steep(10), trialOf('iterative', 'pgd margin', 20)],
      ['note', 'note'],
    ],
    // Such as one step from a random start on a model that is flat everywhere: that it
    // never asked proves nothing.
    [
      'others do as well, but nobody knows by which gradient',
      [fgsm(100, 0), trialOf('iterative', 'pgd', 0)],
      ['unreliable'],
    ],
    [
      'the same loss, which has none for one step either',
      [fgsm(100, 0), trialOf('iterative', 'pgd cross-entropy', 0)],
      ['unreliable'],
    ],
    [
      'others with a gradient do as well, but have none either',
      [fgsm(60, 20), trialOf('one-step', 'fgsm margin', 20, { zeroGradients: rate(5, 100) })],
      ['unreliable', 'unreliable'],
    ],
    ['others do worse', [fgsm(60, 20), trialOf('iterative', 'pgd', 19)], ['unreliable']],
    [
      'an attack without bounds finds more, as it must',
      [fgsm(60, 20), trialOf('unbounded', 'pgd', 100, { budgets: [1] })],
      ['unreliable'],
    ],
  ])('%s', (_, trials, expected) => {
    expect(severities('zero-gradients', evidenceOf(trials))).toEqual(expected);
  });
});

describe('signs of a broken protocol', () => {
  it.each([
    [10, 84, true],
    [10, 85, false],
    [2, 40, true],
    [2, 45, false],
    [10, 100, false],
  ])('unbounded: of %d classes, %d of 100 fooled', (classes, fooled, seen) => {
    const evidence = evidenceOf([trialOf('unbounded', 'pgd', fooled, { budgets: [1] })], { classes });
    expect(look('unbounded', evidence)).toHaveLength(seen ? 1 : 0);
  });

  it('unbounded: inputs that were wrong before are not still correct', () => {
    const evidence = evidenceOf([trialOf('unbounded', 'pgd', 70, { budgets: [1] })], { correct: hits(70) });
    expect(look('unbounded', evidence)).toEqual([]);
  });

  it('not-monotone: one step may overshoot; the deepest fall is told', () => {
    const falling = (role: Trial['role'], ...fooled: number[]) =>
      evidenceOf([
        trialOf(role, 'fgsm', 0, {
          budgets: fooled.map((_f, b) => (b + 1) / 10),
          fooledAt: fooled.map((f) => hits(f)),
        }),
      ]);
    const [seen] = look('not-monotone', falling('one-step', 70, 60, 40));
    expect(seen).toMatchObject({
      severity: 'note',
      text: expect.stringMatching(/60\.0 %.* at 0\.2 and 40\.0 %.* at 0\.3/),
    });
    expect(look('not-monotone', falling('iterative', 40, 60, 70))).toEqual([]);
    expect(look('not-monotone', falling('iterative', 40, 36))).toEqual([]);
    expect(severities('not-monotone', falling('iterative', 40, 30))).toEqual(['unreliable']);
  });

  it.each([
    [9, 1000, false],
    [10, 1000, true],
    [0, 0, false],
  ])('silent-success: %d of %d', (count, total, seen) => {
    const evidence = evidenceOf([trialOf('iterative', 'pgd', 0, { silent: rate(count, total) })]);
    expect(look('silent-success', evidence)).toHaveLength(seen ? 1 : 0);
  });

  it.each<[string, Partial<Trial>, boolean]>([
    ['five of a hundred', { untouched: rate(5, 100) }, true],
    ['four of a hundred', { untouched: rate(4, 100) }, false],
    ['where the gradient is zero', { untouched: rate(60, 100), zeroGradients: rate(60, 100) }, false],
    ['where it is not', { untouched: rate(60, 100), zeroGradients: rate(50, 100) }, true],
    ['by an attack without a gradient', { untouched: rate(60, 100), role: 'gradient-free' }, false],
  ])('does-nothing: %s', (_, more, seen) => {
    expect(look('does-nothing', evidenceOf([trialOf('iterative', 'pgd', 0, more)]))).toHaveLength(
      seen ? 1 : 0,
    );
  });

  it.each([
    [10, 15, true],
    [10, 16, false],
    [2, 59, true],
    [2, 60, false],
  ])('chance: of %d classes, right on %d of 100', (classes, right, seen) => {
    expect(look('chance', evidenceOf([], { classes, correct: hits(right) }))).toHaveLength(seen ? 1 : 0);
  });

  it.each([
    [4, false],
    [5, true],
  ])('saturation: %d of 100', (count, seen) => {
    expect(look('saturation', evidenceOf([], { saturated: rate(count, 100) }))).toHaveLength(seen ? 1 : 0);
  });
});
