import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ToolkitError } from '../../../../src/core/base/errors.js';
import { type Progress, silent } from '../../../../src/core/base/progress.js';
import {
  runName,
  runStudy,
  type StudyOutcome,
  type StudyProfile,
  studyNamed,
} from '../../../../src/node/apps/study/index.js';
import { checkSizes, effectiveProfile } from '../../../../src/node/apps/study/profiles.js';
import type { Results } from '../../../../src/node/apps/study/study-schema.js';
import { nodeRuntime } from '../../../../src/node/runtime.js';
import { RunDirectory } from '../../../../src/node/store/run-directory.js';
import { parsePlan } from '../../../../src/node/work/plan.js';
import { modelsOf, noData, stepsOf } from '../../../support/plans.js';

/** Every kind of step on real images, small enough for a test. */
const tiny = {
  architecture: '784-C8k3-C8k3-F32-10',
  trainImages: 2500,
  learningRate: 0.01,
  epochs: 2,
  models: ['none', 'hash:1/8'],
  testImages: 300,
  inhibitedTestImages: 100,
  attackSamples: 40,
  iterativeSamples: 12,
  epsilons: [0.1, 0.3, 0.5],
  elements: [5, 20],
  taus: [0, 0.5],
};

const mnistProfiles = studyNamed('mnist').profiles;

type Attack = Results['attacks'][number];

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function folder(): Promise<string> {
  folders.push(await mkdtemp(join(tmpdir(), 'foolproof-study-')));
  return folders.at(-1)!;
}

async function study(
  root: string,
  options: { signal?: AbortSignal; progress?: Progress } = {},
): Promise<StudyOutcome> {
  const directory = await RunDirectory.open(root);
  try {
    const runtime = await nodeRuntime();
    return await runStudy(directory, { runtime, profile: 'quick', seed: 7, overrides: tiny, ...options });
  } finally {
    await directory.close();
  }
}

const timeless = ({ results }: StudyOutcome) => ({ ...results, finished: '' });

/** As if what is unfinished had been begun on another machine. */
async function moved(root: string): Promise<void> {
  const [step] = await readdir(join(root, 'scratch'));
  const file = join(root, 'scratch', step!, 'environments.json');
  const [place, ...others] = JSON.parse(await readFile(file, 'utf8'));
  expect(others).toEqual([]);
  await writeFile(file, JSON.stringify([{ ...place, cpu: 'another one', device: 'cuda' }]));
}

/** Aborts when a step whose label matches has done some work. */
function abortIn(label: RegExp): { signal: AbortSignal; progress: Progress } {
  const controller = new AbortController();
  let inside = false;
  const progress = {
    ...silent,
    begin: (name: string) => {
      inside = label.test(name);
    },
    advance: (done: number) => {
      if (inside && done > 0) controller.abort();
    },
  };
  return { signal: controller.signal, progress };
}

