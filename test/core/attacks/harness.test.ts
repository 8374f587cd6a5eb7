import { describe, expect, it } from 'vitest';
import { everyRow } from '../../../src/core/attacks/harness/rows.js';
import type { Attack } from '../../../src/core/attacks/index.js';
import { attacks, type SweepOptions, sweep } from '../../../src/core/attacks/index.js';
import { buildModel } from '../../../src/core/models/build-model.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { attackOf } from '../../support/attacks.js';
import { classifierOf, linearModel, uniform } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { float32 } from '../../support/toolkit.js';

const fgsm = attacks.fgsm;
const objective = objectives['cross-entropy'];
const images = uniform([6, 1, 4, 4], 0, 1, 'images');

async function attacked(options: Partial<SweepOptions> = {}, batchSize = 4) {
  const classifier = await classifierOf(buildModel('16-F8-3', { seed: 2 }), { batchSize });
  try {
    const all = {
      attack: fgsm,
      objective,
      images,
      labels: Array(6).fill(0),
      budgets: [0.1, 0.2],
      ...options,
    };
    return { classifier, result: await sweep({ classifier, ...all }) };
  } finally {
    await classifier.release();
  }
}

describe('zero gradients', () => {
  it('are counted by element and by input', async () => {
    // Class 1 grows with the second element alone; inputs are far from or near to saturation by the fourth.
    const classifier = await classifierOf(
      linearModel(
        [
          [0, 0, 0, 200],
          [0, 1, 0, 0],
        ],
        [0, 0],
      ),
      { batchSize: 2 },
    );
    const x = float32([3, 1, 1, 4], [0.5, 0.5, 0.5, 1, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 1]);
    const result = await sweep({
      attack: fgsm,
      classifier,
      objective,
      images: x,
      labels: [0, 1, 0],
      budgets: [0.25],
    });
    // The first and third input have a margin of 200: all is lost to underflow. The second has two
    // elements with influence.
    expect(result.gradient!.zeroElements).toBeCloseTo(10 / 12, 12);
    expect(result.gradient!.zeroInputs).toMatchObject({ count: 2, total: 3 });
    const [first, second, third] = result.gradient!.meanAbsolute;
    expect([first, third]).toEqual([0, 0]);
    // The probability of class 0 is 1 / (1 + sqrt e); slopes are 200 and 1 times that, over four elements.
    expect(second).toBeCloseTo((201 / 4) * (1 / (1 + Math.exp(0.5))), 3);
    expect(result.untouched[0]).toMatchObject({ count: 2, total: 3 });
    await classifier.release();
  });

  it('are not reported for an attack that uses no gradient', async () => {
    expect((await attacked({ attack: attackOf((x) => x) })).result.gradient).toBeUndefined();
  });
});

describe('what the model said of the originals', () => {
  const model = linearModel(
    [
      [1, 0],
      [0, 1],
    ],
    [0, 0],
  );
  const tiedAndClear = float32([2, 1, 1, 2], [0.5, 0.5, 0.9, 0.1]);

  it('is taken from the gradient pass, but for near ties', async () => {
    const classifier = await classifierOf(model);
    await sweep({ attack: fgsm, classifier, objective, images: tiedAndClear, labels: [0, 0], budgets: [0] });
    expect(classifier.queries).toEqual({ gradient: 2, forward: 1 });
    await classifier.release();
  });

  it('is not what it said of other images', async () => {
    const classifier = await classifierOf(model);
    const elsewhere: Attack = {
      ...fgsm,
      async prepare(context) {
        const mirrored = { ...context.images, data: context.images.data.map((v) => 1 - v) };
        await context.target.gradient(mirrored, { rows: everyRow(mirrored), objective });
        return { candidates: () => context.images };
      },
    };
    const images = float32([2, 1, 1, 2], [0.1, 0.9, 0.9, 0.1]);
    const result = await sweep({
      attack: elsewhere,
      classifier,
      objective,
      images,
      labels: [1, 0],
      budgets: [0.1],
    });
    expect([...result.clean]).toEqual([1, 0]);
    expect(result.gradient).toBeUndefined();
    await classifier.release();
  });

  it('is taken from a product, too, which is no gradient to report', async () => {
    const classifier = await classifierOf(model);
    const multiplying: Attack = {
      ...fgsm,
      async prepare({ images: x, target }) {
        await target.vjp(x, everyRow(x), [float32([2, 2], [1, 0, 1, 0])]);
        return { candidates: () => x };
      },
    };
    const all = {
      attack: multiplying,
      classifier,
      objective,
      images: tiedAndClear,
      labels: [0, 0],
      budgets: [0.1],
    };
    expect((await sweep(all)).gradient).toBeUndefined();
    // Only the near tie is asked for again.
    expect(classifier.queries).toEqual({ gradient: 2, forward: 1 });
    await classifier.release();
  });

  it('cannot be spoilt by writing to the answers', async () => {
    const classifier = await classifierOf(model);
    const vandal: Attack = {
      ...fgsm,
      async prepare(context) {
        const answer = await context.target.gradient(context.images, {
          rows: everyRow(context.images),
          objective,
        });
        answer.gradient.data.fill(0);
        answer.logits.data.fill(0);
        return { candidates: () => context.images };
      },
    };
    const images = float32([2, 1, 1, 2], [0.1, 0.9, 0.9, 0.1]);
    const result = await sweep({
      attack: vandal,
      classifier,
      objective,
      images,
      labels: [1, 0],
      budgets: [0.1],
    });
    expect([...result.clean]).toEqual([1, 0]);
    expect(result.gradient!.zeroInputs.count).toBe(0);
    expect(result.points[0]!.success.count).toBe(0);
    await classifier.release();
  });
});

