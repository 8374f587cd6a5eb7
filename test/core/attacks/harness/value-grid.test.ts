import { describe, expect, it } from 'vitest';
import { FILE_GRID, gridEnds, onGrid } from '../../../../src/core/attacks/harness/value-grid.js';
import { attacks, perturbationSizes, sweep } from '../../../../src/core/attacks/index.js';
import { objectives } from '../../../../src/core/models/objectives/index.js';
import { attackOf } from '../../../support/attacks.js';
import { classifierOf, uniform } from '../../../support/classifiers.js';
import { modelOf } from '../../../support/run.js';
import { float32 } from '../../../support/toolkit.js';

const bounds = [0, 1] as const;

describe('values of a grid', () => {
  it('are spread over channels where each has its own', () => {
    expect(gridEnds(FILE_GRID, [3, 2, 2])).toEqual([0, 1]);
    const [low, high] = gridEnds({ steps: 255, low: [0.1, 0.2], high: [0.5, 0.9] }, [2, 1, 2]);
    expect(low).toEqual(float32([2, 1, 2], [0.1, 0.1, 0.2, 0.2]));
    expect(high).toEqual(float32([2, 1, 2], [0.5, 0.5, 0.9, 0.9]));
  });

  it.each(['Linf', 'L2'] as const)('keep candidates inside the ball in %s', (norm) => {
    const originals = { ...uniform([6, 1, 4, 4], 0, 1, 'on a grid') };
    originals.data.forEach((x, i) => {
      originals.data[i] = Math.fround(Math.round(255 * x) / 255);
    });
    const size = norm === 'Linf' ? 0.0501 : 0.2;
    const noise = uniform([6, 1, 4, 4], -size, size, 'noise');
    const data = originals.data.map((x, i) =>
      Math.min(1, Math.max(0, x + (noise.data[i] ?? 0) / (norm === 'L2' ? 4 : 1))),
    );
    const held = onGrid(originals, { ...originals, data }, { norm, size, bounds }, FILE_GRID);
    for (const length of perturbationSizes(originals, held, norm))
      expect(length).toBeLessThanOrEqual(size + 2e-6);
    for (const value of held.data) expect(Math.abs(255 * value - Math.round(255 * value))).toBeLessThan(1e-3);
  });

  it('hold elements that the attack left alone where originals are off it', () => {
    const originals = float32([1, 1, 1, 2], [0.1001, 0.5]);
    const held = onGrid(
      originals,
      originals,
      { norm: 'Linf', size: 0.1, bounds },
      { ...FILE_GRID, steps: 10 },
    );
    expect([...held.data]).toEqual([Math.fround(0.1), 0.5]);
    const tight = onGrid(
      originals,
      originals,
      { norm: 'Linf', size: 1e-5, bounds },
      { ...FILE_GRID, steps: 10 },
    );
    expect([...tight.data]).toEqual([...originals.data]);
  });
});

/** One element; class 1 on the grid of tenths above 0.45, class 0 elsewhere. */
const onTenths = modelOf((g) => {
  const x = g.op('Flatten', [g.input('x', 'float32', ['N', 1, 1, 1])], { axis: 1 });
  const scaled = g.mul(x, 10);
  const off = g.op('Abs', [g.sub(scaled, g.op('Round', [scaled]))]);
  const inside = g.op('And', [g.less(off, 1e-3), g.op('Greater', [x, 0.45])]);
  const one = g.where(inside, 1, 0);
  return g.op('Concat', [g.sub(0.5, one), g.sub(one, 0.5)], { axis: 1 });
});

describe('a sweep that judges two forms', () => {
  const values = { ...FILE_GRID, steps: 10 };
  const images = float32([2, 1, 1, 1], [0.4, 0.2]);
  const plus = attackOf((x, budget) => ({ ...x, data: x.data.map((value) => value + 0.87 * budget) }));

  it.each([false, true])(
    'counts an input as fooled in either, the attack seeing the grid: %s',
    async (seen) => {
      const classifier = await classifierOf(onTenths);
      const options = { attack: plus, classifier, objective: objectives.margin, images, labels: [0, 0] };
      const exact = await sweep({ ...options, budgets: [0.1] });
      expect(exact.points[0]!.success.count).toBe(0);
      expect(exact.otherForm).toBeUndefined();
      const both = await sweep({ ...options, budgets: [0.1], grid: { values, seen }, keepAdversarial: true });
      expect(both.points[0]!.success).toMatchObject({ count: 1, total: 2 });
      expect(both.otherForm).toMatchObject({ count: seen ? 0 : 1, total: 2 });
      expect(both.adversarial!.data[0]).toBeCloseTo(0.5, 6);
      expect(both.predictions[0]).toEqual(Int32Array.of(1, 0));
      await classifier.release();
    },
  );

  it('an attack that sees the grid asks about values of it alone', async () => {
    const classifier = await classifierOf(onTenths);
    const asked: number[] = [];
    const logits = classifier.logits.bind(classifier);
    classifier.logits = (x) => {
      asked.push(...x.data);
      return logits(x);
    };
    const options = {
      attack: attacks.square,
      classifier,
      objective: objectives.margin,
      images,
      labels: [0, 0],
    };
    const parameters = { queryBudget: 5 };
    await sweep({ ...options, parameters, budgets: [0.13], grid: { values, seen: true } });
    const off = asked.filter((x) => Math.abs(10 * x - Math.round(10 * x)) > 1e-5);
    // The other form of the candidates, exact values, is judged besides.
    expect(off.length).toBeLessThanOrEqual(2);
    expect(asked.length).toBeGreaterThan(8);
    await classifier.release();
  });
});
