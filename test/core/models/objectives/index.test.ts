import { describe, expect, it } from 'vitest';
import { namesOf } from '../../../../src/core/base/names.js';
import { stream } from '../../../../src/core/base/random.js';
import { type ObjectiveName, objectives } from '../../../../src/core/models/objectives/index.js';
import { classifierOf, linearModel } from '../../../support/classifiers.js';
import { dataOf } from '../../../support/errors.js';
import { float32 } from '../../../support/toolkit.js';

/** A classifier whose logits are its input, so that input gradients are those of the objective. */
const identity = (classes: number) =>
  classifierOf(
    linearModel(
      Array.from({ length: classes }, (_, k) => Array.from({ length: classes }, (__, i) => Number(i === k))),
      Array(classes).fill(0),
    ),
  );

async function gradientOf(name: ObjectiveName, logits: readonly number[], label?: number, target?: number) {
  const classifier = await identity(logits.length);
  const x = float32([1, 1, 1, logits.length], logits);
  const labels = label === undefined ? undefined : [label];
  const { loss, gradient } = await classifier.gradient(
    x,
    objectives[name],
    labels,
    target === undefined ? undefined : [target],
  );
  await classifier.release();
  return { loss: loss[0]!, gradient: [...gradient.data] };
}
const near = (list: readonly number[], wanted: readonly number[], digits = 5) => {
  expect(list.length).toBe(wanted.length);
  list.forEach((v, i) => {
    expect(v).toBeCloseTo(wanted[i]!, digits);
  });
};

describe('a targeted objective', () => {
  const z = [4, 1, 3, -2, 0];

  it('leads to the class that is named, for each input its own', async () => {
    // -(z_y - z_t) / (z_1 - (z_3 + z_4) / 2): the scale is 4 - (1 + 0) / 2.
    for (const [target, wanted] of [
      [1, -3],
      [2, -1],
      [3, -6],
      [4, -4],
    ] as const) {
      expect((await gradientOf('dlr-targeted', z, 0, target)).loss).toBeCloseTo(wanted / 3.5, 6);
    }
    const classifier = await identity(5);
    const x = float32([2, 1, 1, 5], [...z, ...z]);
    const { loss, gradient } = await classifier.gradient(x, objectives['dlr-targeted'], [0, 2], [3, 4]);
    near([...loss], [-6 / 3.5, -3 / 3.5]);
    // The second differs from the first, and each has the derivative of its own pair: d/dz_t is 1 / 3.5.
    expect(gradient.data[3]).toBeCloseTo(1 / 3.5, 5);
    expect(gradient.data[5 + 2]).toBeCloseTo(-1 / 3.5, 5);
    await classifier.release();
  });

  it('leads to the most likely other class where none is named, whatever the label', async () => {
    const named = await gradientOf('dlr-targeted', z, 0, 2);
    expect(await gradientOf('dlr-targeted', z, 0)).toEqual(named);
    expect(await gradientOf('dlr-targeted', z, 0, -1)).toEqual(named);
    expect(await gradientOf('dlr-targeted', z)).toEqual(named);
    expect(await gradientOf('dlr-targeted', z, 3)).toEqual(await gradientOf('dlr-targeted', z, 3, 0));
  });

  it('refuses targets that would change nothing', async () => {
    const refused = (name: ObjectiveName, labels: number[], targets: number[]) => async () => {
      const classifier = await identity(3);
      const x = float32([2, 1, 1, 3], [1, 2, 3, 1, 2, 3]);
      await classifier.gradient(x, objectives[name], labels, targets);
    };
    for (const targets of [[0, 1], [1, 3], [1], [1, 0.5], [-2, 1]]) {
      expect((await dataOf('data-mismatch', refused('dlr-targeted', [0, 2], targets))).what).toMatch(
        /^targets of /,
      );
    }
    expect((await dataOf('data-mismatch', refused('dlr', [0, 2], [1, 1]))).expected).toBe('none for dlr');
  });
});

