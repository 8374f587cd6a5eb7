import { describe, expect, it } from 'vitest';
import type { Attack, AttackContext } from '../../../../src/core/attacks/attack.js';
import { Path } from '../../../../src/core/attacks/harness/path.js';
import { everyRow, pickRows } from '../../../../src/core/attacks/harness/rows.js';
import {
  type AttackParameters,
  attacks,
  type SweepOptions,
  sweep,
} from '../../../../src/core/attacks/index.js';
import { rate } from '../../../../src/core/base/statistics.js';
import { buildModel } from '../../../../src/core/models/build-model.js';
import { objectives } from '../../../../src/core/models/objectives/index.js';
import type { Tensor } from '../../../../src/core/tensor/tensor.js';
import { attackOf } from '../../../support/attacks.js';
import { classifierOf, linearModel, uniform } from '../../../support/classifiers.js';
import { float32 } from '../../../support/toolkit.js';

type Floats = Tensor<'float32'>;

/** Class 1 where the first element is above 0.5. */
const steep = (steepness = 10) =>
  linearModel(
    [
      [0, 0],
      [steepness, 0],
    ],
    [0, -steepness / 2],
  );
const objective = objectives['cross-entropy'];
/** Four inputs of class 0, 0.1 away from class 1; their second elements keep them apart. */
const images = float32([4, 1, 1, 2], [0.4, 0, 0.4, 0.3, 0.4, 0.6, 0.4, 0.9]);

const moved = (x: Floats, by: number): Floats => ({
  ...x,
  data: x.data.map((v, i) => (i % 2 === 0 ? v + by : v)),
});

/** An attack that looks around and then proposes what `propose` makes of the originals. */
const scout = (
  look: (context: AttackContext) => Promise<unknown>,
  propose = (x: Floats): Floats => x,
): Attack => ({
  ...attackOf(propose),
  async prepare(context) {
    await look(context);
    return { candidates: (_budget, rows) => propose(pickRows(context.images, rows)) };
  },
});

async function silentOf(attack: Attack, options: Partial<SweepOptions> = {}) {
  const classifier = await classifierOf(steep(), { batchSize: 3 });
  const base = {
    attack,
    classifier,
    objective,
    images,
    labels: [0, 0, 0, 0],
    budgets: [0.05, 0.12],
    watchPath: true,
  };
  const { silent } = await sweep({ ...base, ...options });
  await classifier.release();
  return silent;
}

describe('a silent success', () => {
  it.each<[string, (context: AttackContext, points: Floats) => Promise<unknown>]>([
    ['the prediction', ({ target }, points) => target.predict(points, everyRow(points))],
    ['the logits', ({ target }, points) => target.logits(points, everyRow(points))],
    ['the gradient', ({ target }, points) => target.gradient(points, { rows: everyRow(points), objective })],
    [
      'a product',
      ({ target }, points) =>
        target.vjp(points, everyRow(points), [float32([points.dims[0]!, 2], points.data)]),
    ],
  ])('counts where the attack asked for %s at a point that fools, in every batch', async (_, ask) => {
    expect(await silentOf(scout((context) => ask(context, moved(context.images, 0.11))))).toEqual(rate(4, 4));
  });

  it.each<[string, number, Partial<SweepOptions>, number]>([
    ['inside the ball', 0.11, {}, 4],
    ['on its surface', 0.12, {}, 4],
    ['of the same class', 0.09, {}, 0],
    ['outside the largest ball', 0.13, {}, 0],
    ['inside a larger one', 0.13, { budgets: [0.05, 0.2] }, 4],
    ['between the classes, where another graph may decide otherwise', 0.10001, {}, 0],
    ['outside the bounds', 0.61, { budgets: [0.7] }, 0],
  ])('counts points by where they are: %s', async (_, by, options, count) => {
    const apart = float32([1, 1, 1, 2], [0.4, 0.5]);
    const one = { images: apart, labels: [0] };
    const attack = scout(({ target, images: x }) => target.predict(moved(x, by), everyRow(x)));
    expect(await silentOf(attack, { ...one, ...options })).toEqual(rate(count / 4, 1));
  });

  it('counts by input, in whatever order they come', async () => {
    const attack = scout(({ target, images: x }) => {
      const rows = [...Array(x.dims[0]!).keys()].reverse().slice(0, 2);
      return target.predict(pickRows(moved(x, 0.11), rows), rows);
    });
    // Of a batch of three two, of one of one that one.
    expect(await silentOf(attack)).toEqual(rate(3, 4));
  });

  it('is none where the attack gives what it found', async () => {
    const attack = scout(
      ({ target, images: x }) => target.predict(moved(x, 0.11), everyRow(x)),
      (x) => moved(x, 0.11),
    );
    expect(await silentOf(attack)).toEqual(rate(0, 4));
    const some = scout(
      ({ target, images: x }) => target.predict(moved(x, 0.11), everyRow(x)),
      (x) => ({ ...x, data: x.data.map((v, i) => (i === 0 ? v + 0.11 : v)) }),
    );
    // The first of each batch is given.
    expect(await silentOf(some)).toEqual(rate(2, 4));
  });

  it('is none of another model', async () => {
    const source = await classifierOf(steep(20));
    const attack = scout(({ target, images: x }) =>
      target.gradient(moved(x, 0.11), { rows: everyRow(x), objective }),
    );
    expect(await silentOf(attack, { source })).toEqual(rate(0, 4));
    await source.release();
  });

  it('is judged as a file holds it, where that is asked for', async () => {
    const attack = scout(({ target, images: x }) => target.predict(moved(x, 0.11), everyRow(x)));
    // Steps of 0.2 take 0.51 back to 0.6, which is outside, steps of 0.1 to 0.5, which fools nobody.
    expect(await silentOf(attack, { rounding: 5 })).toEqual(rate(0, 4));
    expect(await silentOf(attack, { rounding: 10 })).toEqual(rate(0, 4));
    expect(await silentOf(attack, { rounding: 100 })).toEqual(rate(4, 4));
  });

  it('belongs to the input that the attack asked about, where balls overlap', async () => {
    const twins = float32([2, 1, 1, 2], [0.4, 0.5, 0.4, 0.5]);
    const all = { images: twins, labels: [0, 0], budgets: [0.12] };
    const asking = (row: number) =>
      scout(({ target, images: x }) => target.predict(pickRows(moved(x, 0.11), [row]), [row]));
    expect(await silentOf(asking(0), all)).toEqual(rate(1, 2));
    const both = scout(({ target, images: x }) => target.predict(moved(x, 0.11), everyRow(x)));
    expect(await silentOf(both, all)).toEqual(rate(2, 2));
    // A point far from the input that it is said to be a version of is none of its ball.
    const far = float32([2, 1, 1, 2], [0.4, 0.5, 0.1, 0.5]);
    const wrong = scout(({ target, images: x }) => target.predict(pickRows(moved(x, 0.11), [0]), [1]));
    expect(await silentOf(wrong, { ...all, images: far })).toEqual(rate(0, 2));
  });

  it('is watched for in every norm, on request', async () => {
    const attack = scout(({ target, images: x }) => target.predict(moved(x, 0.11), everyRow(x)));
    expect(await silentOf(attack, { watchPath: false })).toBeUndefined();
    for (const norm of ['L2', 'L1'] as const) {
      expect(await silentOf({ ...attack, norm }, { budgets: [0.1] })).toEqual(rate(0, 4));
      expect(await silentOf({ ...attack, norm }, { budgets: [0.12] })).toEqual(rate(4, 4));
    }
  });
});

