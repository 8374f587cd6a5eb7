import { afterAll, describe, expect, it } from 'vitest';
import type { AttackContext, Prepared } from '../../src/core/attacks/attack.js';
import type { AttackTarget } from '../../src/core/attacks/harness/target.js';
import {
  type Attack,
  attacks,
  type SweepOptions,
  type SweepResult,
  sweep,
} from '../../src/core/attacks/index.js';
import {
  type Criterion,
  differsFrom,
  misclassified,
  predictionChanges,
  targeted,
} from '../../src/core/attacks/threat-model.js';
import type { Classifier } from '../../src/core/models/classifier.js';
import { objectives } from '../../src/core/models/objectives/index.js';
import { rows, type Tensor } from '../../src/core/tensor/tensor.js';
import { classifierOf, linearModel, uniform } from '../support/classifiers.js';
import { float32 } from '../support/toolkit.js';

type Floats = Tensor<'float32'>;

const WIDTH = 8;
const COUNT = 6;
const row = (values: Readonly<Record<number, number>>) =>
  Array.from({ length: WIDTH }, (_, i) => values[i] ?? 0);
/** Classes 3 and 4 never win: ratios of logits have a scale besides the classes that do. */
const network = (weights: readonly number[][], biases: readonly number[]) =>
  linearModel([...weights, row({}), row({})], [...biases, -1, -1.5]);
/**
 * Two hidden triggers: element 1 for class 1, element 2 for class 2; class 0 loses by both.
 * All images are of class 0.
 */
const model = () => network([row({ 1: -1, 2: -1 }), row({ 1: 3 }), row({ 2: 3 })], [2.5, 0, 0]);
/** Sees the second trigger alone. */
const halfBlind = () => network([row({ 2: -1 }), row({}), row({ 2: 3 })], [2.5, 0, 0]);
/** Sees nothing: always class 0. */
const blind = () => network([row({}), row({}), row({})], [1, 0, 0]);
const images = uniform([COUNT, 1, 1, WIDTH], 0, 0.45, 'criteria');
/** Every second image is wrong already. */
const labels = Array.from({ length: COUNT }, (_, n) => n % 2);

const EFFORT: Readonly<Record<string, number>> = {
  steps: 12,
  searches: 4,
  queryBudget: 150,
  firstEstimate: 10,
  startTries: 40,
  draws: 20,
  initialC: 0.1,
  stepSize: 0.25,
};
const cheaply = ({ parameters }: Attack) =>
  Object.fromEntries(Object.entries(EFFORT).filter(([name]) => name in parameters));
/** From nothing to all that images of this size can be apart. */
const budgetsOf = ({ norm }: Attack) =>
  ({ Linf: [0, 0.3, 1], L2: [0, 0.6, 2.9], L1: [0, 1, 8], L0: [0, 1, 8] })[norm];

const opened: Classifier[] = [];
async function open(make: () => Parameters<typeof classifierOf>[0], batchSize = 16): Promise<Classifier> {
  const classifier = await classifierOf(make(), { batchSize });
  opened.push(classifier);
  return classifier;
}
afterAll(async () => {
  for (const classifier of opened) await classifier.release();
});
const [attacked, single, half, none] = [
  await open(model),
  await open(model, 3),
  await open(halfBlind),
  await open(blind),
];

const run = (attack: Attack, options: Partial<SweepOptions> = {}): Promise<SweepResult> =>
  sweep({
    attack,
    classifier: attacked,
    objective: objectives['cross-entropy'],
    parameters: cheaply(attack),
    images,
    labels,
    budgets: budgetsOf(attack),
    keepAdversarial: true,
    ...options,
  });

