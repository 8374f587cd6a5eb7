import { afterAll, describe, expect, it } from 'vitest';
import { attacks, type SweepOptions, sweep } from '../../../src/core/attacks/index.js';
import {
  criteria,
  differsFrom,
  misclassified,
  predictionChanges,
  type ThreatModel,
  targeted,
} from '../../../src/core/attacks/threat-model.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { attackOf } from '../../support/attacks.js';
import { classifierOf, linearModel } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { float32 } from '../../support/toolkit.js';

/** Class 0 up to one half of the first element, class 1 above it; class 2 where the second is large. */
const classifier = await classifierOf(
  linearModel(
    [
      [-2, 0],
      [2, 0],
      [0, 8],
    ],
    [2, 0, -5],
  ),
);
/** Sees the first element alone, and sooner. */
const parent = await classifierOf(
  linearModel(
    [
      [-2, 0],
      [2, 0],
      [0, 0],
    ],
    [1, 0, -5],
  ),
);
const two = await classifierOf(
  linearModel(
    [
      [1, 0],
      [0, 1],
    ],
    [0, 0],
  ),
);
afterAll(async () => {
  for (const opened of [classifier, parent, two]) await opened.release();
});
const images = float32([3, 1, 1, 2], [0.2, 0.1, 0.4, 0.1, 0.1, 0.2]);
const labels = [0, 1, 0];
const all = {
  attack: attacks.fgsm,
  classifier,
  objective: objectives.margin,
  images,
  labels,
  budgets: [0, 0.2],
};
/** Sets one element of every image. */
const setting = (element: number, value: number) =>
  attackOf((x, budget) => ({
    ...x,
    data: x.data.map((v, i) => (budget > 0 && i % 2 === element ? value : v)),
  }));

describe('a threat model', () => {
  it('is a value that a sweep takes as it is', async () => {
    const model: ThreatModel = {
      norm: 'Linf',
      budgets: [0, 0.2],
      bounds: [0, 1],
      criterion: predictionChanges,
    };
    expect(await sweep({ ...all, ...model })).toEqual(await sweep(all));
  });

  it.each<[string, Partial<SweepOptions>, string, RegExp]>([
    ['another norm', { norm: 'L2' }, 'L2', /norm of the attack fgsm/],
    ['bounds of another shape', { bounds: [0, float32([2], [1, 1])] }, 'a tensor of [1,1,2]', /bounds/],
    ['bounds outside those of the model', { bounds: [-0.1, 1] }, 'from 0 to 1', /bounds/],
    ['bounds that are no numbers', { bounds: [0, Number.NaN] }, 'from 0 to 1', /bounds/],
    ['bounds that no input fits', { bounds: [0.3, 0.2] }, 'from 0 to 1', /bounds/],
    ['images out of bounds', { bounds: [0, 0.3] }, 'values from 0 to 0.3', /images to attack/],
    ['a reference of other classes', { criterion: differsFrom(two) }, '3 classes', /reference model/],
  ])('refuses %s', async (_, options, expected, what) => {
    const data = await dataOf('data-mismatch', () => sweep({ ...all, ...options }));
    expect(data.what).toMatch(what);
    expect(data.expected.replace('numbers or tensors of [1,1,2]', 'a tensor of [1,1,2]')).toContain(expected);
  });

  it.each([3, -1, 1.5, [0, 1], [0, 1, 9]])('refuses the class to reach %j', async (classes) => {
    const data = await dataOf('bad-value', () => sweep({ ...all, criterion: targeted(classes) }));
    expect(data.expected).toBe('a class from 0 to 2 for each of 3 inputs');
  });

  it('counts the classes of inputs from the first of a longer list', async () => {
    const criterion = targeted([9, 9, 1, 1, 2]);
    const result = await sweep({
      ...all,
      attack: setting(0, 0.9),
      budgets: [0, 1],
      firstInput: 2,
      criterion,
    });
    expect([...result.smallest]).toEqual([1, 1, -1]);
    await dataOf('bad-value', () => sweep({ ...all, firstInput: 1, criterion }));
  });
});

