import { describe, expect, it, vi } from 'vitest';
import { attacks, perturbationSizes, type SweepOptions, sweep } from '../../../src/core/attacks/index.js';
import { buildModel } from '../../../src/core/models/build-model.js';
import type { Classifier } from '../../../src/core/models/classifier.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import { parseReshaping, reshapeAll } from '../../../src/core/reshaping/index.js';
import { float32, rows, type Tensor } from '../../../src/core/tensor/tensor.js';
import { classifierOf, linearModel, normal, uniform } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { prepared, proposals } from '../../support/jsma.js';

type Floats = Tensor<'float32'>;
const jsma = attacks.jsma;
const objective = objectives['cross-entropy'];

async function withModel<T>(
  model: Model,
  action: (classifier: Classifier) => Promise<T>,
  batchSize = 128,
): Promise<T> {
  const classifier = await classifierOf(model, { batchSize });
  try {
    return await action(classifier);
  } finally {
    await classifier.release();
  }
}

const attacked = (classifier: Classifier, images: Floats, options: Partial<SweepOptions>) =>
  sweep({
    attack: jsma,
    classifier,
    objective,
    images,
    labels: Array(images.dims[0]!).fill(0),
    budgets: [],
    keepAdversarial: true,
    ...options,
  });

describe('the smallest number of elements on a linear model of two classes', () => {
  const [WIDTH, COUNT] = [30, 40];
  /** Logits -w x and w x + b: an element that raises one class lowers the other just as much. */
  const weights = [...normal([WIDTH], 'weights').data];
  const bias = 0.25;
  const model = linearModel([weights.map((w) => -w), weights], [0, bias]);
  const budgets = Array.from({ length: WIDTH + 1 }, (_, b) => b);

  /** By sorting: gains of single elements add up, so the largest come first. */
  function fewest(x: ArrayLike<number>, gainOf: (value: number, towards: number) => number) {
    const margin = bias + weights.reduce((sum, w, i) => sum + 2 * w * x[i]!, 0);
    const towards = margin > 0 ? -1 : 1;
    const gains = weights.map((w, i) => 2 * Math.abs(w) * gainOf(x[i]!, towards * Math.sign(w)));
    const sorted = gains.filter((gain) => gain > 0).sort((a, b) => b - a);
    let [left, needed] = [Math.abs(margin), 0];
    while (left > 0 && needed < sorted.length) left -= sorted[needed++]!;
    // Within rounding of success or failure nothing can be said.
    const narrow = Math.abs(left) < 1e-4 || Math.abs(left + (sorted[needed - 1] ?? 0)) < 1e-4;
    return { needed: left > 0 ? -1 : needed, narrow };
  }

  const black = float32([COUNT, 1, 1, WIDTH], new Float32Array(COUNT * WIDTH));
  const bits = uniform([COUNT, 1, 1, WIDTH], 0, 1, 'bits');
  const levels = uniform([COUNT], 0, 0.9, 'levels').data;
  const room = (value: number, way: number) => (way > 0 ? 1 - value : value);
  const cases: [string, Floats, Record<string, string | number>, Parameters<typeof fewest>[1]][] = [
    ['black and white, theta 1', { ...bits, data: bits.data.map(Math.round) }, { direction: 'both' }, room],
    [
      'grey of one level each, raised to the bound',
      { ...black, data: black.data.map((_, i) => levels[Math.floor(i / WIDTH)]!) },
      { direction: 'increase' },
      (value, way) => (way > 0 ? 1 - value : 0),
    ],
    [
      'grey of one level each, lowered to the bound',
      { ...black, data: black.data.map((_, i) => 1 - levels[Math.floor(i / WIDTH)]!) },
      { direction: 'decrease' },
      (value, way) => (way < 0 ? value : 0),
    ],
    [
      'interior, a small theta',
      uniform([COUNT, 1, 1, WIDTH], 0.3, 0.7, 'interior'),
      { direction: 'both', theta: 0.25 },
      () => 0.25,
    ],
  ];
  it.each(cases)('%s: found exactly, single-shot and iterative', (_, images, parameters, gainOf) =>
    withModel(model, async (classifier) => {
      const exact = Array.from({ length: COUNT }, (_, n) => fewest(rows(images, n, n + 1).data, gainOf));
      expect(exact.filter(({ needed, narrow }) => needed > 0 && !narrow).length).toBeGreaterThan(COUNT / 4);
      for (const mode of ['single-shot', 'iterative']) {
        const { smallest, stuck } = await attacked(classifier, images, {
          budgets,
          parameters: { ...parameters, mode },
        });
        exact.forEach(({ needed, narrow }, n) => {
          if (!narrow) expect(smallest[n], `input ${n}`).toBe(needed);
        });
        // Every admissible element was tried, and there are more budgets than elements.
        expect(stuck!.count).toBe([...smallest].filter((b) => b === -1).length);
      }
    }),
  );

  it('from anywhere in [0, 1], nothing does with fewer than sorting by room and weight', () =>
    withModel(model, async (classifier) => {
      const images = uniform([COUNT, 1, 1, WIDTH], 0, 1, 'anywhere');
      const { smallest } = await attacked(classifier, images, { budgets, parameters: { direction: 'both' } });
      let found = 0;
      smallest.forEach((b, n) => {
        const { needed, narrow } = fewest(rows(images, n, n + 1).data, room);
        if (b === -1 || narrow) return;
        expect(b).toBeGreaterThanOrEqual(needed);
        found += 1;
      });
      expect(found).toBeGreaterThan(COUNT / 2);
    }));
});