describe('work', () => {
  it('is one gradient for all budgets, and no forward pass for inputs that came back untouched', async () => {
    const { classifier } = await attacked({ budgets: [0, 0.1, 0.2, 0.3] });
    // One pass for each budget but zero; the predictions before the attack came with the gradient.
    expect(classifier.queries).toEqual({ gradient: 6, forward: 3 * 6 });
    const idle = await attacked({ attack: attackOf((x) => x) });
    expect(idle.classifier.queries).toEqual({ gradient: 0, forward: 6 });
  });

  it('shrinks when the fooled are dropped', async () => {
    const budgets = [0.1, 0.3, 0.6, 0.9];
    const [all, dropped] = [await attacked({ budgets }), await attacked({ budgets, dropFooled: true })];
    expect(dropped.classifier.queries.forward).toBeLessThan(all.classifier.queries.forward);
  });

  it('reports progress by batch and stops on a signal', async () => {
    const done: number[][] = [];
    await attacked({ onProgress: (n, total) => done.push([n, total]) });
    expect(done).toEqual([
      [4, 6],
      [6, 6],
    ]);
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await expect(attacked({ onProgress, signal: controller.signal })).rejects.toThrow(/abort/i);
  });
});

describe('attempts', () => {
  const identity = linearModel(
    [
      [1, 0],
      [0, 1],
    ],
    [0, 0],
  );
  const clear = float32([3, 1, 1, 2], [0.9, 0.1, 0.1, 0.9, 0.8, 0.1]);
  /**
   * A candidate of each attempt, or the original where there is none; both elements of an
   * input become that value.
   */
  const attempting = (values: readonly (readonly (number | null)[])[]): Attack => ({
    ...fgsm,
    norm: 'L0',
    async prepare({ images: x }) {
      return {
        attempts: values.length,
        candidates: (_, open, attempt) => {
          const data = open.flatMap((row) => {
            const value = values[attempt]![row]!;
            return value === null ? [...x.data.slice(2 * row, 2 * row + 2)] : [value, 1 - value];
          });
          return float32([open.length, 1, 1, 2], data);
        },
      };
    },
  });
  const run = async (values: readonly (readonly (number | null)[])[]) => {
    const classifier = await classifierOf(identity);
    const all = {
      attack: attempting(values),
      classifier,
      objective,
      images: clear,
      labels: [0, 1, 0],
      budgets: [2],
    };
    const result = await sweep({ ...all, keepAdversarial: true });
    await classifier.release();
    return { result, queries: classifier.queries };
  };

  it('are made for those that are not fooled yet; one success is enough', async () => {
    // The first input falls at the second attempt, the second at the first, the third at the last.
    const { result, queries } = await run([
      [1, 1, 1],
      [0, 0, 0.75],
      [null, null, 0],
    ]);
    expect([...result.predictions[0]!]).toEqual([1, 0, 1]);
    expect([...result.smallest]).toEqual([0, 0, 0]);
    expect([...result.adversarial!.data]).toEqual([0, 1, 1, 0, 0, 1]);
    // Before the attack, then three, two and one.
    expect(queries.forward).toBe(3 + 3 + 2 + 1);
  });

  it('that change something count as such, even where a later one does not', async () => {
    const { result } = await run([
      [1, null, null],
      [null, null, 1],
    ]);
    expect(result.points[0]!.success.count).toBe(0);
    expect(result.untouched[0]).toMatchObject({ count: 1, total: 3 });
  });
});

describe('what a sweep refuses', () => {
  it.each([[[0.2, 0.1]], [[-0.1]], [[Number.NaN]], [[0.1, Number.POSITIVE_INFINITY]]])(
    'budgets %j',
    async (budgets) => {
      const data = await dataOf('bad-value', () => attacked({ budgets }));
      expect(data.what).toBe('fgsm epsilon');
    },
  );

  it('labels of something else', async () => {
    expect(await dataOf('data-mismatch', () => attacked({ labels: [0, 1] }))).toMatchObject({
      expected: '6',
      received: '2',
    });
  });

  it.each([1.01, -0.01, Number.NaN])(
    'an image with an element of %d: bounds alone would change it',
    async (value) => {
      const outside = { ...images, data: images.data.with(17, value) };
      const data = await dataOf('data-mismatch', () => attacked({ images: outside }));
      expect(data.expected).toBe('values from 0 to 1');
    },
  );
});

describe('little work', () => {
  it('no images: rates of nothing', async () => {
    const { result } = await attacked({ images: float32([0, 1, 4, 4], []), labels: [] });
    expect(result.points.map((p) => p.success)).toEqual(
      Array(2).fill({ count: 0, total: 0, value: null, low: null, high: null }),
    );
  });

  it('no budgets: clean accuracy alone', async () => {
    const { result } = await attacked({ budgets: [] });
    expect(result.points).toEqual([]);
    expect(result.cleanAccuracy.total).toBe(6);
  });

  it('labels may be of any numeric type', async () => {
    const [a, b] = [
      await attacked({ labels: [0, 1, 2, 0, 1, 2] }),
      await attacked({ labels: BigInt64Array.of(0n, 1n, 2n, 0n, 1n, 2n) }),
    ];
    expect(b.result).toEqual(a.result);
  });
});
