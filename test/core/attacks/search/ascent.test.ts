import { describe, expect, it } from 'vitest';
import {
  type Attack,
  type AttackName,
  type AttackParameters,
  attacks,
  type SweepOptions,
  sweep,
} from '../../../../src/core/attacks/index.js';
import { buildModel } from '../../../../src/core/models/build-model.js';
import type { Classifier } from '../../../../src/core/models/classifier.js';
import { type ObjectiveName, objectives } from '../../../../src/core/models/objectives/index.js';
import { rows } from '../../../../src/core/tensor/tensor.js';
import { classifierOf, linearModel, normal, uniform, withValues } from '../../../support/classifiers.js';
import { dataOf } from '../../../support/errors.js';
import { float32 } from '../../../support/toolkit.js';

const names = [
  'bim',
  'mi-fgsm',
  'pgd',
  'pgd-l2',
  'pgd-l1',
  'apgd',
  'apgd-l2',
  'apgd-t',
  'apgd-t-l2',
] as const;
const walkers = names.map((name) => [name, attacks[name]] as const);
const objective = objectives['cross-entropy'];
const COUNT = 14;
const images = uniform([COUNT, 1, 4, 4], 0, 1, 'ascent');
const model = () => buildModel('16-F12-4', { seed: 2 });
const budgetsOf = ({ norm }: Attack) => (norm === 'Linf' ? [0.1, 0.3] : norm === 'L2' ? [0.3, 1] : [1, 4]);
const labels = Array(COUNT).fill(0);

async function attacked(attack: Attack, options: Partial<SweepOptions> = {}, batchSize = 6) {
  const classifier = options.classifier ?? (await classifierOf(model(), { batchSize }));
  const all = { attack, objective, images, labels, budgets: budgetsOf(attack), ...options, classifier };
  const result = await sweep(all);
  if (!options.classifier) await classifier.release();
  return { result, queries: { ...classifier.queries } };
}

/** Calls of `gradient`, by the number of images asked about. */
function counted(classifier: Classifier): number[] {
  const calls: number[] = [];
  const gradient = classifier.gradient.bind(classifier);
  classifier.gradient = (x, ...rest) => {
    calls.push(x.dims[0]!);
    return gradient(x, ...rest);
  };
  return calls;
}