describe('the MNIST study', () => {
  it('measures every model in every way, and a second run only reads', async () => {
    const root = await folder();
    const first = await study(root);
    const { results } = first;
    expect(results.models.map((m) => m.id)).toEqual(['uncompressed', 'hash-1-8']);
    // Chance is 10 %; a network that learned does better.
    for (const model of results.models) expect(model.cleanAccuracy.low).toBeGreaterThan(0.3);
    // Three objectives at each tau, the transfer at tau > 0, and HJSMA in four ways.
    expect(results.attacks).toHaveLength(2 * (3 + 3 + 1 + 4));
    const kind = (a: Attack) => `${a.attack} ${a.variant}`.trim();
    const lengths = results.attacks.map((a) =>
      [kind(a), a.tau, a.points.length, a.points[0]!.success.total].join(' | '),
    );
    expect(new Set(lengths)).toEqual(
      new Set([
        'fgsm | 0 | 3 | 40',
        'fgsm | 0.5 | 1 | 40',
        'fgsm transfer | 0.5 | 1 | 40',
        'jsma single-shot | 0 | 2 | 40',
        'jsma iterative | 0 | 2 | 12',
        'jsma iterative pairs | 0 | 2 | 12',
      ]),
    );
    for (const a of results.attacks) {
      // No curve can fall: Algorithm 1 counts an input once it was fooled.
      const counts = a.points.map((p) => p.success.count);
      expect(counts).toEqual([...counts].sort((x, y) => x - y));
      expect(a.stuck === null).toBe(a.attack === 'fgsm');
    }
    expect(results.verdicts.map((v) => [v.model, v.objective, v.tau, v.others.length])).toEqual(
      ['uncompressed', 'hash-1-8'].flatMap((model) =>
        ['cross-entropy', 'cross-entropy-clipped'].map((objective) => [model, objective, 0.5, 3]),
      ),
    );
    expect(results.inhibition.map((i) => [i.model, i.tau, i.cleanAccuracy.total])).toEqual([
      ['uncompressed', 0, 100],
      ['uncompressed', 0.5, 100],
      ['hash-1-8', 0, 100],
      ['hash-1-8', 0.5, 100],
    ]);
    expect(results.models.map((m) => m.cleanAccuracy.total)).toEqual([300, 300]);
    expect(results.weights.filter((w) => w.layer === 'all')).toHaveLength(2);
    for (const g of results.gradients) {
      const binned = g.histogram.counts.reduce((a, b) => a + b, 0);
      expect(binned + g.zeros + g.below + g.above).toBe(g.images);
    }
    expect(results.models[1]!.parameters.stored * 4).toBeLessThan(results.models[1]!.parameters.virtual);
    expect(first.reused).toBe(0);

    const second = await study(root);
    expect(second.reused).toBe(2 * (1 + 1 + 2 + 11 + 1 + 2));
    expect(timeless(second)).toEqual(timeless(first));
  });

  it('gives the same results when it was interrupted in training and in an attack', async () => {
    const whole = timeless(await study(await folder()));
    const root = await folder();
    for (const label of [/train uncompressed/, /HashNet.*fgsm/]) {
      const error = await study(root, abortIn(label)).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(ToolkitError);
      expect((error as ToolkitError).code).toBe('interrupted');
      if (label.test('train uncompressed')) await moved(root);
    }
    const resumed = await study(root);
    expect(resumed.reused).toBeGreaterThan(5);
    // Only where it was done differs, and that is told.
    const [uncompressed, hashed] = resumed.results.models;
    const here = hashed!.training.environments!;
    expect(here).toHaveLength(1);
    expect(uncompressed!.training.environments).toEqual([
      { ...here[0], cpu: 'another one', device: 'cuda' },
      ...here,
    ]);
    uncompressed!.training.environments = here;
    expect(timeless(resumed)).toEqual(whole);
  });

  it('computes a damaged step again', async () => {
    const root = await folder();
    const first = timeless(await study(root));
    const steps = (await readdir(join(root, 'steps'))).filter((name) => !name.startsWith('train-threads-'));
    const attack = steps.find((name) => name.startsWith('attack-'))!;
    await writeFile(join(root, 'steps', attack, 'outcomes.npz'), 'damaged');
    const second = await study(root);
    expect(second.reused).toBe(steps.length - 1);
    expect(timeless(second)).toEqual(first);
  });

  it('records the versions and the time of the steps, not of the reading', async () => {
    const root = await folder();
    const first = await study(root);
    expect(first.results.profile).toBe('quick, changed');
    expect((await study(root)).results).toEqual(first.results);
  });
});