describe('budgets', () => {
  const images = uniform([9, 1, 8, 8], 0, 1, 'images');
  const dense = buildModel('1x8x8-C4k3-F16-5', { seed: 3 });
  const models = { dense, hashed: reshapeAll(dense, parseReshaping('hash:1/4'), 3) };
  const budgets = [0, 1, 2, 3, 5, 8, 13, 21];
  const variants = ['single-shot', 'iterative'].flatMap((mode) =>
    (mode === 'iterative' ? ['element', 'pair'] : ['element']).flatMap((search) =>
      ['logits', 'probabilities'].map((outputs) => ({ mode, search, outputs })),
    ),
  );
  it.each(variants)('are nested on convolutional networks: $mode $search $outputs', async (variant) => {
    await Promise.all(
      Object.values(models).map((model) =>
        withModel(model, async (classifier) => {
          const theta = 0.2;
          const search = await prepared(classifier, images, {
            ...variant,
            theta,
            direction: 'both',
            gamma: 0.25,
          });
          const found = await proposals(search, 9, budgets);
          found.forEach((proposed, b) => {
            const cap = Math.min(budgets[b]!, 16);
            for (const size of perturbationSizes(images, proposed, 'L0'))
              expect(size).toBeLessThanOrEqual(cap);
            proposed.data.forEach((value, i) => {
              const x = images.data[i]!;
              if (value !== x) {
                expect([Math.fround(Math.min(1, x + theta)), Math.fround(Math.max(0, x - theta))]).toContain(
                  value,
                );
              }
              // What a smaller budget has changed stays changed, and as it was.
              if (b > 0 && found[b - 1]!.data[i] !== x) expect(value).toBe(found[b - 1]!.data[i]);
            });
          });
          // Asked again, also for fewer inputs, it says the same.
          const again = await search.candidates(5, [2, 7], 0);
          const five = found[budgets.indexOf(5)]!;
          expect([...again.data]).toEqual([2, 7].flatMap((n) => [...rows(five, n, n + 1).data]));
        }),
      ),
    );
  });

  it('of nothing, and a gamma of nothing, change nothing', () =>
    withModel(dense, async (classifier) => {
      for (const mode of ['single-shot', 'iterative']) {
        for (const [budget, gamma] of [[0, 1] as const, [20, 0] as const, [20, 0.01] as const]) {
          const result = await attacked(classifier, images, {
            budgets: [budget],
            parameters: { mode, gamma },
          });
          expect(result.untouched[0]!.count).toBe(9);
          expect(result.stuck!.count).toBe(0);
        }
      }
    }));

  it('of a share of the elements lose none to rounding: 0.29 of 100 are 29', () =>
    withModel(linearModel([Array(100).fill(-1), Array(100).fill(1)], [1000, 0]), async (classifier) => {
      expect(0.29 * 100).toBeLessThan(29);
      const black = float32([1, 1, 1, 100], new Float32Array(100));
      for (const mode of ['single-shot', 'iterative']) {
        for (const [gamma, most] of [[0.29, 29] as const, [0.295, 29] as const, [1, 100] as const]) {
          const [proposed] = await proposals(await prepared(classifier, black, { mode, gamma }), 1, [100]);
          expect([...perturbationSizes(black, proposed!, 'L0')]).toEqual([most]);
        }
      }
    }));

  it('of part of an element are refused', () =>
    withModel(dense, async (classifier) => {
      const data = await dataOf('bad-value', () => attacked(classifier, images, { budgets: [1, 2.5] }));
      expect(data).toEqual({ what: 'jsma elements', expected: 'whole numbers', received: '2.5' });
    }));
});