/** What a criterion asks for, said once more without the code under test. */
interface Judged {
  readonly criterion: Criterion;
  /** Success, given the predictions of the attacked and of the half-blind model. */
  isSuccess(now: number, n: number, reference: number, referenceBefore: number): boolean;
  /** Inputs that need no perturbation. */
  readonly already: number;
  /** Inputs that a good attack reaches with the largest budget; undefined: that depends on the attack. */
  readonly reachable?: number;
  /** Told apart by planted candidates; every attack on it would be the same once more. */
  readonly plantedOnly?: true;
}
const chosen = Int32Array.from({ length: COUNT }, (_, n) => n % 3);
const judged: Readonly<Record<string, Judged>> = {
  'prediction-changes': {
    criterion: predictionChanges,
    isSuccess: (now) => now !== 0,
    already: 0,
    reachable: COUNT,
  },
  misclassified: {
    criterion: misclassified,
    isSuccess: (now, n) => now !== labels[n],
    already: COUNT / 2,
    reachable: COUNT,
  },
  'targeted at one class': {
    criterion: targeted(2),
    isSuccess: (now) => now === 2,
    already: 0,
    reachable: COUNT,
    plantedOnly: true,
  },
  'targeted at a class for each input': {
    criterion: targeted(chosen),
    isSuccess: (now, n) => now === chosen[n],
    already: chosen.filter((k) => k === 0).length,
    reachable: COUNT,
  },
  'differs from a model that sees half': {
    criterion: differsFrom(half),
    isSuccess: (now, _, reference, before) => now !== 0 && reference === before,
    already: 0,
  },
  'differs from a model that sees nothing': {
    criterion: differsFrom(none),
    isSuccess: (now) => now !== 0,
    already: 0,
    reachable: COUNT,
    plantedOnly: true,
  },
  'differs from itself': {
    criterion: differsFrom(attacked),
    isSuccess: () => false,
    already: 0,
    plantedOnly: true,
  },
};

/** Whether what was kept is judged as a criterion says, and costs nothing where nothing is needed. */
async function expectJudged({ isSuccess, already }: Judged, result: SweepResult) {
  const { adversarial, smallest, distances, points } = result;
  const [now, reference] = [await attacked.predict(adversarial!), await half.predict(adversarial!)];
  const before = await half.predict(images);
  smallest.forEach((b, n) => {
    expect(isSuccess(now[n]!, n, reference[n]!, before[n]!), `image ${n}`).toBe(b !== -1);
    expect(Number.isNaN(distances[n]), `image ${n}`).toBe(b === -1);
  });
  expect(points[0]!.success.count).toBe(already);
  expect(distances.filter((d) => d === 0)).toHaveLength(already);
}

/** Attacks that pursue no aim, or one step of one loss, find what they find. */
const WEAK: Readonly<Record<string, string>> = {
  fgsm: 'one step may end in a third class',
  noise: 'random',
  'noise-l2': 'random',
  'hop-skip-jump': 'starts at random images, which need not be of a chosen class',
  'hop-skip-jump-linf': 'starts at random images, which need not be of a chosen class',
};

const all = Object.entries<Attack>(attacks);

describe.each(Object.entries(judged))('%s', (name, expected) => {
  it.each(expected.plantedOnly ? [] : all)(
    'is honoured by %s, whatever the batch size',
    async (attackName, attack) => {
      const result = await run(attack, { criterion: expected.criterion });
      await expectJudged(expected, result);
      const found = result.points.at(-1)!.success.count;
      if (expected.reachable !== undefined && !(attackName in WEAK)) expect(found).toBe(expected.reachable);
      // Correct before and after, whatever the criterion.
      const robust = result.predictions.at(-1)!.filter((p, n) => p === 0 && labels[n] === 0).length;
      expect(result.points.at(-1)!.robustAccuracy.count).toBe(robust);
      const cut = await run(attack, { criterion: expected.criterion, classifier: single });
      expect(cut.smallest).toEqual(result.smallest);
      expect(cut.predictions).toEqual(result.predictions);
    },
  );

  it('is not reached by an attack that does nothing, beyond what needs no attack', async () => {
    const idle: Attack = {
      ...attacks.noise,
      parameters: {},
      prepare: async (context) => ({ candidates: (_, some) => gather(context.images, some) }),
    };
    const result = await run(idle, { criterion: expected.criterion, parameters: {} });
    await expectJudged(expected, result);
    expect(result.points.at(-1)!.success.count).toBe(expected.already);
    expect(result.untouched.at(-1)!.count).toBe(COUNT);
  });

  it('judges planted candidates, whatever the attack meant by them', async () => {
    const planted = (element: number): Attack => ({
      ...attacks.noise,
      parameters: {},
      prepare: async (context) => ({
        candidates(budget, some) {
          const raised = gather(context.images, some);
          for (const i of some.keys()) if (budget > 0) raised.data.set([1], i * WIDTH + element);
          return raised;
        },
      }),
    });
    for (const element of [1, 2, 3]) {
      const result = await run(planted(element), {
        criterion: expected.criterion,
        parameters: {},
        budgets: [0, 1],
      });
      await expectJudged(expected, result);
      // The element that a reference model does not see is the one that fools its copy alone.
      if (name === 'differs from a model that sees half')
        expect(result.points.at(-1)!.success.count).toBe(element === 1 ? COUNT : 0);
      if (name === 'targeted at one class')
        expect(result.points.at(-1)!.success.count).toBe(element === 2 ? COUNT : 0);
    }
  });
});

