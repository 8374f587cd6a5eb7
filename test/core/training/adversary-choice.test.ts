import { describe, expect, it } from 'vitest';
import { stream } from '../../../src/core/base/random.js';
import { adversaries } from '../../../src/core/training/adversaries.js';
import { parseAdversary, perturbed } from '../../../src/core/training/adversary-choice.js';
import { uniform } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';

describe('parseAdversary', () => {
  it.each([
    ['none', 'none'],
    [' fgsm-rs ', 'fgsm-rs:0.3,reach=1.25,warm-up=0.25'],
    ['pgd:0.1', 'pgd:0.1,steps=7,reach=2.5,warm-up=0.25'],
    ['pgd:1/8,warm-up=0,steps=40', 'pgd:0.125,steps=40,reach=2.5,warm-up=0'],
    ['pgd:steps=3', 'pgd:0.3,steps=3,reach=2.5,warm-up=0.25'],
    ['pgd: epsilon = 0.2 , reach = 2', 'pgd:0.2,steps=7,reach=2,warm-up=0.25'],
  ])('reads "%s" as %s', (text, canonical) => {
    expect(parseAdversary(text).text).toBe(canonical);
    expect(parseAdversary(canonical).text).toBe(canonical);
  });

  it.each([
    ['fgsm-rs:1.5', 'fgsm-rs epsilon', /^a number from 0 to 1 \(input units\), such as 0.3$/],
    ['fgsm-rs:-1', 'fgsm-rs epsilon', /^a number/],
    ['fgsm-rs:', 'fgsm-rs epsilon', /^a number/],
    ['pgd:0.3,steps=0', 'pgd steps', /^a whole number from 1 to 1000 \(steps\), such as 7$/],
    ['pgd:0.3,steps=2.5', 'pgd steps', /^a whole number/],
    ['pgd:0.3,warm-up=2', 'pgd warm-up', /^a number from 0 to 1 \(fraction\)/],
    ['pgd:0.3,7', 'pgd', /^each parameter once, such as pgd:0.3,steps=7,reach=2.5,warm-up=0.25$/],
    ['pgd:0.3,steps=7,steps=8', 'pgd', /^each parameter once/],
    ['pgd:0.3,epsilon=0.2', 'pgd', /^each parameter once/],
    ['none:0.3', 'none', /^no parameter$/],
  ])('refuses %s', async (text, what, expected) => {
    const data = await dataOf('bad-value', () => parseAdversary(text));
    expect(data.what).toBe(what);
    expect(data.expected).toMatch(expected);
  });

  it.each([
    ['pgdd:0.3', 'adversary', 'pgd'],
    ['', 'adversary', undefined],
    ['pgd:0.3,step=7', 'parameter of pgd', 'steps'],
    ['fgsm-rs:0.3,steps=7', 'parameter of fgsm-rs', undefined],
  ])('does not know %s', async (text, what, nearest) => {
    const data = await dataOf('unknown-name', () => parseAdversary(text));
    expect(data.what).toBe(what);
    expect(data.nearest).toBe(nearest);
  });
});

describe('epsilon', () => {
  it('rises along a straight line and stays', () => {
    const { epsilonAt } = parseAdversary('pgd:0.4,warm-up=0.5');
    expect([0, 0.125, 0.25, 0.5, 0.75, 1].map(epsilonAt)).toEqual([0, 0.1, 0.2, 0.4, 0.4, 0.4]);
  });

  it('is the full one from the start without warm-up, and 0 where there is no adversary', () => {
    expect(parseAdversary('fgsm-rs:0.3,warm-up=0').epsilonAt(0)).toBe(0.3);
    expect(parseAdversary('none').epsilonAt(1)).toBe(0);
  });
});

describe('perturbed', () => {
  const images = uniform([3, 1, 2, 2], 0.4, 0.6);
  const gradient = async () => Float32Array.from({ length: 12 }, (_, i) => [1, -2, 0][i % 3]!);

  it('by hand: the corner of the ball that the slopes point to', async () => {
    // One step of 4 epsilon reaches it from anywhere; elements without a slope stay where they started.
    const choice = parseAdversary('fgsm-rs:0.1,reach=4,warm-up=0');
    const { data } = await perturbed(choice, images, 0, stream(1), gradient);
    data.forEach((value, i) => {
      const by = value - images.data[i]!;
      if (i % 3 === 2) expect(Math.abs(by)).toBeLessThan(0.1);
      else expect(by).toBeCloseTo(i % 3 === 0 ? 0.1 : -0.1, 6);
    });
  });

  it('makes as many steps as it says, each asked for at the last point', async () => {
    const asked: Float32Array[] = [];
    const choice = parseAdversary('pgd:0.2,steps=3,reach=0.3,warm-up=0');
    const { data } = await perturbed(choice, images, 0, stream(1), async (points) => {
      asked.push(points.data.slice());
      return new Float32Array(12).fill(1);
    });
    expect(asked).toHaveLength(3);
    const start = asked[0]!;
    asked.concat(data).forEach((point, step) => {
      point.forEach((value, i) => {
        expect(value).toBeCloseTo(Math.min(images.data[i]! + 0.2, start[i]! + step * 0.02), 6);
      });
    });
  });

  it('uses the epsilon of the moment', async () => {
    const choice = parseAdversary('pgd:0.2,warm-up=0.5');
    const { data } = await perturbed(choice, images, 0.25, stream(1), gradient);
    const largest = Math.max(...data.map((value, i) => Math.abs(value - images.data[i]!)));
    expect(largest).toBeCloseTo(0.1, 6);
    expect((await perturbed(choice, images, 0, stream(1), gradient)).data).toEqual(images.data);
  });

  it('returns the same images where there is no adversary', async () => {
    expect(adversaries.none.craft).toBeUndefined();
    expect(await perturbed(parseAdversary('none'), images, 0, stream(1), gradient)).toBe(images);
  });
});