describe('inputs without an admissible element', () => {
  // The first two elements speak for class 1, the next two against it; the last two raise
  // both classes or only one.
  const model = linearModel(
    [
      [-1, -1, 1, 1, 1, 0],
      [1, 1, -1, -1, 1, 1],
    ],
    [9, 0],
  );
  const images = float32(
    [4, 1, 1, 6],
    [
      [0, 0, 1, 1, 0, 0],
      [1, 0, 1, 1, 0, 0],
      [1, 1, 1, 1, 0, 0],
      [1, 1, 0, 0, 0, 0],
    ].flat(),
  );
  /** How many elements of each input are admissible. */
  const admissible = { increase: [2, 1, 0, 0], decrease: [2, 2, 2, 0], both: [4, 3, 2, 0] };

  it.each(Object.entries(admissible))('are reported, and only those: %s', (direction, counts) =>
    withModel(model, async (classifier) => {
      for (const mode of ['single-shot', 'iterative']) {
        for (const budget of [1, 2, 3, 4]) {
          const wanted = counts.map((count) => count < budget);
          const parameters = { direction, mode };
          const search = await prepared(classifier, images, parameters);
          const [proposed] = await proposals(search, 4, [budget]);
          expect([...perturbationSizes(images, proposed!, 'L0')]).toEqual(
            counts.map((c) => Math.min(c, budget)),
          );
          expect([0, 1, 2, 3].map((n) => search.stuck!(n))).toEqual(wanted);
          const result = await attacked(classifier, images, { budgets: [0, budget], parameters });
          expect(result.points[1]!.success.count).toBe(0);
          expect(result.stuck).toMatchObject({ count: wanted.filter(Boolean).length, total: 4 });
          expect(result.untouched[1]!.count).toBe(counts.filter((count) => count === 0).length);
        }
      }
    }),
  );

  it('may still have an admissible pair, of an element that raises both classes', () =>
    withModel(model, async (classifier) => {
      // Class 1 is reached by pairs only: the first element with the fifth, 2 up and 0 down, is none; with
      // the sixth, 2 and -1.
      const search = await prepared(classifier, images, { mode: 'iterative', search: 'pair' });
      const [two, four] = await proposals(search, 4, [2, 4]);
      expect([...perturbationSizes(images, two!, 'L0')]).toEqual([2, 2, 0, 0]);
      expect([...rows(two!, 1, 2).data]).toEqual([1, 1, 1, 1, 0, 1]);
      expect([...perturbationSizes(images, four!, 'L0')]).toEqual([2, 2, 0, 0]);
      expect([0, 1, 2, 3].map((n) => search.stuck!(n))).toEqual([true, true, true, true]);
    }));

  it('are none of those that were fooled', () =>
    withModel(model, async (classifier) => {
      const near = linearModel(
        [
          [-1, 0],
          [1, 0],
        ],
        [0.5, 0],
      );
      await withModel(near, async (other) => {
        const x = float32([2, 1, 1, 2], [0, 0, 0.2, 0]);
        const result = await attacked(other, x, { budgets: [1, 2] });
        expect([...result.smallest]).toEqual([0, 0]);
        expect(result.stuck!.count).toBe(0);
      });
      expect((await attacked(classifier, images, { budgets: [4] })).stuck!.count).toBe(4);
    }));

  it.each(['single-shot', 'iterative'])(
    'are none of those of the wanted class already: untouched, %s',
    (mode) =>
      withModel(model, async (classifier) => {
        const reached = await attacked(classifier, images, {
          budgets: [1, 2],
          parameters: { mode, target: '0' },
        });
        expect(reached.stuck!.count).toBe(0);
        expect(reached.untouched.map((rate) => rate.count)).toEqual([4, 4]);
        const other = await attacked(classifier, images, { budgets: [1], parameters: { mode, target: '1' } });
        expect(other.stuck!.count).toBe(2);
      }),
  );
});