function gather(from: Floats, some: readonly number[]): Floats {
  const data = some.flatMap((n) => [...rows(from, n, n + 1).data]);
  return float32([some.length, ...from.dims.slice(1)], data);
}

/** Every image that an attack asks about, by the input that it says it is a version of. */
type Asked = Map<number, Float32Array[]>;

/** The attack, heard by `asked`. `first` is the number of the first input of the batch. */
function heard(attack: Attack, asked: Asked): Attack {
  let first = 0;
  return {
    ...attack,
    async prepare(context: AttackContext): Promise<Prepared> {
      const count = context.images.dims[0]!;
      const start = first;
      first += count;
      const hear = (points: Floats, some: readonly number[]): Floats => {
        expect(some).toHaveLength(points.dims[0]!);
        some.forEach((n, at) => {
          expect(Number.isInteger(n) && n >= 0 && n < count, `row ${n} of ${count}`).toBe(true);
          const point = rows(points, at, at + 1).data.slice();
          asked.set(start + n, [...(asked.get(start + n) ?? []), point]);
        });
        return points;
      };
      const { target } = context;
      const listening: AttackTarget = {
        classes: target.classes,
        bounds: target.bounds,
        logits: (points, some) => target.logits(hear(points, some), some),
        predict: (points, some) => target.predict(hear(points, some), some),
        gradient: (points, query) => target.gradient(hear(points, query.rows), query),
        vjp: (points, some, cotangents, outputs) => target.vjp(hear(points, some), some, cotangents, outputs),
      };
      return attack.prepare({ ...context, target: listening });
    },
  };
}

describe.each(all)('queries of %s', (_, attack) => {
  it('say which input they belong to: the same for each as when it is attacked alone', async () => {
    const alone = await open(model, 1);
    const [together, apart]: [Asked, Asked] = [new Map(), new Map()];
    await run(heard(attack, together));
    await run(heard(attack, apart), { classifier: alone });
    for (let n = 0; n < COUNT; n++) {
      const [a, b] = [together.get(n) ?? [], apart.get(n) ?? []];
      expect(a.length, `input ${n}`).toBe(b.length);
      a.forEach((point, k) => {
        point.forEach((value, i) => {
          expect(Math.abs(value - b[k]![i]!), `input ${n}, query ${k}`).toBeLessThan(1e-3);
        });
      });
    }
  });
});

describe('bounds for each element', () => {
  const limit = (values: readonly number[]) => float32([1, 1, WIDTH], values);
  // Both triggers have less room than attacks would take, the last element none at all.
  const low = limit([0.1, 0.05, 0, 0.2, 0, 0.1, 0, 0.3]);
  const high = limit([0.6, 0.9, 0.95, 0.5, 1, 0.5, 0.9, 0.3]);
  const inside: Floats = {
    ...images,
    data: images.data.map((v, i) => Math.min(high.data[i % WIDTH]!, Math.max(low.data[i % WIDTH]!, v))),
  };
  const isInside = (values: Float32Array) =>
    values.every((v, i) => v >= low.data[i % WIDTH]! - 1e-6 && v <= high.data[i % WIDTH]! + 1e-6);

  it.each(all)('are left neither by what %s keeps nor by what it asks about', async (name, attack) => {
    for (const more of [{}, { rounding: 8, watchPath: true }, { criterion: targeted(2) }]) {
      const asked: Asked = new Map();
      const result = await run(heard(attack, asked), { images: inside, bounds: [low, high], ...more });
      expect(isInside(result.adversarial!.data)).toBe(true);
      expect([...asked.values()].flat().every(isInside)).toBe(true);
      // What lies just behind a boundary is rounded back as often as not.
      if (!('rounding' in more) && !(name in WEAK)) expect(result.points.at(-1)!.success.count).toBe(COUNT);
      const cut = await run(attack, { images: inside, bounds: [low, high], ...more, classifier: single });
      expect(cut.smallest).toEqual(result.smallest);
    }
  });

  it.each(all)('that are the same for all are those of numbers: %s', async (_, attack) => {
    const same = [limit(Array(WIDTH).fill(0)), limit(Array(WIDTH).fill(1))] as const;
    expect(await run(attack, { bounds: same, rounding: 16 })).toEqual(await run(attack, { rounding: 16 }));
  });
});
