import { describe, expect, it } from 'vitest';
import {
  type Attack,
  type AttackParameters,
  attacks,
  type Norm,
  sweep,
} from '../../../src/core/attacks/index.js';
import { stream } from '../../../src/core/base/random.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { rows } from '../../../src/core/tensor/tensor.js';
import { classifierOf, linearModel, uniform } from '../../support/classifiers.js';

const [WIDTH, COUNT] = [12, 16];

/**
 * The smallest radius within which a linear function can rise by `rise` without leaving the bounds, found by
 * what is best in each norm: every element as far as it may in Linf, along the slope in L2, the steepest
 * elements first in L1.
 */
function smallestRadius(norm: Norm, slope: readonly number[], x: readonly number[], rise: number): number {
  const room = slope.map((s, i) => (s > 0 ? 1 - x[i]! : x[i]!));
  if (norm === 'L1') {
    let [left, spent] = [rise, 0];
    for (const i of slope.map((_, k) => k).sort((a, b) => Math.abs(slope[b]!) - Math.abs(slope[a]!))) {
      const move = Math.min(room[i]!, left / Math.abs(slope[i]!));
      spent += move;
      left -= move * Math.abs(slope[i]!);
    }
    return left > 1e-9 ? Number.POSITIVE_INFINITY : spent;
  }
  const moves = (t: number) => slope.map((s, i) => Math.min(room[i]!, norm === 'Linf' ? t : t * Math.abs(s)));
  let [low, high] = [0, 1e6];
  for (let round = 0; round < 200; round++) {
    const middle = (low + high) / 2;
    const risen = moves(middle).reduce((sum, move, i) => sum + move * Math.abs(slope[i]!), 0);
    if (risen < rise) low = middle;
    else high = middle;
  }
  if (high > 9e5) return Number.POSITIVE_INFINITY;
  return norm === 'Linf' ? Math.max(...moves(high)) : Math.hypot(...moves(high));
}

interface Case {
  readonly attack: Attack;
  readonly parameters?: AttackParameters;
  /** How far above the exact radius success is certain, relatively. */
  readonly slack: number;
}
const cases: Case[] = [
  { attack: attacks.bim, slack: 1e-3 },
  { attack: attacks['mi-fgsm'], slack: 1e-3 },
  { attack: attacks.pgd, slack: 1e-3 },
  { attack: attacks.pgd, parameters: { randomStart: 'no' }, slack: 1e-3 },
  // From any point of the ball, 40 steps of epsilon / 16 leave an angle of 0.1 to 0.3 to the best direction.
  { attack: attacks['pgd-l2'], slack: 0.08 },
  { attack: attacks['pgd-l2'], parameters: { stepSize: 2 }, slack: 1e-3 },
  // A step fills one element, and the projection takes as much from all of them: it circles around the best
  // point. Where bounds bind, the elements that are left are flat: what is missing of the rise costs a
  // multiple of it in radius.
  { attack: attacks['pgd-l1'], parameters: { steps: 200, stepSize: 0.02 }, slack: 0.1 },
  { attack: attacks.apgd, slack: 1e-3 },
  { attack: attacks['apgd-l2'], slack: 1e-3 },
  { attack: attacks['apgd-t'], slack: 1e-3 },
  { attack: attacks['apgd-t-l2'], slack: 1e-3 },
];

/** Two classes with random slopes; the margin of each input is known in double precision. */
function model(name: string) {
  const random = stream(1, 'closed form', name);
  const slopes = [0, 1].map(() => Array.from({ length: WIDTH }, () => Math.fround(random.normal())));
  return { slopes, classifier: classifierOf(linearModel(slopes, [0.2, 0])) };
}

describe.each(cases)('$attack.name $parameters on a linear model', ({ attack, parameters, slack }) => {
  it.each([
    ['inside', 0.35, 0.65],
    ['where bounds are in the way', 0, 1],
  ])('succeeds from the smallest possible radius on and not before: inputs %s', async (name, low, high) => {
    const { slopes, classifier: ready } = model(name);
    const classifier = await ready;
    const images = uniform([COUNT, 1, 1, WIDTH], low, high, 'closed form', name);
    const exact = Array.from({ length: COUNT }, (_, n) => {
      const x = [...rows(images, n, n + 1).data];
      const [a, b] = slopes.map((w, k) => w.reduce((sum, v, i) => sum + v * x[i]!, 0) + [0.2, 0][k]!) as [
        number,
        number,
      ];
      const y = a >= b ? 0 : 1;
      const towards = slopes[0]!.map((w, i) => (y === 0 ? slopes[1]![i]! - w : w - slopes[1]![i]!));
      return smallestRadius(attack.norm, towards, x, Math.abs(a - b));
    });
    const usable = exact.filter((r) => r > 1e-2 && r < attack.budget.maximum / (1 + slack) - 1e-3);
    expect(usable.length).toBeGreaterThan(COUNT / 2);
    const budgets = usable.flatMap((r) => [r * (1 - 1e-3), r * (1 + slack)]).sort((p, q) => p - q);
    const result = await sweep({
      attack,
      classifier,
      objective: objectives['cross-entropy'],
      images,
      labels: Array(COUNT).fill(0),
      budgets,
      // Half of the budgets lie above the first that an input falls to.
      dropFooled: true,
      ...(parameters && { parameters }),
    });
    exact.forEach((radius, n) => {
      if (!usable.includes(radius)) return;
      const first = budgets[result.smallest[n]!]!;
      expect(first / radius, `input ${n}, exact radius ${radius}`).toBeGreaterThan(1 - 1e-4);
      expect(first / radius, `input ${n}, exact radius ${radius}`).toBeLessThanOrEqual(1 + slack + 1e-12);
    });
    await classifier.release();
  });
});

it('the smallest radius is the margin over the dual norm of the slope, where no bound is in the way', () => {
  const slope = [3, -4, 0.5];
  const x = [0.5, 0.5, 0.5];
  expect(smallestRadius('Linf', slope, x, 1)).toBeCloseTo(1 / 7.5, 12);
  expect(smallestRadius('L2', slope, x, 1)).toBeCloseTo(1 / Math.hypot(3, 4, 0.5), 12);
  expect(smallestRadius('L1', slope, x, 1)).toBeCloseTo(1 / 4, 12);
  // The steepest element alone has no room for it.
  expect(smallestRadius('L1', slope, [0.5, 0.1, 0.5], 1)).toBeCloseTo(0.1 + 0.6 / 3, 12);
});
