import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Attack } from '../../../../src/core/attacks/attack.js';
import { attacks } from '../../../../src/core/attacks/index.js';
import { mcnemar, rate } from '../../../../src/core/base/statistics.js';
import type { Dataset } from '../../../../src/core/data/dataset.js';
import { type AuditNorm, type PlannedAttack, suite } from '../../../../src/core/evaluation/attack-suite.js';
import { auditSchema } from '../../../../src/core/evaluation/audit-schema.js';
import type { ModelUnderTest } from '../../../../src/core/models/model-under-test.js';
import { objectives } from '../../../../src/core/models/objectives/index.js';
import { reshapeWeight, reshapings } from '../../../../src/core/reshaping/index.js';
import type { RunAuditOptions } from '../../../../src/node/apps/audit/audit-options.js';
import { runAudit } from '../../../../src/node/apps/audit/run-audit.js';
import { nodeRuntime } from '../../../../src/node/runtime.js';
import { RunDirectory } from '../../../../src/node/store/run-directory.js';
import { attackOf } from '../../../support/attacks.js';
import { classifierOf, linearModel, uniform } from '../../../support/classifiers.js';
import { dataOf } from '../../../support/errors.js';
import { type Linear, linearDistance } from '../../../support/hyperplanes.js';
import { datasetOf, type SubjectOptions, subjectOf } from '../../../support/subjects.js';
import { float32, GraphBuilder } from '../../../support/toolkit.js';
import { useTemporaryFolders } from '../../store/temporary.js';

const temporaryFolder = useTemporaryFolders();
const objective = objectives['cross-entropy']!;
const ELEMENTS = 6;

/**
 * Two classes with a plane between them: the nearest point of the other class is known exactly,
 * and so is how to get there.
 */
const plane = (offset: number): Linear => ({
  weights: [
    [0, 0, 0, 0, 0, 0],
    [3, -2, 1, 2.5, -1.5, -2],
  ],
  biases: [0, offset],
});
const modelOf = ({ weights, biases }: Linear) => linearModel(weights, biases);
const modelWith = (made: (g: GraphBuilder, x: string) => string) => {
  const g = new GraphBuilder();
  g.output(made(g, g.op('Flatten', [g.input('image', 'float32', ['N', 1, 1, ELEMENTS])])), 'logits');
  return g.build();
};

const images = (count: number) => uniform([count, 1, 1, ELEMENTS], 0, 1, 'audit');
const rowsOf = ({ data }: ReturnType<typeof images>) =>
  Array.from({ length: data.length / ELEMENTS }, (_, n) =>
    Array.from(data.slice(n * ELEMENTS, (n + 1) * ELEMENTS)),
  );

/** For each image the class that the model gives, and how far the other one is. */
const truth = (linear: Linear, count: number, norm: AuditNorm = 'Linf') =>
  rowsOf(images(count)).map((x) => linearDistance(norm, linear, x, true));

/** Labels that the model agrees with, but for every seventh. */
const labelsOf = (linear: Linear, count: number) =>
  truth(linear, count).map(({ label }, n) => (n % 7 === 3 ? 1 - label : label));

const everyOne = (count: number) => Uint32Array.from({ length: count }, (_, n) => n);

interface Subject {
  readonly model: ModelUnderTest;
  readonly data: Dataset;
}

async function audited(subjects: readonly Subject[], options: Partial<RunAuditOptions> = {}) {
  const { data } = subjects[0]!;
  const models = subjects.map(({ model }) => model);
  const outcome = await runAudit({
    ...{
      runtime: await nodeRuntime(),
      models,
      data,
      norm: 'Linf',
      epsilon: 0.1,
      indices: everyOne(data.test.count),
      effort: 'quick',
    },
    ...options,
  });
  for (const model of models) await model.release();
  return outcome;
}

async function subject(linear: Linear, count: number, options: SubjectOptions = {}): Promise<Subject> {
  const data = datasetOf(images(count), labelsOf(plane(0), count), 2);
  return { model: await subjectOf(modelOf(linear), data, options), data };
}

const fgsm: PlannedAttack = { attack: attacks.fgsm!, role: 'one-step', objective, budgets: 'curve', cost: 1 };

/** The attack, and how often it was begun. */
function counted(attack: Attack = attacks.fgsm!, before: (made: number) => unknown = () => {}) {
  const made = { count: 0 };
  const spy: Attack = {
    ...attack,
    async prepare(context) {
      made.count += 1;
      await before(made.count);
      return attack.prepare(context);
    },
  };
  return { made, planned: [{ ...fgsm, attack: spy }] };
}