describe('criteria', () => {
  it('go by the names of their registry', () => {
    const made = [
      criteria['prediction-changes'].make(),
      criteria.misclassified.make(),
      criteria.targeted.make(1),
      criteria['differs-from'].make(parent),
    ];
    expect(made.map(({ name }) => name)).toEqual(Object.keys(criteria));
    for (const { title } of made) expect(title).not.toBe('');
    // @ts-expect-error
    expect(criteria.missclassified).toBeUndefined();
  });

  it('misclassified: what is wrong already is a success at budget zero, at no distance', async () => {
    const result = await sweep({
      ...all,
      attack: setting(0, 0.9),
      budgets: [0, 1],
      criterion: misclassified,
    });
    expect([...result.smallest]).toEqual([1, 0, 1]);
    expect(result.distances[1]).toBe(0);
    expect(result.untouched[0]!.count).toBe(3);
    // Not even at a budget at which the attack would move it into its own class.
    expect(result.points.map((p) => p.success.count)).toEqual([1, 3]);
    expect(result.points.map((p) => p.successAtBudget.count)).toEqual([1, 3]);
    expect(result.untouched[1]!.count).toBe(1);
  });

  it('targeted: another wrong class is no success, and no robustness either', async () => {
    const result = await sweep({ ...all, attack: setting(0, 0.9), budgets: [0, 1], criterion: targeted(2) });
    expect(result.points[1]).toMatchObject({ success: { count: 0 }, robustAccuracy: { count: 0 } });
    const reached = await sweep({ ...all, attack: setting(1, 1), budgets: [0, 1], criterion: targeted(2) });
    expect(reached.points[1]!.success.count).toBe(3);
  });

  it('targeted: a later try that changes nothing does not hide what an earlier one changed', async () => {
    const tries = [0.9, 0.2];
    const attack = {
      ...setting(0, 0),
      prepare: async () => ({
        attempts: 2,
        candidates: (_: number, rows: readonly number[], attempt: number) =>
          float32(
            [rows.length, 1, 1, 2],
            rows.flatMap(() => [tries[attempt]!, 0.1]),
          ),
      }),
    };
    const result = await sweep({ ...all, attack, budgets: [1], criterion: targeted(2) });
    expect([...result.predictions[0]!]).toEqual([1, 1, 1]);
    expect(result.points[0]!.robustAccuracy.count).toBe(0);
  });

  it('differs-from: only what leaves the prediction of the reference model as it was', async () => {
    const criterion = differsFrom(parent);
    const [seen, unseen] = [
      await sweep({ ...all, attack: setting(0, 0.9), budgets: [0, 1], criterion }),
      await sweep({ ...all, attack: setting(1, 1), budgets: [0, 1], criterion }),
    ];
    // The reference calls the second image 1 from the start, and goes on to do so.
    expect([...(await parent.predict(images))]).toEqual([0, 1, 0]);
    expect([...seen.smallest]).toEqual([-1, 1, -1]);
    expect([...unseen.smallest]).toEqual([1, 1, 1]);
  });

  it('differs-from: a silent success is one that the reference model does not notice', async () => {
    for (const [element, silent] of [
      [0, 1],
      [1, 3],
    ] as const) {
      const attack = {
        ...setting(0, 0),
        prepare: async ({ target, images: x }: Parameters<typeof attacks.fgsm.prepare>[0]) => {
          const moved = { ...x, data: x.data.map((v, i) => (i % 2 === element ? 0.9 : v)) };
          await target.predict(moved, [0, 1, 2]);
          return {
            candidates: (_: number, rows: readonly number[]) =>
              float32(
                [rows.length, 1, 1, 2],
                rows.flatMap((n) => [...x.data.subarray(2 * n, 2 * n + 2)]),
              ),
          };
        },
      };
      const result = await sweep({
        ...all,
        attack,
        budgets: [1],
        criterion: differsFrom(parent),
        watchPath: true,
      });
      expect(result.points[0]!.success.count).toBe(0);
      expect(result.silent).toMatchObject({ count: silent, total: 3 });
    }
  });
});