describe.each(walkers)('%s', (_, attack) => {
  it('asks about those that are still attacked, and no more often than it has steps', async () => {
    const classifier = await classifierOf(model(), { batchSize: COUNT });
    const calls = counted(classifier);
    const budgets = [budgetsOf(attack)[1]!];
    const { result } = await attacked(attack, { classifier, budgets, parameters: { steps: 9 } });
    const runs = attack.name.startsWith('apgd-t') ? 3 : 1;
    expect(calls.length).toBeLessThanOrEqual(9 * runs);
    expect(calls[0]).toBe(COUNT);
    // Nobody comes back within a walk, and those who are fooled leave.
    for (let k = 1; k < Math.min(9, calls.length); k++) expect(calls[k]).toBeLessThanOrEqual(calls[k - 1]!);
    expect(result.points[0]!.success.count).toBeGreaterThan(0);
    expect(Math.min(...calls)).toBeLessThan(COUNT);
    await classifier.release();
  });

  it('never succeeds less often at a larger budget, and does not look again for what it has', async () => {
    const classifier = await classifierOf(model(), { batchSize: COUNT });
    const calls = counted(classifier);
    const budget = budgetsOf(attack)[1]!;
    const { result } = await attacked(attack, { classifier, budgets: [budget], parameters: { steps: 9 } });
    const once = calls.reduce((sum, n) => sum + n, 0);
    const spread = [budget, budget, 1.5 * budget];
    calls.length = 0;
    const { result: again } = await attacked(attack, {
      classifier,
      budgets: spread,
      parameters: { steps: 9 },
    });
    again.points.forEach((p) => {
      expect(p.successAtBudget.count).toBe(p.success.count);
    });
    expect(again.points[0]!.success.count).toBe(result.points[0]!.success.count);
    const rest = COUNT - result.points[0]!.success.count;
    const runs = attack.name.startsWith('apgd-t') ? 3 : 1;
    expect(calls.reduce((sum, n) => sum + n, 0) - once).toBeLessThanOrEqual(2 * rest * 9 * runs);
    await classifier.release();
  });

  it('more steps of the same length fool at least the same inputs', async () => {
    // The steps of Auto-PGD depend on how many there are.
    if (attack.name.startsWith('apgd')) return;
    const budgets = [budgetsOf(attack)[0]!];
    const parameters = { stepSize: 0.2 };
    const few = (await attacked(attack, { budgets, parameters: { ...parameters, steps: 3 } })).result;
    const many = (await attacked(attack, { budgets, parameters: { ...parameters, steps: 12 } })).result;
    few.smallest.forEach((b, n) => {
      if (b !== -1) expect(many.smallest[n]).toBe(0);
    });
  });

  it('stops on a signal between two steps', async () => {
    const classifier = await classifierOf(model(), { batchSize: COUNT });
    const controller = new AbortController();
    const gradient = classifier.gradient.bind(classifier);
    let calls = 0;
    classifier.gradient = (...all) => {
      if (++calls === 3) controller.abort();
      return gradient(...all);
    };
    const run = attacked(attack, { classifier, budgets: [1e-4], signal: controller.signal });
    await expect(run).rejects.toThrow(/abort/i);
    expect(calls).toBe(3);
    await classifier.release();
  });

  it('says of inputs without a slope that they are stuck, and makes no NaN of them', async () => {
    // The second input is beyond a dead ReLU: relu(x - 2) is flat for all inputs in reach.
    const dead = withValues(buildModel('1x1x2-F2-2', { seed: 1 }), {
      'fc1.weight': [1, 0, 0, 1],
      'fc1.bias': [-2, -2],
      'fc2.weight': [1, 0, 0, 1],
      'fc2.bias': [0.5, 0],
    });
    const classifier = await classifierOf(dead);
    const x = float32([3, 1, 1, 2], [0.5, 0.5, 0, 1, 1, 0.25]);
    const budgets = budgetsOf(attack);
    const all = {
      attack,
      classifier,
      objective,
      images: x,
      labels: [0, 0, 0],
      budgets,
      keepAdversarial: true,
    };
    const result = await sweep(all);
    expect(result.points.at(-1)!.success.count).toBe(0);
    expect(result.stuck).toMatchObject({ count: 3, total: 3 });
    expect(result.adversarial!.data.every(Number.isFinite)).toBe(true);
    // Each walk ends with the first gradient.
    expect(classifier.queries.gradient).toBeLessThanOrEqual(3 * budgets.length);
    await classifier.release();
  });

  it('in a transfer makes all steps and proposes the highest loss of the source', async () => {
    const [classifier, source] = [
      await classifierOf(model()),
      await classifierOf(buildModel('16-F12-4', { seed: 5 })),
    ];
    const calls = counted(source);
    const budgets = [budgetsOf(attack)[1]!];
    const losses: Float32Array[] = [];
    const gradient = source.gradient;
    source.gradient = async (...asked) => {
      const result = await gradient(...asked);
      losses.push(result.loss.slice());
      return result;
    };
    const parameters: AttackParameters = {
      steps: 5,
      ...(attack.name.startsWith('apgd-t') && { targets: 1 }),
    };
    const all = {
      attack,
      classifier,
      source,
      objective,
      images,
      labels,
      budgets,
      keepAdversarial: true,
      parameters,
    };
    const result = await sweep(all);
    expect(classifier.queries.gradient).toBe(0);
    expect(calls).toEqual(Array(6).fill(COUNT));
    const own = await classifier.predict(images);
    const followed = attack.followsObjective ? objective : objectives['dlr-targeted'];
    if (attack.followsObjective) {
      const { loss } = await gradient(result.adversarial!, followed, own);
      loss.forEach((value, n) => {
        expect(value).toBeCloseTo(Math.max(...losses.map((at) => at[n]!)), 3);
      });
    }
    await classifier.release();
    await source.release();
  });

  it('keeps the random numbers of each input, whatever else is attacked', async () => {
    const budgets = [budgetsOf(attack)[0]!];
    const whole = (await attacked(attack, { budgets, keepAdversarial: true }, COUNT)).result;
    const cut = (await attacked(attack, { budgets, keepAdversarial: true }, 5)).result;
    expect(cut.smallest).toEqual(whole.smallest);
    cut.adversarial!.data.forEach((v, i) => {
      expect(v).toBeCloseTo(whole.adversarial!.data[i]!, 4);
    });
  });
});

