import { describe, expect, it } from 'vitest';
import {
  bestElement,
  bestPair,
  type Direction,
  elementDirection,
  movedValue,
  rankElements,
  type SaliencyRow,
  type SaliencyStep,
} from '../../../../src/core/attacks/search/saliency.js';
import { type Random, stream } from '../../../../src/core/base/random.js';

const pick = <T>(random: Random, items: readonly T[]): T => items[random.integer(items.length)]!;
const tiny = 2 ** -149;
const huge = 3e38;

/**
 * How (alpha, beta) of one element are drawn; for an increase, a large alpha and a
 * very negative beta are good.
 */
const kinds: Record<string, (random: Random) => readonly [number, number]> = {
  'independent normals': (r) => [r.normal(), r.normal()],
  'an arc, nobody dominated': (r) => {
    const angle = (r.uniform() * Math.PI) / 2;
    return [Math.cos(angle), -Math.sin(angle)];
  },
  'a falling line through all signs': (r) => {
    const t = r.uniform();
    return [t - 0.4, t - 0.6];
  },
  'nearly a front': (r) => {
    const t = r.normal();
    return [t, t + 0.1 * r.normal()];
  },
  'good in both or in none': (r) => {
    const t = r.normal();
    return [t, -t + 0.1 * r.normal()];
  },
  'softmax, beta = -alpha': (r) => {
    const t = r.normal();
    return [t, -t];
  },
  'softmax with ties': (r) => {
    const t = r.integer(7) - 4;
    return [t, -t];
  },
  'small integers': (r) => [r.integer(5) - 2, r.integer(5) - 2],
  'three points': (r) =>
    pick(r, [
      [2, -1],
      [1, -2],
      [-1, 1],
    ]),
  'zeros of both signs': (r) => [pick(r, [0, -0, 1, -1]), pick(r, [0, -0, 1, -1])],
  'extreme magnitudes': (r) => [
    pick(r, [tiny, -tiny, huge, -huge, 0, 1, -1, 1e-40]),
    pick(r, [tiny, -tiny, huge, -huge, 0, 1, -1, 1e-40]),
  ],
  'scales far apart': (r) => [1e-20 * r.normal(), 1e20 * r.normal()],
  'one good element': (r) => (r.integer(12) === 0 ? [3, -3] : [-1 - r.uniform(), 1 + r.uniform()]),
  'never admissible': (r) => [-r.uniform(), -r.uniform()],
};
const directions = ['increase', 'decrease', 'both'] as const;

type Drawn = SaliencyRow & { readonly used: Uint8Array };

/** Three elements in four stand between the bounds, the rest at one of them; one in eight is used. */
function draw(random: Random, n: number, kind: (random: Random) => readonly [number, number]): Drawn {
  const terms = Array.from({ length: n }, () => kind(random));
  return {
    alpha: Float32Array.from(terms, ([alpha]) => alpha),
    beta: Float32Array.from(terms, ([, beta]) => beta),
    x: Float32Array.from(terms, () => pick(random, [0, 1, 0.1, 0.3, 0.5, 0.6, 0.8, 0.9])),
    used: Uint8Array.from(terms, () => (random.integer(8) === 0 ? 1 : 0)),
  };
}

const stepOf = (direction: SaliencyStep['direction']): SaliencyStep => ({
  theta: 0.25,
  bounds: [0, 1],
  direction,
});
const ways = (direction: SaliencyStep['direction']): readonly Direction[] =>
  direction === 'both' ? ['increase', 'decrease'] : [direction];

// The definitions once more, as plainly as they can be written.
// -------------------------------------------------------

const open = ({ x, used }: Drawn, i: number, way: Direction) =>
  used[i] === 0 && (way === 'increase' ? x[i]! < 1 : x[i]! > 0);

function pairValue({ alpha, beta }: SaliencyRow, p: number, q: number, way: Direction): number {
  const [a, b] = [alpha[p]! + alpha[q]!, beta[p]! + beta[q]!];
  return (way === 'increase' ? a > 0 && b < 0 : a < 0 && b > 0) ? -a * b : 0;
}

