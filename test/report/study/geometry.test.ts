import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareBetween } from '../../../src/core/evaluation/distributions.js';
import { logRange, paddedRange } from '../../../src/report/kit/axis-range.js';
import { dodge } from '../../../src/report/kit/dodge.js';
import { freeSpot } from '../../../src/report/kit/free-spot.js';
import { panelHeads } from '../../../src/report/kit/panel-heads.js';
import { namedTicks, spansDecades, tickNames } from '../../../src/report/kit/ticks.js';
import { binShares, commonBins, zeroRate } from '../../../src/report/study/figures/gradient-stats.js';
import { centralRange } from '../../../src/report/study/figures/weight-range.js';
import { modelStyles } from '../../../src/report/study/model-styles.js';
import { fixture } from './fixture.js';
import { cifar10Fixture } from './fixture-cifar10.js';

describe('dodge', () => {
  it('leaves labels alone that have room', () => {
    expect(dodge([10, 50, 90], 5, 0, 100)).toEqual([10, 50, 90]);
  });

  it('centres labels that want the same place, the first on top', () => {
    expect(dodge([50, 50, 50], 10, 0, 100)).toEqual([60, 50, 40]);
  });

  it('keeps the gap and the range', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 10 }),
        (wanted) => {
          const placed = dodge(wanted, 10, 0, 100);
          const sorted = [...placed].sort((a, b) => a - b);
          for (let i = 1; i < sorted.length; i++)
            expect(sorted[i]! - sorted[i - 1]!).toBeGreaterThanOrEqual(10 - 1e-6);
          expect(sorted[0]).toBeGreaterThanOrEqual(0);
          expect(sorted.at(-1)).toBeLessThanOrEqual(100 + 1e-6);
          const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]! || b - a);
          for (let i = 1; i < order.length; i++)
            expect(placed[order[i]!]).toBeGreaterThan(placed[order[i - 1]!]!);
        },
      ),
    );
  });
});

describe('gradient shares', () => {
  const gradients = {
    model: 'm',
    attack: 'fgsm',
    variant: '',
    tau: 0,
    objective: 'cross-entropy',
    images: 100,
    zeros: 40,
    below: 10,
    above: 0,
    nonFinite: 0,
    histogram: { edges: [-20, -10, 0], counts: [20, 30] },
    quantiles: {},
  };

  it('counts cut bins in proportion and never the zeros', () => {
    expect(shareBetween(gradients, [-10, 0]).value).toBeCloseTo(0.3);
    expect(shareBetween(gradients, [-15, 0]).value).toBeCloseTo(0.4);
    expect(zeroRate(gradients)).toMatchObject({ count: 40, total: 100 });
  });

  it('accounts for every input', () => {
    const bins = commonBins([gradients], [-25, 0]);
    const binned = binShares(gradients, bins).reduce((sum, b) => sum + b.share, 0);
    expect(binned + zeroRate(gradients).value! + gradients.below / gradients.images).toBeCloseTo(1);
    expect(bins.below).toBe(-20);
    expect(bins.top).toBe(40);
  });
});

describe('freeSpot', () => {
  const domain = { x: [0, 1], y: [0, 100] } as const;
  const line = (series: string, ...ys: number[]) => ys.map((y, i) => ({ series, x: i / (ys.length - 1), y }));

  it('stays low where lines are high, and goes up where they fall', () => {
    expect(freeSpot(line('a', 95, 95), domain, 0.5)).toEqual({ side: 'right', y: 6 });
    const spot = freeSpot(line('a', 95, 10, 0), domain, 0.5);
    expect(spot.side).toBe('right');
    expect(spot.y).toBeGreaterThan(20);
  });

  it('changes sides when the right is taken', () => {
    const fan = [0, 20, 40, 60, 80, 100].flatMap((end) => line(`to ${end}`, 95, 95, end));
    expect(freeSpot(fan, domain, 0.4)).toEqual({ side: 'left', y: 6 });
  });

  it('finds some place in any panel', () => {
    expect(freeSpot([], domain, 2)).toEqual({ side: 'right', y: 6 });
    expect(freeSpot(line('a', 50, 50), { x: [0, 1], y: [0, 100] }, 1).y).toBe(6);
  });
});

describe('panelHeads', () => {
  it('wraps to the width and gives all of a row as many lines', () => {
    const heads = panelHeads(
      [
        { title: 'Short', notes: ['a note', ''] },
        { title: 'A title of several words', notes: ['a longer note that takes more than a line'] },
      ],
      120,
    );
    expect(heads[1]!.text).toEqual(['A title of', 'several words']);
    const lines = heads.map((h) => h.text.length + h.subtitle.length);
    expect(lines[0]).toBe(lines[1]);
    expect(heads[0]!.subtitle[0]).toBe('a note');
    expect(panelHeads([], 100)).toEqual([]);
  });
});

