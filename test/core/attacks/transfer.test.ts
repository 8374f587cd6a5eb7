import { describe, expect, it } from 'vitest';
import { BatchGoal } from '../../../src/core/attacks/harness/goal.js';
import { everyRow } from '../../../src/core/attacks/harness/rows.js';
import { Watched } from '../../../src/core/attacks/harness/target.js';
import {
  type Attack,
  type AttackContext,
  attacks,
  perturbationSizes,
  type SweepOptions,
  sweep,
} from '../../../src/core/attacks/index.js';
import { predictionChanges } from '../../../src/core/attacks/threat-model.js';
import { buildModel } from '../../../src/core/models/build-model.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { attackOf } from '../../support/attacks.js';
import { classifierOf, linearModel, uniform } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { float32 } from '../../support/toolkit.js';

const objective = objectives['cross-entropy'];
const images = uniform([11, 1, 4, 4], 0, 1, 'transfer');
const variants: [string, Attack, SweepOptions['parameters']][] = [
  ['fgsm', attacks.fgsm, {}],
  ...['single-shot', 'iterative'].map(
    (mode) => [`jsma ${mode}`, attacks.jsma, { mode }] as [string, Attack, SweepOptions['parameters']],
  ),
];
const budgetsOf = (attack: Attack) => (attack.budget.integer ? [1, 4, 8] : [0.1, 0.3, 0.6]);

describe.each(variants)('a transfer attack: %s', (_, attack, parameters) => {
  const sweepOf = async (seeds: readonly [number, number?], options: Partial<SweepOptions> = {}) => {
    const models = await Promise.all(
      seeds.map((seed) => classifierOf(buildModel('16-F12-4', { seed: seed! }), { batchSize: 4 })),
    );
    const [classifier, source] = models;
    const result = await sweep({
      attack,
      classifier: classifier!,
      ...(source && { source }),
      objective,
      ...(parameters && { parameters }),
      images,
      labels: Array(11).fill(0),
      budgets: budgetsOf(attack),
      keepAdversarial: true,
      ...options,
    });
    const queries = models.map((model) => ({ ...model.queries }));
    const says = await Promise.all(models.map((model) => model.predict(result.adversarial!)));
    const clean = await classifier!.predict(images);
    await Promise.all(models.map((model) => model.release()));
    return { result, queries, says, clean };
  };

  it('is judged by the attacked model alone', async () => {
    const { result, queries, says, clean } = await sweepOf([2, 5]);
    expect(result.clean).toEqual(clean);
    result.smallest.forEach((b, n) => {
      expect(says[0]![n] !== clean[n]).toBe(b !== -1);
    });
    // The attacked model is asked for no gradient.
    expect(queries[0]!.gradient).toBe(0);
    expect(queries[0]!.forward).toBeGreaterThan(11);
    expect(queries[1]!.gradient).toBeGreaterThan(0);
  });

  it('follows other gradients than an attack on the model itself', async () => {
    const [own, other] = [await sweepOf([2]), await sweepOf([2, 5])];
    expect(other.result.clean).toEqual(own.result.clean);
    expect(other.result.adversarial).not.toEqual(own.result.adversarial);
  });

  it('from a model of the same weights is the attack on the model itself', async () => {
    // The iterative search goes on past the success of its source: all is the same up to there,
    // which every budget shows.
    const iterative = parameters?.mode === 'iterative';
    const budgets = iterative ? [1, 2, 3, 4, 5, 6, 7, 8] : budgetsOf(attack);
    const [own, twin] = [await sweepOf([2], { budgets }), await sweepOf([2, 2], { budgets })];
    const { points, smallest, predictions, adversarial, clean, stuck } = own.result;
    expect(twin.result).toMatchObject({ smallest, adversarial, clean });
    expect(twin.result.stuck).toEqual(stuck);
    if (!iterative) expect(twin.result).toMatchObject({ points, predictions });
  });

  it('changes nothing when the source is the attacked model itself', async () => {
    const classifier = await classifierOf(buildModel('16-F12-4', { seed: 2 }), { batchSize: 4 });
    const all = {
      attack,
      classifier,
      objective,
      images,
      labels: Array(11).fill(0),
      budgets: budgetsOf(attack),
    };
    const options = { ...all, ...(parameters && { parameters }) };
    expect(await sweep({ ...options, source: classifier })).toEqual(await sweep(options));
    await classifier.release();
  });
});

it('the attack moves away from what the attacked model says, not from what its source says', async () => {
  // The attacked model sees class 0 everywhere, the source class 1; both have the same slopes.
  const slopes = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  const classifier = await classifierOf(linearModel(slopes, [5, 0, 0]));
  const source = await classifierOf(linearModel(slopes, [0, 5, 4]));
  const x = float32([1, 1, 1, 3], [0.5, 0.5, 0.5]);
  const run = (attack: Attack, budgets: number[], parameters = {}) =>
    sweep({
      attack,
      classifier,
      source,
      objective,
      images: x,
      labels: [0],
      budgets,
      parameters,
      keepAdversarial: true,
    });
  const moved = (await run(attacks.fgsm, [0.25])).adversarial!.data;
  // Label 0: the logit of class 0 falls, the others rise.
  expect([...moved]).toEqual([0.25, 0.75, 0.75]);

  // JSMA: the runner-up of the source among the classes that are not 0 is class 1; the source
  // predicts it from the start.
  const mirrored = [
    [1, -1, 0],
    [-1, 1, 0],
    [0, 0, 1],
  ];
  const [judge, guide] = [
    await classifierOf(linearModel(mirrored, [5, 0, 0])),
    await classifierOf(linearModel(mirrored, [0, 5, 4])),
  ];
  for (const mode of ['single-shot', 'iterative']) {
    const result = await sweep({
      attack: attacks.jsma,
      classifier: judge,
      source: guide,
      objective,
      images: x,
      labels: [0],
      budgets: [1],
      parameters: { mode, direction: 'both' },
      keepAdversarial: true,
    });
    expect([...result.clean]).toEqual([0]);
    expect(result.adversarial!.data.findIndex((v) => v !== 0.5)).not.toBe(-1);
  }
  for (const model of [classifier, source, judge, guide]) await model.release();
});