describe.each<AuditNorm>(['Linf', 'L2'])('an audit of a linear model in %s', (norm) => {
  const COUNT = 40;
  const linear = plane(0);
  const correct = truth(linear, COUNT, norm).filter((_, n) => n % 7 !== 3);
  const distances = correct.map(({ distance }) => distance).sort((a, b) => a - b);
  /** Between two inputs, with room on either side. */
  const between = (from: number) => {
    const k = distances.findIndex((d, i) => i >= from && distances[i + 1]! - d > 0.004);
    return [k + 1, (distances[k]! + distances[k + 1]!) / 2] as const;
  };

  it.each([8, 16, 24])('knows exactly how many inputs withstand: epsilon beyond input %d', async (from) => {
    const [fooled, epsilon] = between(from);
    const { results, galleries, stopped } = await audited([await subject(linear, COUNT)], { norm, epsilon });
    expect(stopped).toBe(false);
    const [model] = results.models;
    const right = correct.length;
    expect(model!.cleanAccuracy).toEqual(rate(right, COUNT));
    expect(model!.robustAccuracy).toEqual(rate(right - fooled, COUNT));
    const exact = (e: number) => rate(distances.filter((d) => d > e).length, COUNT);
    for (const { epsilon: e, robustAccuracy } of model!.curve) {
      // Steps that end close to the plane may end on either side.
      if (distances.every((d) => Math.abs(d - e) > 1e-3)) expect([e, robustAccuracy]).toEqual([e, exact(e)]);
    }
    const point = model!.trials
      .find(({ id }) => id === model!.strongest)!
      .points.find((p) => p.epsilon === epsilon)!;
    expect(point.fooled).toEqual(rate(fooled, right));
    expect(point.robustAccuracy).toEqual(rate(right - fooled, COUNT));
    expect(point.success.count).toBeGreaterThanOrEqual(fooled);
    expect(point.success.total).toBe(COUNT);
    expect(model!.findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
    const held = rate(right - fooled, right);
    expect(model!.verdict).toBe(held.high! < 0.5 ? 'fooled' : held.low! >= 0.5 ? 'robust' : 'inconclusive');
    expect(auditSchema.parse(JSON.parse(JSON.stringify(results)))).toEqual(results);
    expect(results).toMatchObject({
      norm,
      epsilon,
      threshold: 0.5,
      seed: 1,
      rounding: null,
      transfer: null,
      comparisons: [],
    });
    expect(results.data).toMatchObject({
      attacked: COUNT,
      available: COUNT,
      classes: 2,
      classNames: ['class 0', 'class 1'],
    });
    // What nobody follows has no trial: there is one model, and it has no defence.
    expect(model!.trials.map(({ role }) => role)).not.toContain('transfer');
    // There is no other model, and there are too few images to train a substitute on.
    const own = suite(norm, 'quick').filter(({ transferred, substitute }) => !transferred && !substitute);
    expect(model!.trials).toHaveLength(own.length);
    const sheet = galleries.get(model!.gallery!.file)!;
    expect(sheet.items.length).toBe(Math.min(8, fooled));
    for (const [i, item] of sheet.items.entries()) {
      const { label, distance } = truth(linear, COUNT, norm)[item.index]!;
      expect(item).toMatchObject({ label, clean: label, adversarial: 1 - label });
      expect(item.size).toBeGreaterThan(distance - 1e-5);
      expect(item.size).toBeLessThan(epsilon + 1e-5);
      const original = rowsOf(images(COUNT))[item.index];
      expect(Array.from(sheet.originals.data.slice(i * ELEMENTS, (i + 1) * ELEMENTS))).toEqual(original);
    }
  });
});

describe('an audit', () => {
  it('attacks the inputs that it is given, in their order', async () => {
    const indices = Uint32Array.of(9, 2, 30, 4, 3);
    const { results } = await audited([await subject(plane(0), 40)], {
      indices,
      planned: [fgsm],
      epsilon: 0.3,
      threshold: 0.25,
    });
    const [model] = results.models;
    const right = [9, 2, 30, 4].filter((n) => n % 7 !== 3);
    const held = right.filter((n) => truth(plane(0), 40)[n]!.distance > 0.3);
    expect(model!.cleanAccuracy).toEqual(rate(right.length, 5));
    expect(model!.robustAccuracy).toEqual(rate(held.length, 5));
    expect(results.data).toMatchObject({ attacked: 5, available: 40 });
    expect(results.threshold).toBe(0.25);
  });

  it('says what the trials were', async () => {
    const planned = suite('Linf', 'quick').filter(({ attack }) => ['apgd', 'noise'].includes(attack.name));
    const { results } = await audited([await subject(plane(0), 10)], { planned });
    const apgd = results.models[0]!.trials.find(({ id }) => id === 'apgd cross-entropy, 100 steps')!;
    expect(apgd).toMatchObject({
      ...{ attack: 'apgd', role: 'longer', objective: 'cross-entropy', from: null, inputs: 10 },
      ...{ title: attacks.apgd!.title, reference: attacks.apgd!.source },
    });
    expect(apgd.parameters).toMatchObject({ steps: 100 });
    expect(Object.keys(apgd.parameters)).toEqual(Object.keys(attacks.apgd!.parameters));
    expect(apgd.distances!.count).toBe(apgd.points[0]!.success.count);
    const sizes = Object.values(apgd.distances!.quantiles);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(results.models[0]!.trials.find(({ role }) => role === 'noise')!.objective).toBeNull();
  });

  it.each([
    ['Linf', 8],
    ['Linf', 1.5],
    ['Linf', 0],
    ['Linf', Number.NaN],
    ['L2', -1],
    ['L2', Number.POSITIVE_INFINITY],
  ] as const)('refuses an epsilon that cannot be meant: %s %d', async (norm, epsilon) => {
    const { received } = await dataOf('bad-value', async () =>
      audited([await subject(plane(0), 10)], { norm, epsilon }),
    );
    expect(received).toBe(String(epsilon));
  });

  it('refuses to judge by no inputs', async () => {
    await dataOf('nothing-to-do', async () =>
      audited([await subject(plane(0), 10)], { indices: new Uint32Array(0) }),
    );
  });

  it('makes quick attacks where there is no time for the published ones', async () => {
    const efforts = async (options: Partial<RunAuditOptions>) => {
      const one = attackOf((x) => x);
      const subjects = [await subject(plane(0), 4)];
      const { results } = await audited(subjects, {
        ...options,
        ...(options.effort === 'full' && { planned: [{ ...fgsm, attack: one }] }),
      });
      return results.effort;
    };
    expect(await efforts({ effort: 'auto', seconds: 1e-6 })).toBe('quick');
    expect(await efforts({ effort: 'auto' })).toBe('full');
  });
});

describe('chunks', () => {
  const COUNT = 140;
  const timeless = ({ results }: Awaited<ReturnType<typeof audited>>) => ({
    ...results,
    finished: '',
    time: null,
  });

  it('that are kept are not made again, and give the same results', async () => {
    const { made, planned } = counted();
    const root = temporaryFolder();
    const run = async (options: Partial<RunAuditOptions> = {}, more: SubjectOptions = {}) => {
      const directory = await RunDirectory.open(root);
      // So little that nobody is fooled: a gallery would attack again.
      const outcome = await audited([await subject(plane(0), COUNT, more)], {
        directory,
        planned,
        epsilon: 1e-5,
        ...options,
      });
      await directory.close();
      return outcome;
    };
    const first = await run();
    expect(made.count).toBe(2);
    expect(first.results.data.attacked).toBe(COUNT);
    expect(timeless(await run())).toEqual(timeless(first));
    expect(made.count).toBe(2);
    // The first 16 inputs of another selection are the same.
    await run({ indices: everyOne(130) });
    expect(made.count).toBe(3);
    for (const other of [
      { seed: 2 },
      { rounding: 255 },
      { epsilon: 2e-5 },
      { planned: [{ ...planned[0]!, role: 'iterative' as const }] },
    ]) {
      made.count = 0;
      await run({ indices: everyOne(16), ...other });
      expect(made.count).toBe(1);
    }
    await run({ indices: everyOne(16) }, { mean: 0.1 });
    expect(made.count).toBe(2);
    await run({ indices: everyOne(16).reverse() });
    expect(made.count).toBe(3);
    // The same labels of other images.
    const data = datasetOf(uniform([COUNT, 1, 1, ELEMENTS], 0, 1, 'others'), labelsOf(plane(0), COUNT), 2);
    const directory = await RunDirectory.open(root);
    const others = await subjectOf(modelOf(plane(0)), data);
    await audited([{ model: others, data }], { directory, planned, epsilon: 1e-5, indices: everyOne(16) });
    await directory.close();
    expect(made.count).toBe(4);
  });

  it('of transfer attacks hang on what the other model is and how it is fed', async () => {
    const { made, planned } = counted();
    const transferred = [
      { ...planned[0]!, role: 'transfer', budgets: 'epsilon', transferred: true } as const,
    ];
    const root = temporaryFolder();
    const run = async (offset: number, mean = 0) => {
      const directory = await RunDirectory.open(root);
      const others = [await subject(plane(0), 5), await subject(plane(offset), 5, { id: 'other', mean })];
      await audited(others, { directory, planned: transferred, epsilon: 1e-5 });
      await directory.close();
      const { count } = made;
      made.count = 0;
      return count;
    };
    expect(await run(0.1)).toBe(2);
    expect(await run(0.1)).toBe(0);
    expect(await run(0.2)).toBe(2);
    expect(await run(0.2, 0.5)).toBe(2);
  });

  it('that are kept are charged with the time that they took', async () => {
    const nap = 400;
    const { made, planned } = counted(attacks.fgsm, () => new Promise((resolve) => setTimeout(resolve, nap)));
    const root = temporaryFolder();
    const run = async () => {
      const directory = await RunDirectory.open(root);
      const { results } = await audited([await subject(plane(0), 1000)], {
        directory,
        planned,
        epsilon: 1e-5,
        seconds: 2,
      });
      await directory.close();
      return results;
    };
    const first = await run();
    const before = made.count;
    const second = await run();
    // The first run had no time for all of them. The second must not think that it has,
    // because reading takes none.
    expect(first.data.attacked).toBeLessThan(1000);
    expect(second.data.attacked).toBeLessThanOrEqual(first.data.attacked + 128);
    expect(made.count - before).toBeLessThanOrEqual(before);
    expect(second.time.used).toBeGreaterThan(nap / 1000);
    expect(second.time.budget).toBe(2);
  });

  it('are planned by the speed that was measured first, as long as it is the same audit', async () => {
    const root = temporaryFolder();
    const { planned } = counted();
    const measured = async (options: Partial<RunAuditOptions>) => {
      const directory = await RunDirectory.open(root);
      await audited([await subject(plane(0), 10)], { directory, planned, epsilon: 1e-5, ...options });
      await directory.close();
      const steps = await readdir(join(root, 'steps'));
      return steps.filter((name) => name.startsWith('throughput-'));
    };
    const [first, ...others] = await measured({ seconds: 300 });
    expect(others).toEqual([]);
    const text = await readFile(join(root, 'steps', first!, 'step.json'), 'utf8');
    expect(await measured({ seconds: 300 })).toEqual([first]);
    expect(await readFile(join(root, 'steps', first!, 'step.json'), 'utf8')).toBe(text);
    expect(await measured({ seconds: 3000 })).toHaveLength(2);
    expect(await measured({ norm: 'L2', seconds: 3000 })).toHaveLength(3);
  });

  it('that were finished before the signal are judged', async () => {
    const controller = new AbortController();
    const { made, planned } = counted(attacks.fgsm, (n) => n === 2 && controller.abort());
    const { results, stopped } = await audited([await subject(plane(0), COUNT)], {
      ...{ planned, epsilon: 1e-5, signal: controller.signal },
    });
    expect(stopped).toBe(true);
    expect(made.count).toBe(2);
    expect(results.data.attacked).toBe(16);
    expect(results.models[0]!.cleanAccuracy.total).toBe(16);
    expect(results.models[0]!.trials[0]!.inputs).toBe(16);
  });

  it('of which the first has no time for all attacks are judged by those that were made', async () => {
    const nap = counted(attacks.fgsm, () => new Promise((resolve) => setTimeout(resolve, 1500)));
    const [slow] = nap.planned;
    const long = { cost: 1e12, budgets: 'epsilon' as const };
    const planned = [
      { ...fgsm, ...long },
      { ...fgsm, ...slow, ...long, remark: 'slow' },
      { ...fgsm, ...long, remark: 'later' },
    ];
    const { results, stopped } = await audited([await subject(plane(0), COUNT)], { planned, seconds: 1 });
    expect(stopped).toBe(false);
    expect(nap.made.count).toBe(1);
    expect(results.data.attacked).toBe(1);
    const [model] = results.models;
    expect(model?.trials.map(({ id }) => id)).toEqual(['fgsm cross-entropy']);
    expect(model?.cleanAccuracy.total).toBe(1);
    expect(model?.verdict).toBe('inconclusive');
    expect(results.time.used).toBeLessThan(3.5);
  });

  it('of which the first has no time for any attack are the predictions before it', async () => {
    const { planned } = counted(attacks.fgsm, () => new Promise((resolve) => setTimeout(resolve, 1200)));
    const subjects = [await subject(plane(0), COUNT), await subject(plane(0.5), COUNT, { id: 'other' })];
    const { results } = await audited(subjects, { planned, seconds: 0.5 });
    expect(results.models.map(({ trials, verdict }) => [trials.length, verdict])).toEqual([
      [0, 'inconclusive'],
      [0, 'inconclusive'],
    ]);
    expect(results.models.map(({ cleanAccuracy }) => cleanAccuracy.total)).toEqual(
      results.models.map(() => results.data.attacked),
    );
    expect(results.data.attacked).toBeGreaterThan(0);
  });

  it('that take long are resumed inside', async () => {
    const root = temporaryFolder();
    const long = { cost: 1e12, budgets: 'epsilon' as const };
    const controller = new AbortController();
    const run = async (spy: ReturnType<typeof counted>, signal?: AbortSignal) => {
      const [second] = spy.planned;
      const planned = [
        { ...fgsm, ...long },
        { ...fgsm, ...second, ...long, remark: 'again' },
      ];
      const directory = await RunDirectory.open(root);
      try {
        return await audited([await subject(plane(0), 2)], { directory, planned, ...(signal && { signal }) });
      } finally {
        await directory.close();
      }
    };
    const first = counted(attacks.fgsm, () => controller.abort());
    await dataOf('interrupted', () => run(first, controller.signal));
    const steps = async () => (await readdir(join(root, 'steps'))).filter((name) => name.includes('chunk'));
    const [kept, ...others] = await steps();
    expect(others).toEqual([]);
    const read = () => readFile(join(root, 'steps', kept ?? '', 'step.json'), 'utf8');
    const before = await read();
    const { results } = await run(counted());
    expect(results.data.attacked).toBe(2);
    expect(results.models[0]?.trials).toHaveLength(2);
    expect(await read()).toBe(before);
    expect(await steps()).toHaveLength(4);
  });

  it('of several models count when all of them are through', async () => {
    const controller = new AbortController();
    // The second model's second chunk.
    const { planned } = counted(attacks.fgsm, (n) => n === 4 && controller.abort());
    const subjects = [await subject(plane(0), COUNT), await subject(plane(0.5), COUNT, { id: 'other' })];
    const { results } = await audited(subjects, { planned, epsilon: 1e-5, signal: controller.signal });
    expect(results.models.map(({ cleanAccuracy }) => cleanAccuracy.total)).toEqual([16, 16]);
  });

  it('are no chunks while the first is not finished', async () => {
    const controller = new AbortController();
    const { planned } = counted(attacks.fgsm, () => controller.abort());
    const { what } = await dataOf('interrupted', async () =>
      audited([await subject(plane(0), COUNT)], { planned, signal: controller.signal }),
    );
    expect(what).toBe('audit');
    const before = counted();
    await dataOf('interrupted', async () =>
      audited([await subject(plane(0), COUNT)], { planned: before.planned, signal: AbortSignal.abort() }),
    );
    expect(before.made.count).toBe(0);
  });

  it('that fail say why', async () => {
    const { planned } = counted(attacks.fgsm, () => {
      throw new RangeError('broken');
    });
    await expect(audited([await subject(plane(0), 10)], { planned })).rejects.toThrow('broken');
  });
});

describe('an audit of two models', () => {
  const COUNT = 60;
  const apgd = attacks.apgd!;
  const planned: readonly PlannedAttack[] = [
    { attack: apgd, role: 'iterative', objective, budgets: 'epsilon', cost: 1, parameters: { steps: 20 } },
    {
      attack: apgd,
      role: 'transfer',
      objective,
      budgets: 'epsilon',
      cost: 1,
      parameters: { steps: 20 },
      transferred: true,
    },
  ];
  const other: Linear = {
    weights: [
      [0, 0, 0, 0, 0, 0],
      [2, 1, 0.5, -2, -0.5, -1],
    ],
    biases: [0, 0],
  };
  const epsilon = 0.12;

  it('compares them on the same inputs, and attacks each with the gradient of the other', async () => {
    const labels = labelsOf(plane(0), COUNT);
    const subjects = [await subject(plane(0), COUNT, { id: 'a' }), await subject(other, COUNT, { id: 'b' })];
    const { results } = await audited(subjects, { planned, epsilon });
    const worlds = [plane(0), other].map((linear) => truth(linear, COUNT));
    const right = worlds.map((world) => world.map(({ label }, n) => label === labels[n]));
    const close = worlds.flat().filter(({ distance }) => Math.abs(distance - epsilon) < 1e-3);
    expect(close).toEqual([]);

    /** Linear models of two classes: the step that hurts most is known, and the bounds cut it. */
    const fooledBy = ([, slope]: Linear['weights'], victim: Linear, n: number) => {
      const x = rowsOf(images(COUNT))[n]!;
      const label = linearDistance('Linf', victim, x, false).label;
      const z = x.map((v, i) =>
        Math.min(1, Math.max(0, v + epsilon * Math.sign(slope![i]!) * (label === 0 ? 1 : -1))),
      );
      return linearDistance('Linf', victim, z, false).label !== label;
    };
    const linears = [plane(0), other];
    const { transfer, comparisons, models } = results;
    expect(transfer).toMatchObject({ attack: 'apgd', epsilon, inputs: COUNT });
    const exact = linears.map((source) =>
      linears.map((victim, column) => {
        const inputs = [...Array(COUNT).keys()].filter((n) => right[column]![n]);
        return rate(inputs.filter((n) => fooledBy(source.weights, victim, n)).length, inputs.length);
      }),
    );
    expect(transfer!.rows).toEqual(exact);
    // Something to be told apart by.
    expect(new Set(exact.flat().map(({ count }) => count)).size).toBeGreaterThan(2);
    expect(models.map(({ trials }) => trials.map(({ id, from }) => [id, from]))).toEqual([
      [
        ['apgd cross-entropy', null],
        ['apgd cross-entropy from b', 'b'],
      ],
      [
        ['apgd cross-entropy', null],
        ['apgd cross-entropy from a', 'a'],
      ],
    ]);

    const held = worlds.map((world, s) =>
      world.map(({ distance }, n) => right[s]![n]! && distance > epsilon),
    );
    const only = (x: number, y: number) => held[x]!.filter((flag, n) => flag && !held[y]![n]).length;
    expect(comparisons).toEqual([
      {
        model: 'b',
        reference: 'a',
        onlyModel: only(1, 0),
        onlyReference: only(0, 1),
        p: mcnemar(only(1, 0), only(0, 1)),
      },
    ]);
    expect(only(0, 1)).toBeGreaterThan(0);
    expect(auditSchema.parse(JSON.parse(JSON.stringify(results)))).toEqual(results);
  });

  it('reads of each source what its gradients did', async () => {
    const linears = [plane(0), other, plane(0.7)];
    const subjects = await Promise.all(linears.map((linear, s) => subject(linear, COUNT, { id: String(s) })));
    const { transfer, models } = (await audited(subjects, { planned, epsilon })).results;
    for (const [column, { trials }] of models.entries()) {
      const from = (row: number) =>
        trials.find((trial) => trial.from === (row === column ? null : String(row)))!;
      expect(transfer!.rows.map((row) => row[column])).toEqual(
        [0, 1, 2].map((row) => from(row).points[0]!.fooled),
      );
    }
    expect(transfer!.rows[0]![2]).not.toEqual(transfer!.rows[1]![2]);
  });

  it('follows gradients of a model that counts its classes otherwise', async () => {
    const swapped: Linear = { weights: [...plane(0).weights].reverse(), biases: [0, 0] };
    const subjects = [
      await subject(plane(0), COUNT, { id: 'a' }),
      await subject(swapped, COUNT, { id: 'swapped', labelMap: [1, 0] }),
    ];
    const { results, galleries } = await audited(subjects, { planned, epsilon: 0.3 });
    const { transfer, models, comparisons } = results;
    // One function: whose gradient is followed to attack whom makes no difference.
    expect(new Set(transfer!.rows.flat().map((cell) => cell?.count)).size).toBe(1);
    expect(transfer!.rows[0]![1]!.count).toBeGreaterThan(0);
    // And people read of the classes of the data.
    expect(models[1]!.robustAccuracy).toEqual(models[0]!.robustAccuracy);
    expect(comparisons[0]).toMatchObject({ onlyModel: 0, onlyReference: 0, p: 1 });
    expect(models[1]!.format.labels).toMatch(/0 is 1, 1 is 0/);
    const [a, b] = models.map(({ gallery }) => gallery!.items.map(({ size: _, ...item }) => item));
    expect(b).toEqual(a);
    expect(a!.length).toBeGreaterThan(0);
    expect([...galleries.keys()]).toEqual(['gallery/a.png', 'gallery/swapped.png']);
  });

  it('names the classes of the data, whatever the order of the first model', async () => {
    const swapped: Linear = { weights: [...plane(0).weights].reverse(), biases: [0, 0] };
    const { results } = await audited([await subject(swapped, 10, { labelMap: [1, 0] })], {
      planned,
      epsilon: 0.3,
    });
    expect(results.data.classNames).toEqual(['class 0', 'class 1']);
  });

  it('keeps a gallery for each, whatever they are called', async () => {
    const subjects = [await subject(plane(0), 20, { id: 'x/m' }), await subject(other, 20, { id: 'x-m' })];
    const { results, galleries } = await audited(subjects, { planned: [fgsm], epsilon: 0.3 });
    expect(results.models.map(({ gallery }) => gallery!.file)).toEqual([
      'gallery/x-m.png',
      'gallery/x-m-2.png',
    ]);
    expect(galleries.size).toBe(2);
  });
});

it('an inhibited model is attacked with the gradient that it had before', async () => {
  const before = modelOf(plane(0));
  const inhibited = reshapeWeight(before, 'fc1.weight', reshapings.inhibit!, { tau: 1e5 });
  const classifier = await classifierOf(inhibited);
  const data = datasetOf(images(40), await classifier.predict(images(40)), 2);
  await classifier.release();
  const attacked = await subjectOf(inhibited, data);
  const planned = suite('Linf', 'quick').filter(
    ({ role, attack }) => role === 'transfer' || attack.name === 'fgsm',
  );
  const { results } = await audited([{ model: attacked, data }], { planned, epsilon: 0.3 });
  const [model] = results.models;
  const clipped = model!.trials.find(({ id }) => id === 'fgsm cross-entropy-clipped')!;
  expect(clipped.zeroGradients).toEqual(rate(40, 40));
  const stolen = model!.trials.find(({ role }) => role === 'transfer')!;
  expect(stolen.from).toBe('itself without its defences');
  expect(stolen.points[0]!.fooled.value).toBeGreaterThan(0.5);
  expect([model!.verdict, model!.why]).toEqual(['masked', expect.any(String)]);
  expect(model!.findings.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['zero-gradients', 'loss-dependence']),
  );
});