describe('a sweep that watches', () => {
  const pictures = uniform([7, 1, 6, 6], 0, 1, 'images');
  const labels = Array.from({ length: 7 }, (_, n) => n % 4);

  it.each(['fgsm', 'pgd', 'apgd', 'apgd-t', 'fab-t', 'square'] as const)(
    'has the same results: %s',
    async (name) => {
      const classifier = await classifierOf(buildModel('1x6x6-C3k3-F16-4', { seed: 11 }), { batchSize: 5 });
      const few: Readonly<Record<string, AttackParameters>> = { fgsm: {}, square: { queryBudget: 60 } };
      const parameters = few[name] ?? { steps: 10 };
      const options = {
        attack: attacks[name],
        classifier,
        objective,
        images: pictures,
        labels,
        budgets: [0.01, 0.04, 0.1],
        parameters,
      };
      const [plain, watched] = [await sweep(options), await sweep({ ...options, watchPath: true })];
      await classifier.release();
      const { silent, ...rest } = watched;
      expect(rest).toEqual(plain);
      expect(plain.points[1]!.success.count).toBeGreaterThan(0);
      expect(plain.points[0]!.success.count).toBeLessThan(7);
      // Each of them proposes the best that it has met.
      expect(silent).toEqual(rate(0, 7));
    },
  );
});

describe('Path', () => {
  const see = (path: Path, points: Tensor<'float32'>, rows: number[], predictions: number[]) => {
    for (const n of path.newIn(points, rows, predictions)) path.meet(rows[n]!, predictions[n]!);
  };

  it('remembers classes that were met, the original one among them', () => {
    const path = new Path(images, { norm: 'Linf', size: 0.12, bounds: [0, 1] });
    const points = pickRows(moved(images, 0.05), [2, 0, 2]);
    see(path, points, [2, 0, 2], [3, 1, 1]);
    expect(path.newIn(points, [2, 0, 2], [3, 2, 1])).toEqual([1]);
    expect([0, 1, 2, 3].map((row) => path.crossed(row, (k) => k !== 1))).toEqual([false, false, true, false]);
    expect([0, 1, 2, 3].map((row) => path.crossed(row, (k) => k !== 3))).toEqual([true, false, true, false]);
  });

  it('takes a point of the surface for one inside, rounded as it is', () => {
    const one = float32([1, 1, 1, 1], [0.05]);
    const surface = float32([1, 1, 1, 1], [one.data[0]! + 0.1]);
    expect(surface.data[0]! - one.data[0]!).toBeGreaterThan(0.1);
    const path = new Path(one, { norm: 'Linf', size: 0.1, bounds: [0, 1] });
    see(path, surface, [0], [1]);
    expect(path.crossed(0, (k) => k !== 0)).toBe(true);
  });
});
