import { beforeAll, describe, expect, it } from 'vitest';
import { checkedValue, type Parameter } from '../../src/core/base/parameters.js';
import { stream } from '../../src/core/base/random.js';
import { buildModel } from '../../src/core/models/build-model.js';
import type { Classifier } from '../../src/core/models/classifier.js';
import { objectives } from '../../src/core/models/objectives/index.js';
import { type Adversary, adversaries, type CraftContext } from '../../src/core/training/adversaries.js';
import { parseAdversary } from '../../src/core/training/adversary-choice.js';
import { classifierOf, largestDifference, uniform } from '../support/classifiers.js';
import { float32, type Tensor } from '../support/toolkit.js';
import { quadrants, tinyPlan, train } from '../support/training.js';

type Images = Tensor<'float32'>;

const split = quadrants(60);
const batch = split.batch([...Array(60).keys()]);
// Black and white elements too, where the bounds take part of the ball away.
const images = {
  ...batch.images,
  data: batch.images.data.map((v, i) => (i % 7 === 0 ? 0 : i % 7 === 1 ? 1 : v)),
};
const labels = Array.from(batch.labels.data, Number);

let classifier: Classifier;
beforeAll(async () => {
  const { model } = await train(buildModel('1x6x6-F16-4'), split, { ...tinyPlan, epochs: 20 });
  classifier = await classifierOf(model);
  return () => classifier.release();
});

const follow = (points: Images) => classifier.gradient(points, objectives['cross-entropy'], labels);

/** Mean loss of the true labels. */
async function lossAt(points: Images): Promise<number> {
  const { loss } = await follow(points);
  return loss.reduce((a, b) => a + b, 0) / loss.length;
}

const usual = (adversary: Adversary) =>
  Object.fromEntries(Object.entries(adversary.parameters).map(([key, { default: value }]) => [key, value]));

/** What an adversary makes of the images with its usual parameters. */
function craft(adversary: Adversary, epsilon: number, seed = 1, given: Images = images): Promise<Images> {
  const gradient = async (points: Images) => (await follow(points)).gradient.data;
  const context: CraftContext = {
    images: given,
    epsilon,
    parameters: usual(adversary),
    random: stream(seed, 'test'),
    gradient,
  };
  return Promise.resolve(adversary.craft?.(context) ?? given);
}

/** Uniform noise in the ball, the control: an adversary must do clearly more harm. */
function noise(epsilon: number): Images {
  const by = uniform(images.dims, -epsilon, epsilon, 'noise').data;
  return { ...images, data: images.data.map((v, i) => Math.min(1, Math.max(0, v + by[i]!))) };
}

/** Whether the loss rises at least four times as much as under noise. */
async function harms(adversary: Adversary, epsilon: number): Promise<boolean> {
  const clean = await lossAt(images);
  const [attacked, shaken] = [await lossAt(await craft(adversary, epsilon)), await lossAt(noise(epsilon))];
  return attacked - clean > 4 * Math.abs(shaken - clean) && attacked > clean + 0.05;
}

describe.each(Object.entries<Adversary>(adversaries))('adversary %s', (name, adversary) => {
  it('describes itself completely', () => {
    expect(adversary.name).toBe(name);
    const texts = [adversary.title, adversary.help, adversary.source];
    for (const [key, parameter] of Object.entries<Parameter>(adversary.parameters)) {
      texts.push(parameter.help, parameter.source);
      expect(checkedValue(key, parameter, parameter.default)).toBe(parameter.default);
    }
    for (const text of texts) expect(text).not.toBe('');
    const names = Object.keys(adversary.parameters);
    if (adversary.craft) {
      expect(names[0]).toBe('epsilon');
      expect(names).toContain('warm-up');
    } else expect(names).toEqual([]);
  });

  it('is written out in full and read again', () => {
    const choice = parseAdversary(name);
    expect(choice).toMatchObject({
      adversary,
      parameters: usual(adversary),
      active: adversary.craft !== undefined,
    });
    expect(parseAdversary(choice.text)).toMatchObject({ text: choice.text, parameters: choice.parameters });
  });

  it.each([0, 0.01, 0.1, 0.3, 1])('stays within %d of the images and in [0, 1]', async (epsilon) => {
    const { dims, data } = await craft(adversary, epsilon);
    expect(dims).toEqual(images.dims);
    expect(largestDifference(data, images.data)).toBeLessThanOrEqual(epsilon + 1e-7);
    expect(data.every((v) => v >= 0 && v <= 1)).toBe(true);
  });

  it('is a function of images, weights and stream, and leaves what it was given alone', async () => {
    const before = images.data.slice();
    const [a, b, other] = [
      await craft(adversary, 0.1),
      await craft(adversary, 0.1),
      await craft(adversary, 0.1, 2),
    ];
    expect(images.data).toEqual(before);
    expect(a.data).toEqual(b.data);
    if (adversary.craft) expect(a.data).not.toEqual(other.data);
    else expect(a).toBe(images);
  });

  it('does far more harm than noise, if it does anything', async () => {
    for (const epsilon of [0.05, 0.2])
      expect(await harms(adversary, epsilon)).toBe(adversary.craft !== undefined);
  });

  it('takes an empty batch', async () => {
    const empty = float32([0, 1, 6, 6], []);
    const context = { images: empty, epsilon: 0.1, parameters: usual(adversary), random: stream(1) };
    const result = await (adversary.craft?.({ ...context, gradient: async () => new Float32Array(0) }) ??
      empty);
    expect(result.data).toHaveLength(0);
  });
});

it(
  'an adversary that does nothing, and one that only makes noise, would not pass for one ' + 'that harms',
  async () => {
    const idle: Adversary = { ...adversaries.pgd, craft: async ({ images: given }) => given };
    const noisy: Adversary = { ...adversaries.pgd, craft: async ({ epsilon }) => noise(epsilon) };
    for (const adversary of [idle, noisy]) expect(await harms(adversary, 0.2)).toBe(false);
  },
);

it('several steps do more harm than one', async () => {
  const [one, seven] = [await craft(adversaries['fgsm-rs'], 0.2), await craft(adversaries.pgd, 0.2)];
  expect(await lossAt(seven)).toBeGreaterThan(await lossAt(one));
});