describe('the plan', () => {
  const data = noData('mnist');
  const planned = (overrides: Partial<StudyProfile>) =>
    studyNamed('mnist').plan(effectiveProfile(mnistProfiles, 'paper', overrides), 1, data);
  const attacksOf = (figures: string[], model = 'uncompressed') =>
    stepsOf(planned({ figures }), model).attacks.map(({ variant, parameters: p }) =>
      [p.attack, variant, p.objective, p.tau, p.budgets.length].join(' '),
    );

  it('is JSON, and can be read again', () => {
    const plan = planned({});
    expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    expect(new Set(plan.steps.map(({ id }) => id)).size).toBe(plan.steps.length);
  });

  it('does only what the figures need', () => {
    const fig3 = planned({ figures: ['3'] });
    expect(modelsOf(fig3)).toHaveLength(5);
    for (const [model] of modelsOf(fig3)) {
      const { attacks, overTau, weights, galleries } = stepsOf(fig3, model);
      expect([attacks, overTau, weights, galleries]).toEqual([[], [], [], []]);
    }
    expect(attacksOf(['7'])).toEqual(['fgsm  cross-entropy 0 1']);
    expect(attacksOf(['9'])).toHaveLength(5);
    expect(attacksOf(['9'], 'hash-1-8')).toEqual(['fgsm  cross-entropy 0 1']);
    expect(attacksOf(['5'])).toEqual([
      'jsma single-shot probabilities 0 10',
      'jsma single-shot logits 0 10',
      'jsma iterative logits 0 10',
      'jsma iterative pairs logits 0 10',
    ]);
    expect(attacksOf(['4'])).toEqual([
      'fgsm  cross-entropy 0 5',
      'fgsm  cross-entropy-clipped 0 5',
      'fgsm  margin 0 5',
    ]);
    expect(attacksOf(['10a'])).toHaveLength(3 + 4 * 4);
    expect(stepsOf(planned({ figures: ['6'] }), 'uncompressed').weights).toHaveLength(1);
    expect(() => planned({ figures: ['8'] })).toThrow(/unknown figure "8"/);
  });

  it('shows a gallery for each kind of attack, of its own outcomes', () => {
    const { attacks, galleries } = stepsOf(planned({}), 'hash-1-16');
    expect(galleries.map((g) => [g.parameters.attack, g.variant, g.parameters.budget])).toEqual([
      ['fgsm', '', 0.3],
      ['jsma', 'iterative pairs', 100],
    ]);
    for (const { outcomes, variant, parameters: shown } of galleries) {
      const { data, attack, objective, parameters, seed, budget } = shown;
      const source = attacks.find((a) => outcomes && 'step' in outcomes && a.id === outcomes.step);
      expect(source?.variant).toBe(variant);
      expect(source?.parameters).toMatchObject({ data, attack, objective, parameters, seed, tau: 0 });
      expect(source?.parameters.budgets).toContain(budget);
    }
  });

  it('the keys of trainings do not know of regularization that there is none of', () => {
    const trainingIn = (profile: string) =>
      stepsOf(studyNamed('mnist').plan(effectiveProfile(mnistProfiles, profile), 1, data), 'hash-1-8').train;
    expect(Object.keys(trainingIn('quick'))).not.toContain('weightDecay');
    expect(trainingIn('paper-regularized')).toMatchObject({
      weightDecay: 0.1,
      augmentation: 'shift:2',
      schedule: 'cosine',
    });
  });
});

describe('profiles', () => {
  const effective = (overrides: Partial<StudyProfile>) => effectiveProfile(mnistProfiles, 'quick', overrides);

  it('name the known ones', () => {
    expect(() => effectiveProfile(mnistProfiles, 'quik')).toThrow(/did you mean "quick"/);
    expect(() => studyNamed('mnit')).toThrow(/did you mean "mnist"/);
  });

  it('order models by compression, and say when they were changed', () => {
    const changed = effective({ models: ['hash:1/64', 'none', 'hash:1/8'] });
    expect(changed.models).toEqual(['none', 'hash:1/8', 'hash:1/64']);
    expect(changed.name).toBe('quick');
    expect(effective({ epochs: 2 }).name).toBe('quick, changed');
  });

  it('refuse what cannot be compared', () => {
    expect(() => effective({ models: ['none', 'inhibit:0.1'] })).toThrow(/hardens every model itself/);
    expect(() => effective({ models: ['hash:1/8', 'hash:0.125'] })).toThrow(/each model once/);
    expect(() => effective({ models: [] })).toThrow(/at least one/);
    expect(() => checkSizes(effective({ attackSamples: 20_000 }), 60_000, 10_000)).toThrow(/from 1 to 10000/);
    expect(() => checkSizes(effective({}), 60_000, 10_000)).not.toThrow();
  });

  it('give every other run a folder of its own', () => {
    expect(runName('mnist', 'quick', 1)).toBe('mnist-quick');
    const names = [
      runName('mnist', 'quick', 2),
      runName('mnist', 'quick', 1, { epochs: 2 }),
      runName('mnist', 'quick', 1),
    ];
    expect(new Set(names).size).toBe(3);
  });
});