describe('few classes and ties', () => {
  it('with two classes both ratios are the margin', async () => {
    for (const name of ['dlr', 'dlr-targeted'] as const) {
      const { loss, gradient } = await gradientOf(name, [3, 1]);
      expect(loss).toBe(-2);
      near(gradient, [-1, 1]);
    }
  });

  it('with three classes the targeted ratio has the scale of the other', async () => {
    expect((await gradientOf('dlr-targeted', [3, 1, -1])).loss).toBeCloseTo(-2 / 4, 6);
    expect((await gradientOf('dlr', [3, 1, -1])).loss).toBeCloseTo(-2 / 4, 6);
  });

  it('equal logits divide nothing by zero', async () => {
    for (const name of namesOf(objectives)) {
      for (const z of [
        [0, 0, 0, 0],
        [2, 2, 2, 2],
        [2, 2, 0, 0],
        [0, 5, 5, 5],
      ]) {
        const { loss, gradient } = await gradientOf(name, z, 1);
        expect(Number.isFinite(loss), `${name} ${z}`).toBe(true);
        expect(gradient.every(Number.isFinite), `${name} ${z}`).toBe(true);
        // Lowers the label's logit, or leaves it.
        expect(gradient[1]! <= 0, `${name} ${z}: ${gradient}`).toBe(true);
      }
    }
  });

  it('among equal logits the first gives the scale its gradient', async () => {
    // Third and fourth are equal: classes 2 and 3. d/dz of -(z_0 - z_1) / (z_0 - z_2).
    const { gradient } = await gradientOf('dlr', [4, 3, 1, 1]);
    near(gradient, [-1 / 3 + 1 / 9, 1 / 3, -1 / 9, 0]);
  });
});

describe('scale', () => {
  const random = stream(1, 'scale');
  const z = Array.from({ length: 6 }, () => random.normal());

  it.each(['dlr', 'dlr-targeted', 'cross-entropy-temperature'] as const)(
    '%s is the same at any',
    async (name) => {
      const at = await gradientOf(name, z);
      for (const scale of [1e-3, 1e3, 1e6]) {
        const scaled = await gradientOf(
          name,
          z.map((v) => v * scale),
        );
        expect(scaled.loss).toBeCloseTo(at.loss, 4);
        near(
          scaled.gradient.map((v) => v * scale),
          at.gradient,
          4,
        );
      }
    },
  );

  it('the temperature keeps the nearest class ahead and no share at zero', async () => {
    const { gradient } = await gradientOf('cross-entropy-temperature', [4000, 3900, 2000, 0]);
    expect(gradient[1]!).toBeGreaterThan(100 * gradient[2]!);
    expect(gradient[3]!).toBeGreaterThan(1e-9);
    expect(gradient.reduce((sum, v) => sum + v, 0)).toBeCloseTo(0, 9);
  });
});

it(
  'the fused cross-entropy is softmax minus one-hot to the bit, and so loses its own share past a ' +
    'margin of 17',
  async () => {
    const softmax = (z: readonly number[]) => {
      const powers = z.map((v) => Math.exp(v - Math.max(...z)));
      return powers.map((p) => p / powers.reduce((a, b) => a + b, 0));
    };
    for (const z of [
      [1, 2, 0.5],
      [0, 5, -5],
      [12, 0, 1],
    ]) {
      const y = z.indexOf(Math.max(...z));
      const { gradient } = await gradientOf('cross-entropy-fused', z);
      near(
        gradient,
        softmax(z).map((p, k) => p - Number(k === y)),
        6,
      );
    }
    const far = await gradientOf('cross-entropy-fused', [20, 0, 0]);
    expect(far.gradient[0]).toBe(0);
    expect(far.gradient[1]! / Math.exp(-20)).toBeCloseTo(1, 3);
    const stable = await gradientOf('cross-entropy', [20, 0, 0]);
    expect(stable.gradient[0]! / Math.exp(-20)).toBeCloseTo(-2, 3);
  },
);

it('the own logit is all that the logit objective sees', async () => {
  near((await gradientOf('logit', [5, 2, 9], 1)).gradient, [0, -1, 0]);
});