it('an iterative search goes on while the attacked model is not fooled, though its source is', async () => {
  const classifier = await classifierOf(buildModel('16-F12-4', { seed: 2 }));
  const source = await classifierOf(buildModel('16-F12-4', { seed: 5 }));
  const most = 8;
  const parameters = { mode: 'iterative', direction: 'both', theta: 0.4 };
  const all = {
    attack: attacks.jsma,
    objective,
    images,
    labels: Array(11).fill(0),
    keepAdversarial: true,
    parameters,
  };
  const { smallest, clean, adversarial, stuck } = await sweep({
    ...all,
    classifier,
    source,
    budgets: [most],
  });
  const resisting = [...smallest.keys()].filter((n) => smallest[n] === -1);
  const sizes = perturbationSizes(images, adversarial!, 'L0');
  expect(stuck!.count).toBe(0);
  expect(resisting.map((n) => sizes[n])).toEqual(resisting.map(() => most));
  // Among them are inputs whose source is fooled: to stop there would have left budget over.
  const seen = await source.predict(adversarial!);
  expect(resisting.filter((n) => seen[n] !== clean[n]).length).toBeGreaterThan(1);
  await classifier.release();
  await source.release();
});

it('the attack sees the source, and the labels are the attacked model’s predictions', async () => {
  const classifier = await classifierOf(buildModel('16-F12-4', { seed: 2 }));
  const source = await classifierOf(buildModel('16-F12-4', { seed: 5 }));
  const contexts: AttackContext[] = [];
  const spy = attackOf(
    (x) => x,
    'Linf',
    (context) => void contexts.push(context),
  );
  const all = { attack: spy, classifier, objective, images, labels: Array(11).fill(0), budgets: [0.5] };
  await sweep({ ...all, source });
  const seen = contexts.at(-1)!;
  expect(await seen.target.logits(images, everyRow(images))).toEqual(await source.logits(images));
  expect(await seen.target.predict(images, everyRow(images))).toEqual(await source.predict(images));
  const cotangent = uniform([11, 4], -1, 1, 'cotangent');
  expect(await seen.target.vjp(images, everyRow(images), [cotangent])).toEqual(
    await source.vjp(images, [cotangent]),
  );
  expect((await seen.target.gradient(images, { rows: everyRow(images), objective })).gradient).toEqual(
    (await source.gradient(images, objective)).gradient,
  );
  expect(seen.labels).toEqual(await classifier.predict(images));
  expect(await source.predict(images)).not.toEqual(seen.labels);
  // An attack on the model itself is told no labels: they are its own predictions.
  await sweep(all);
  expect(contexts.at(-1)!.labels).toBeUndefined();
  await classifier.release();
  await source.release();
});

it('what the source says of the originals is never taken for the attacked model’s predictions', async () => {
  const classifier = await classifierOf(buildModel('16-F12-4', { seed: 2 }));
  const source = await classifierOf(buildModel('16-F12-4', { seed: 5 }));
  const cotangent = uniform([11, 4], -1, 1, 'cotangent');
  const questions: ((target: Watched) => Promise<unknown>)[] = [
    (target) => target.gradient(images, { rows: everyRow(images), objective }),
    (target) => target.vjp(images, everyRow(images), [cotangent]),
    (target) => target.logits(images, everyRow(images)),
  ];
  for (const ask of questions) {
    const target = new Watched({
      attacked: classifier,
      originals: images,
      source,
      bounds: classifier.bounds,
      goal: new BatchGoal(predictionChanges, images, 0),
    });
    await ask(target);
    expect(await target.cleanPredictions()).toEqual(await classifier.predict(images));
  }
  await classifier.release();
  await source.release();
});

describe('a source that does not fit', () => {
  it.each([
    ['other classes', '16-F8-3', 'images of [1,4,4] and 3 classes'],
    ['other images', '1x2x8-F8-4', 'images of [1,2,8] and 4 classes'],
  ])('has %s and is refused', async (_, notation, received) => {
    const classifier = await classifierOf(buildModel('16-F12-4', { seed: 2 }));
    const source = await classifierOf(buildModel(notation), { source: 'guide.onnx' });
    const data = await dataOf('data-mismatch', () =>
      sweep({
        attack: attacks.fgsm,
        classifier,
        source,
        objective,
        images,
        labels: Array(11).fill(0),
        budgets: [0.1],
      }),
    );
    expect(data).toEqual({
      what: 'guide.onnx, whose gradients are followed',
      expected: 'images of [1,4,4] and 4 classes',
      received,
    });
    expect(classifier.queries).toEqual({ forward: 0, gradient: 0 });
    await classifier.release();
    await source.release();
  });
});