it('a model whose outputs are no numbers for some inputs is judged on the others', async () => {
  const COUNT = 60;
  const { weights, biases } = plane(0);
  const model = modelWith((g, x) => {
    // 0 / 0 where the first pixel is below 0.1, else 1.
    const bright = g.op('Relu', [g.sub(g.slice(x, [1], [0], [1]), 0.1)]);
    const columns = float32(
      [ELEMENTS, 2],
      [...Array(2 * ELEMENTS).keys()].map((i) => weights[i % 2]?.[i >> 1] ?? 0),
    );
    return g.mul(
      g.add(g.matmul(x, g.constant(columns)), g.constant(float32([2], biases))),
      g.div(bright, bright),
    );
  });
  const broken = rowsOf(images(COUNT)).filter((x) => (x[0] ?? 0) <= 0.1).length;
  expect(broken).toBeGreaterThan(2);
  const data = datasetOf(images(COUNT), labelsOf(plane(0), COUNT), 2);
  const { results } = await audited([{ model: await subjectOf(model, data), data }], { epsilon: 0.02 });
  const [audit] = results.models;
  const found = audit?.findings.find(
    ({ id, numbers }) => id === 'undefined-outputs' && numbers[0]?.label.includes('before'),
  );
  expect(found?.numbers[0]?.rate).toMatchObject({ count: broken, total: COUNT });
  expect(audit?.cleanAccuracy.count).toBeLessThanOrEqual(COUNT - broken);
  expect(audit?.cleanAccuracy.count).toBeGreaterThan(30);
  expect(audit?.verdict).toBe('robust');
});