function largestPairValue(row: Drawn, direction: SaliencyStep['direction']): number {
  let best = 0;
  for (const way of ways(direction)) {
    for (let p = 0; p < row.alpha.length; p++) {
      for (let q = 0; q < row.alpha.length; q++) {
        if (p !== q && open(row, p, way) && open(row, q, way))
          best = Math.max(best, pairValue(row, p, q, way));
      }
    }
  }
  return best;
}

function ranking(row: Drawn, direction: SaliencyStep['direction']): number[] {
  const admitted = [...row.alpha.keys()].filter((i) =>
    ways(direction).some((way) => {
      const sign = way === 'increase' ? 1 : -1;
      return open(row, i, way) && sign * row.alpha[i]! > 0 && sign * row.beta[i]! < 0;
    }),
  );
  return admitted.sort((i, j) => Math.abs(row.alpha[j]!) - Math.abs(row.alpha[i]!) || i - j);
}

/** 14 kinds, 3 directions, 16 sizes: 672 rows. The largest ones fill several blocks of the search. */
const sizes = [0, 1, 2, 2, 2, 3, 3, 4, 5, 8, 13, 21, 40, 64, 150, 300];
const rows = (name: string, direction: string) =>
  sizes.map((n, k) => draw(stream(7, 'saliency', name, direction, k), n, kinds[name]!));

// ------------------------------------------------------------------------------------------

describe.each(Object.keys(kinds))('%s', (name) => {
  it.each(directions)('%s: the best pair is as good as the best of all pairs', (direction) => {
    for (const row of rows(name, direction)) {
      const best = largestPairValue(row, direction);
      const pair = bestPair(row, stepOf(direction));
      // The very same number: both are the product of the same two sums.
      expect(pair?.value ?? 0).toBe(best);
      if (pair === undefined) continue;
      expect(ways(direction)).toContain(pair.direction);
      expect(pair.p).toBeLessThan(pair.q);
      expect([open(row, pair.p, pair.direction), open(row, pair.q, pair.direction)]).toEqual([true, true]);
      expect(pairValue(row, pair.p, pair.q, pair.direction)).toBe(best);
    }
  });

  it.each(directions)('%s: single elements are ranked as Eq. 7 says', (direction) => {
    for (const row of rows(name, direction)) {
      const [step, expected] = [stepOf(direction), ranking(row, direction)];
      expect(bestElement(row, step)).toBe(expected[0] ?? -1);
      for (const limit of [0, 1, 2, 5, expected.length, row.alpha.length + 1]) {
        expect([...rankElements(row, step, limit)]).toEqual(expected.slice(0, limit));
      }
      for (const i of expected)
        expect(elementDirection(row, i)).toBe(row.beta[i]! < 0 ? 'increase' : 'decrease');
    }
  });
});

const rowOf = (alpha: readonly number[], beta: readonly number[], x = 0.5): SaliencyRow => ({
  alpha: Float32Array.from(alpha),
  beta: Float32Array.from(beta),
  x: new Float32Array(alpha.length).fill(x),
});

