import { expect, it } from 'vitest';
import { type ObjectiveName, objectives } from '../../../src/core/models/objectives/index.js';
import { classifierOf, linearModel } from '../../support/classifiers.js';
import { float32 } from '../../support/toolkit.js';

/**
 * Two classes whose margin z_y - z_k the input chooses: it is 128 x. The input gradient is -128 times the
 * probability of the other class, wherever nothing is clipped or lost. Either the other class's logit falls
 * with x, or that of the predicted class rises.
 */
const otherFalls = () => linearModel([[0], [-128]], [0, 0]);
const ownRises = () => linearModel([[128], [0]], [0, 0]);

async function gradientsAt(
  margins: readonly number[],
  name: ObjectiveName,
  model = otherFalls(),
): Promise<Float32Array> {
  const classifier = await classifierOf(model);
  const images = float32(
    [margins.length, 1, 1, 1],
    margins.map((margin) => margin / 128),
  );
  const { gradient } = await classifier.gradient(images, objectives[name]);
  await classifier.release();
  return gradient.data;
}

const steps = (from: number, to: number, by: number) =>
  Array.from({ length: Math.round((to - from) / by) + 1 }, (_, i) => from + i * by);

const exact = (margin: number) => -128 / (1 + Math.exp(margin));

/** The margin up to which no gradient is zero; from there on all of them must be. */
function lastAlive(margins: readonly number[], gradient: Float32Array): number {
  const first = gradient.indexOf(0);
  expect(first).toBeGreaterThan(0);
  expect(gradient.slice(first).every((v) => v === 0)).toBe(true);
  return margins[first - 1]!;
}

it(
  'the clipped cross-entropy has a gradient of exactly zero from a margin of about 16 on, and ' +
    'not before',
  async () => {
    // 1 - 1e-7 rounds to 1 - 2^-23 in single precision, so a probability is clipped once it rounds to 1 -
    // 2^-24: when that of the other class is below 1.5 * 2^-24 = 8.9e-8, at a margin of 16.2.
    expect(-Math.log(1.5 * 2 ** -24)).toBeCloseTo(16.23, 2);
    const margins = steps(1, 40, 0.25);
    for (const model of [otherFalls(), ownRises()]) {
      const alive = lastAlive(margins, await gradientsAt(margins, 'cross-entropy-clipped', model));
      expect(alive).toBeGreaterThan(15.4);
      expect(alive).toBeLessThan(17);
    }
  },
);

it('the stable cross-entropy is exact until single precision underflows, past a margin of 87', async () => {
  const margins = steps(1, 120, 1);
  const gradient = await gradientsAt(margins, 'cross-entropy');
  margins.forEach((margin, i) => {
    if (margin <= 80) expect(gradient[i]! / exact(margin), `margin ${margin}`).toBeCloseTo(1, 3);
  });
  // The smallest normal number is exp(-87.3), the smallest of all exp(-103.3) / 128 or so.
  const alive = lastAlive(margins, gradient);
  expect(alive).toBeGreaterThanOrEqual(82);
  expect(alive).toBeLessThanOrEqual(109);
});

it("keeps the share that flows through the predicted class's own logit just as long", async () => {
  // The usual form computes p - 1 from a probability that has rounded to 1 and loses this
  // share past a margin of 17.
  const margins = steps(1, 80, 1);
  const gradient = await gradientsAt(margins, 'cross-entropy', ownRises());
  margins.forEach((margin, i) => {
    expect(gradient[i]! / exact(margin), `margin ${margin}`).toBeCloseTo(1, 3);
  });
});

it('where both are alive they have the same gradient', async () => {
  const margins = steps(0.5, 10, 0.5);
  const [a, b] = [
    await gradientsAt(margins, 'cross-entropy'),
    await gradientsAt(margins, 'cross-entropy-clipped'),
  ];
  margins.forEach((_, i) => {
    expect(b[i]! / a[i]!).toBeCloseTo(1, 2);
  });
});
