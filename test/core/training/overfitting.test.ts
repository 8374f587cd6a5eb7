import { describe, expect, it } from 'vitest';
import { stream } from '../../../src/core/base/random.js';
import { checkSingleStep, type SingleStepCheck } from '../../../src/core/training/overfitting.js';
import { dataOf } from '../../support/errors.js';
import { float32, int64, type Tensor } from '../../support/toolkit.js';

type Images = Tensor<'float32'>;
const flat = (value: number) => float32([10, 1, 1, 1], Array(10).fill(value));

/**
 * A made-up network of two classes: it says 0 as long as an image of one element is darker than its own
 * limit; slopes point up.
 */
const check = (limits: (n: number) => number): SingleStepCheck => ({
  step: 700,
  images: flat(0.5),
  // What a short single step has made of it.
  attacked: flat(0.55),
  labels: int64([10], Array(10).fill(0)),
  epsilon: 0.2,
  random: stream(1, 'test'),
  lossGradient: async ({ data, dims }: Images) => ({
    gradient: new Float32Array(data.length).fill(1),
    logits: float32(
      [dims[0]!, 2],
      [...data].flatMap((v, n) => (v < limits(n) ? [1, 0] : [0, 1])),
    ),
  }),
});

describe('catastrophic overfitting', () => {
  it('is an error that says what survives which attack', async () => {
    const data = await dataOf('collapsed', () => checkSingleStep(check((n) => (n < 4 ? 0.9 : 0.6))));
    expect(data).toEqual({ step: 700, single: 1, several: 0.4, steps: 10 });
    await expect(checkSingleStep(check(() => 0.6))).rejects.toThrow(
      /step 700 .* is robust to 100 % of single steps, but only 0 % of attacks of 10 steps.* Use pgd, fewer epochs/,
    );
  });

  it.each<[string, (n: number) => number]>([
    ['a network that withstands both', () => 0.9],
    ['one that loses half to several steps', (n) => (n < 5 ? 0.9 : 0.6)],
    ['one that has learnt nothing yet', () => 0.3],
    ['one that is beaten by a single step already', (n) => (n < 5 ? 0.6 : 0.3)],
  ])('is not %s', async (_, limits) => {
    await expect(checkSingleStep(check(limits))).resolves.toBeUndefined();
  });
});