describe('saliency', () => {
  it('finds pairs in all kinds of rows above but the last', () => {
    for (const name of Object.keys(kinds)) {
      const found = directions.flatMap((d) => rows(name, d).map((row) => largestPairValue(row, d)));
      expect(found.some((value) => value > 0)).toBe(name !== 'never admissible');
    }
  });

  it('admits nothing at alpha = 0 or beta = 0', () => {
    const row = rowOf([0, 1, 1, -0, 0.5], [-1, 0, -0, 1, -1]);
    expect([...rankElements(row, stepOf('both'), 5)]).toEqual([4]);
  });

  it('pairs elements that Eq. 7 admits only together', () => {
    const row = rowOf([3, -1], [1, -2]);
    expect(bestElement(row, stepOf('increase'))).toBe(-1);
    expect(bestPair(row, stepOf('increase'))).toEqual({ p: 0, q: 1, value: 2, direction: 'increase' });
  });

  it('takes the increasing pair where a decreasing one is as good', () => {
    const row = rowOf([1, 1, -1, -1], [-1, -1, 1, 1]);
    expect(bestPair(row, stepOf('both'))).toEqual({ p: 0, q: 1, value: 4, direction: 'increase' });
    expect(bestPair(row, stepOf('decrease'))).toEqual({ p: 2, q: 3, value: 4, direction: 'decrease' });
  });

  it('reads the used mask anew at each call', () => {
    const used = new Uint8Array(3);
    const row = { ...rowOf([3, 2, 1], [-3, -2, -1]), used };
    expect([bestElement(row, stepOf('both')), bestPair(row, stepOf('both'))?.value]).toEqual([0, 25]);
    used[0] = 1;
    expect([bestElement(row, stepOf('both')), bestPair(row, stepOf('both'))?.value]).toEqual([1, 9]);
    used[2] = 255;
    expect([bestElement(row, stepOf('both')), bestPair(row, stepOf('both'))]).toEqual([1, undefined]);
  });

  it('leaves alone what a step does not move: at a bound, or smaller than single precision sees', () => {
    const at = (x: number) => rowOf([1, 1], [-1, -1], x);
    // 0.1 in single precision lies a hair above the bound 0.1, and stays there.
    for (const [x, theta, high] of [
      [1, 0.5, 1],
      [0.1, 0.5, 0.1],
      [0.7, 1e-9, 1],
    ] as const) {
      const step = { theta, bounds: [0, high], direction: 'increase' } as const;
      expect(bestElement(at(x), step)).toBe(-1);
      expect(bestPair(at(x), step)).toBeUndefined();
    }
    expect(bestElement(at(0.5), { theta: 1e-6, bounds: [0, 1], direction: 'increase' })).toBe(0);
  });

  it('moves by theta and clips to the bounds', () => {
    const step: SaliencyStep = { theta: 0.25, bounds: [-0.5, 0.5], direction: 'both' };
    expect([0, 0.375, 0.5].map((x) => movedValue(x, 'increase', step, 0))).toEqual([0.25, 0.5, 0.5]);
    expect([0, -0.375, -0.5].map((x) => movedValue(x, 'decrease', step, 0))).toEqual([-0.25, -0.5, -0.5]);
    expect(movedValue(0.1, 'increase', step, 0)).toBe(Math.fround(0.35));
  });

  it('takes rows of a batch as views', () => {
    const random = stream(3, 'views');
    const batch = draw(random, 60, kinds['independent normals']!);
    for (let row = 0; row < 3; row++) {
      const part = <T extends Float32Array | Uint8Array>(data: T) =>
        data.subarray(row * 20, row * 20 + 20) as T;
      const view = {
        alpha: part(batch.alpha),
        beta: part(batch.beta),
        x: part(batch.x),
        used: part(batch.used),
      };
      expect(bestPair(view, stepOf('both'))?.value).toBe(largestPairValue(view, 'both'));
      expect([...rankElements(view, stepOf('both'), 20)]).toEqual(ranking(view, 'both'));
    }
  });

  it.each(['independent normals', 'softmax, beta = -alpha', 'softmax with ties'])(
    'takes an image of 224 x 224 x 3: %s',
    (name) => {
      const row = draw(stream(5, 'large', name), 150_528, kinds[name]!);
      const expected = ranking(row, 'increase');
      expect([...rankElements(row, stepOf('increase'), 1000)]).toEqual(expected.slice(0, 1000));
      const pair = bestPair(row, stepOf('increase'))!;
      expect(pairValue(row, pair.p, pair.q, 'increase')).toBe(pair.value);
      // The two most salient are a pair; on the line beta = -alpha, the best one.
      const obvious = pairValue(row, expected[0]!, expected[1]!, 'increase');
      if (name === 'independent normals') expect(pair.value).toBeGreaterThan(obvious);
      else expect(pair.value).toBe(obvious);
    },
  );
});