describe('target classes', () => {
  const CLASSES = 5;
  const images = uniform([30, 1, 1, CLASSES], 0, 0.2, 'targets');
  // Element k raises class k and lowers all others: what was changed tells which class was the target.
  const weights = Array.from({ length: CLASSES }, (_, k) =>
    Array.from({ length: CLASSES }, (_, i) => (i === k ? 1 : -0.5)),
  );
  const model = linearModel(weights, [0, 0, 0, 0, 0]);
  const aims = async (classifier: Classifier, parameters: Record<string, string>, attempt = 0, seed = 1) => {
    const search = await prepared(classifier, images, parameters, seed);
    const [proposed] = await proposals(search, 30, [1], attempt);
    return Array.from({ length: 30 }, (_, n) =>
      rows(proposed!, n, n + 1).data.findIndex((v, i) => v !== rows(images, n, n + 1).data[i]),
    );
  };

  it('are the runner-up, a number, all others in turn', () =>
    withModel(model, async (classifier) => {
      const logits = await classifier.logits(images);
      const ranked = Array.from({ length: 30 }, (_, n) => {
        const z = rows(logits, n, n + 1).data;
        return [...z.keys()].sort((a, b) => z[b]! - z[a]!);
      });
      expect(await aims(classifier, {})).toEqual(ranked.map((order) => order[1]));
      expect(await aims(classifier, { target: '2' })).toEqual(
        ranked.map((order) => (order[0] === 2 ? -1 : 2)),
      );
      const tried: number[][] = [];
      for (let k = 0; k < CLASSES - 1; k++) tried.push(await aims(classifier, { target: 'all' }, k));
      ranked.forEach((order, n) => {
        expect(tried.map((aim) => aim[n])).toEqual([0, 1, 2, 3, 4].filter((k) => k !== order[0]));
      });
    }));

  it('at random are every other class, and depend on the seed alone', () =>
    withModel(model, async (classifier) => {
      const own = await classifier.predict(images);
      const drawn = await aims(classifier, { target: 'random' });
      drawn.forEach((aim, n) => {
        expect(aim).not.toBe(own[n]);
      });
      expect(new Set(drawn)).toEqual(new Set([0, 1, 2, 3, 4]));
      expect(await aims(classifier, { target: 'random', mode: 'iterative' })).toEqual(drawn);
      expect(await aims(classifier, { target: 'random' }, 0, 2)).not.toEqual(drawn);
    }));

  it('that succeed for one of many are enough, and each input keeps its own candidate', () =>
    withModel(
      model,
      async (classifier) => {
        const [all, next] = await Promise.all(
          ['all', 'runner-up'].map((target) =>
            attacked(classifier, images, { budgets: [1, 2], parameters: { target } }),
          ),
        );
        expect(all!.points[0]!.success.count).toBe(30);
        next!.smallest.forEach((b, n) => {
          if (b !== -1) expect(all!.smallest[n]).toBeLessThanOrEqual(b);
        });
        expect(await classifier.predict(all!.adversarial!)).toEqual(all!.predictions[0]);
      },
      7,
    ));

  it('beyond the classes of the model are refused', () =>
    withModel(model, async (classifier) => {
      const data = await dataOf('bad-value', () =>
        attacked(classifier, images, { budgets: [1], parameters: { target: '5' } }),
      );
      expect(data).toEqual({ what: 'jsma target', expected: 'a class from 0 to 4', received: '"5"' });
    }));
});

describe('work', () => {
  const images = uniform([10, 1, 4, 4], 0, 1, 'work');
  it.each([
    ['logits', 2],
    ['probabilities', 1],
  ])(
    'of single-shot is %s: one forward pass and %i products for all budgets, then the judge',
    (outputs, products) =>
      withModel(
        buildModel('1x4x4-F12-4', { seed: 2 }),
        async (classifier) => {
          const budgets = [0, 1, 2, 3];
          await attacked(classifier, images, { budgets, parameters: { outputs } });
          expect(classifier.queries.gradient).toBe(10 * products);
          expect(classifier.queries.forward).toBeLessThanOrEqual(10 + 3 * 10);
        },
        4,
      ),
  );

  it('of iterative shrinks as inputs are fooled, and is not repeated for the next budget', () =>
    withModel(buildModel('1x4x4-F12-4', { seed: 2 }), async (classifier) => {
      const parameters = { mode: 'iterative', direction: 'both', outputs: 'probabilities' };
      const { smallest, predictions } = await attacked(classifier, images, {
        budgets: [1, 2, 3, 4, 5, 6],
        parameters,
      });
      // Each input asks once for each of its changes, and perhaps once more to see that it is done.
      const steps = [...smallest].reduce((sum, b) => sum + (b === -1 ? 6 : b + 2), 0);
      expect(classifier.queries.gradient).toBeLessThanOrEqual(steps);
      expect([...smallest].filter((b) => b >= 0 && b < 4).length).toBeGreaterThan(3);
      // It stops at success: what fools stays as it is.
      smallest.forEach((b, n) => {
        if (b >= 0) for (const later of predictions.slice(b)) expect(later[n]).toBe(predictions[b]![n]);
      });
    }));

  it('stops on a signal in the midst of a search', () =>
    withModel(buildModel('1x4x4-F12-4', { seed: 2 }), async (classifier) => {
      const controller = new AbortController();
      const ask = classifier.vjp.bind(classifier);
      const spy = vi.spyOn(classifier, 'vjp').mockImplementation((...question) => {
        if (spy.mock.calls.length === 2) controller.abort();
        return ask(...question);
      });
      // One batch and one budget: only the search itself can stop.
      const parameters = { mode: 'iterative', direction: 'both', theta: 0.01 };
      const running = attacked(classifier, images, { budgets: [12], parameters, signal: controller.signal });
      await expect(running).rejects.toThrow(/abort/i);
      expect(spy).toHaveBeenCalledTimes(2);
    }));
});