describe('restarts', () => {
  it('begin elsewhere each, the same for all budgets, and one success is enough', async () => {
    const pgd = attacks.pgd;
    const starts: number[][] = [];
    const classifier = await classifierOf(
      linearModel(
        [
          [1, 1],
          [0, 0],
        ],
        [50, 0],
      ),
    );
    const gradient = classifier.gradient.bind(classifier);
    classifier.gradient = (x, ...rest) => {
      starts.push([...x.data].map((v) => v - 0.5));
      return gradient(x, ...rest);
    };
    const x = float32([1, 1, 1, 2], [0.5, 0.5]);
    const all = { attack: pgd, classifier, objective: objectives.margin, images: x, labels: [0] };
    await sweep({ ...all, budgets: [0.1, 0.2], parameters: { steps: 1, restarts: 3 } });
    expect(starts.length).toBe(6);
    expect(new Set(starts.slice(0, 3).map(String)).size).toBe(3);
    starts.slice(0, 3).forEach((at, k) => {
      at.forEach((v, i) => {
        expect(starts[k + 3]![i]).toBeCloseTo(2 * v, 5);
      });
    });
    const more = await attacked(pgd, { parameters: { restarts: 4, steps: 5 } });
    const one = await attacked(pgd, { parameters: { restarts: 1, steps: 5 } });
    one.result.smallest.forEach((b, n) => {
      if (b !== -1) expect(more.result.smallest[n]).toBeLessThanOrEqual(b);
    });
    await classifier.release();
  });

  it('without random starts are refused: all walks would be one', async () => {
    const parameters = { restarts: 2, randomStart: 'no' };
    const data = await dataOf('bad-value', () => attacked(attacks.pgd, { parameters }));
    expect(data.what).toBe('pgd restarts');
    const half = await dataOf('bad-value', () => attacked(attacks.pgd, { parameters: { steps: 2.5 } }));
    expect(half.expected).toBe('a whole number from 1 to 100000 (steps), such as 40');
  });
});

it('momentum carries over a plateau, and adds up gradients of length one', async () => {
  // z_1 rises with x up to 0.55, is flat up to 0.75, and rises again: relu(x) - relu(x -
  // 0.55) + 4 relu(x - 0.75).
  const steps = withValues(buildModel('1x1x1-F3-2', { seed: 1 }), {
    'fc1.weight': [1, 1, 1],
    'fc1.bias': [0, -0.55, -0.75],
    'fc2.weight': [0, 0, 0, 1, -1, 4],
    'fc2.bias': [0.8, 0],
  });
  const x = float32([1, 1, 1, 1], [0.5]);
  const classifier = await classifierOf(steps);
  const all = { classifier, objective, images: x, labels: [0], budgets: [0.4] };
  const [plain, carried] = [
    await sweep({ ...all, attack: attacks.bim }),
    await sweep({ ...all, attack: attacks['mi-fgsm'] }),
  ];
  expect(plain.points[0]!.success.count).toBe(0);
  expect(plain.stuck!.count).toBe(1);
  expect(carried.points[0]!.success.count).toBe(1);
  await classifier.release();
});