describe('axes', () => {
  it('never zooms in further than asked', () => {
    const [low, high] = paddedRange([99.2, 99.3], 2);
    expect(high - low).toBeGreaterThanOrEqual(2);
    expect(high).toBeLessThanOrEqual(100);
    expect(low).toBeLessThan(99.2);
  });

  it('ends logarithmic axes at 1, 2 or 5', () => {
    expect(logRange([0.031, 1.7])).toEqual([0.02, 2]);
    expect(logRange([1, 1])).toEqual([1, 2]);
  });
});

describe('ticks of a logarithmic axis', () => {
  const epsilons = [1, 2, 4, 8, 16].map((n) => n / 255).concat([0.1, 0.2, 0.3, 0.4, 0.5]);

  it('are needed when values span more than a decade or so', () => {
    expect(spansDecades(epsilons)).toBe(true);
    expect(spansDecades([0.1, 0.2, 0.3, 0.4, 0.5])).toBe(false);
    expect(spansDecades([10, 100])).toBe(false);
    expect(spansDecades([0, 1])).toBe(false);
    expect(spansDecades([0.1])).toBe(false);
  });

  it('are named where there is room: the important one, the ends, then others', () => {
    expect(namedTicks(epsilons, 232, 8 / 255)).toEqual([1 / 255, 8 / 255, 0.1, 0.2, 0.5]);
    expect(namedTicks(epsilons, 120, 8 / 255)).toEqual([1 / 255, 8 / 255, 0.5]);
    expect(namedTicks(epsilons, 2000)).toEqual(epsilons);
    expect(namedTicks([0.1], 100)).toEqual([0.1]);
  });

  it('are written as people write them, and others not at all', () => {
    const text = (value: number) =>
      new Function('datum', `return ${tickNames([8 / 255, 0.1, 10])}`)({ value });
    expect([8 / 255, 0.1, 10, 0.2].map(text)).toEqual(['8/255', '0.1', '10', '']);
  });
});

describe('weight range', () => {
  it('takes the widest mirrored pair of quantiles', () => {
    const quantiles = { '0': -9, '0.005': -2, '0.25': -1, '0.75': 1, '0.995': 2.5, '1': 9 };
    expect(centralRange({ quantiles, min: -9, max: 9 })).toEqual({
      low: -2,
      high: 2.5,
      name: 'central 99\u00a0%',
    });
  });

  it('falls back to the whole range', () => {
    expect(centralRange({ quantiles: { '0.5': 0 }, min: -1, max: 2 })).toEqual({
      low: -1,
      high: 2,
      name: 'whole range',
    });
  });
});

describe('model styles', () => {
  it('tells all five models apart and puts compression on a ramp', () => {
    const results = fixture(true);
    const style = modelStyles(results);
    expect(new Set(results.models.map((m) => style(m.id).colour)).size).toBe(5);
    expect(style('uncompressed').colour).toBe('#1c2430');
  });

  it('does not merge models that share a label', () => {
    const results = fixture();
    const same = { ...results, models: results.models.map((m) => ({ ...m, label: 'Net' })) };
    expect(new Set(same.models.map((m) => modelStyles(same)(m.id).name)).size).toBe(3);
  });

  it.each(['four', 'families'] as const)(
    'tells %s of CIFAR-10 apart, shades of one hue for one network',
    (selection) => {
      const results = cifar10Fixture(selection);
      const style = modelStyles(results);
      const rgb = (hex: string) => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16));
      const colours = results.models.map((m) => rgb(style(m.id).colour));
      for (const [i, a] of colours.entries()) {
        for (const b of colours.slice(0, i))
          expect(Math.hypot(...a.map((v, c) => v - b[c]!))).toBeGreaterThan(50);
      }
      expect(new Set(results.models.map((m) => style(m.id).textColour)).size).toBe(results.models.length);
      // Nothing is so pale that it is lost on white.
      for (const colour of colours) expect(Math.min(...colour)).toBeLessThan(190);
    },
  );

  it('does not change the colours of a network when another is added', () => {
    const colour = (selection: 'twins' | 'families' | 'one' | 'four') =>
      modelStyles(cifar10Fixture(selection))('dnn1').colour;
    expect(new Set([colour('one'), colour('twins'), colour('families'), colour('four')]).size).toBe(1);
  });

  it('tells several uncompressed models apart', () => {
    const results = fixture();
    const plain = { ...results, models: results.models.map((m) => ({ ...m, compression: 'none' })) };
    expect(new Set(plain.models.map((m) => modelStyles(plain)(m.id).colour)).size).toBe(3);
  });
});