describe('a small piecewise linear network', () => {
  it('is fooled as often as by an exhaustive search, and never more often', async () => {
    const values = (name: string, dims: number[], scale: number) =>
      normal(dims, 'network', name).data.map((v) => v * scale);
    const network = withValues(buildModel('1x1x2-F8-3', { seed: 4 }), {
      'fc1.weight': values('w1', [8, 2], 4),
      'fc1.bias': values('b1', [8], 2),
      'fc2.weight': values('w2', [3, 8], 1),
      'fc2.bias': values('b2', [3], 0.5),
    });
    const classifier = await classifierOf(network, { batchSize: 512 });
    const x = uniform([24, 1, 1, 2], 0.2, 0.8, 'exhaustive');
    const clean = await classifier.predict(x);
    const radius = 0.12;
    const side = 81;
    const exists = await Promise.all(
      Array.from({ length: 24 }, async (_, n) => {
        const at = rows(x, n, n + 1).data;
        const grid = Array.from({ length: side * side }, (__, k) => [
          Math.min(1, Math.max(0, at[0]! + radius * ((2 * (k % side)) / (side - 1) - 1))),
          Math.min(1, Math.max(0, at[1]! + radius * ((2 * Math.floor(k / side)) / (side - 1) - 1))),
        ]).flat();
        return (await classifier.predict(float32([side * side, 1, 1, 2], grid))).some((p) => p !== clean[n]);
      }),
    );
    const possible = exists.filter(Boolean).length;
    expect(possible).toBeGreaterThan(3);
    expect(possible).toBeLessThan(24);
    for (const name of ['pgd', 'apgd', 'apgd-t'] as const) {
      const all = {
        attack: attacks[name],
        classifier,
        objective,
        images: x,
        labels: Array(24).fill(0),
        budgets: [radius],
      };
      const { smallest } = await sweep(name === 'apgd-t' ? all : { ...all, parameters: { restarts: 5 } });
      expect(
        [...smallest].map((b) => b === 0),
        name,
      ).toEqual(exists);
    }
    await classifier.release();
  });
});

describe('a gradient masked by saturation', () => {
  /**
   * Two classes whose margin at an element of 0.5 is the one asked for; that element alone
   * decides, from 0.25 down.
   */
  const masked = (margin: number) =>
    linearModel(
      [
        [0, 4 * margin],
        [0, 0],
      ],
      [-margin, 0],
    );
  const x = float32([2, 1, 1, 2], [0.5, 0.5, 0.2, 0.5]);
  const run = async (name: AttackName, objectiveName: ObjectiveName, margin: number) => {
    const classifier = await classifierOf(masked(margin));
    const all = { attack: attacks[name], classifier, images: x, labels: [0, 0], budgets: [0.3] };
    // A random start may land where there is a slope, by luck.
    const parameters = 'randomStart' in attacks[name].parameters && { randomStart: 'no' };
    const followed = objectives[objectiveName];
    const result = await sweep({ ...all, objective: followed, ...(parameters && { parameters }) });
    await classifier.release();
    return { fooled: result.points[0]!.success.count, stuck: result.stuck!.count };
  };

  it.each(['bim', 'pgd', 'mi-fgsm'] as const)('stops cross-entropies and is reported: %s', async (name) => {
    expect(await run(name, 'cross-entropy-clipped', 400)).toEqual({ fooled: 0, stuck: 2 });
    expect(await run(name, 'cross-entropy-fused', 400)).toEqual({ fooled: 0, stuck: 2 });
    expect(await run(name, 'cross-entropy', 400)).toEqual({ fooled: 0, stuck: 2 });
  });

  it.each(['cross-entropy-temperature', 'margin', 'logit', 'dlr', 'dlr-targeted'] as const)(
    'does not stop %s',
    async (followed) => {
      for (const name of ['bim', 'pgd', 'apgd', 'apgd-l2', 'pgd-l1', 'mi-fgsm'] as const) {
        expect(await run(name, followed, 400), name).toEqual({ fooled: 2, stuck: 0 });
      }
      expect((await run('apgd-t', 'cross-entropy', 400)).fooled).toBe(2);
    },
  );
});
