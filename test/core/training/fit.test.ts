import { describe, expect, it } from 'vitest';
import type { Split } from '../../../src/core/data/dataset.js';
import { buildModel } from '../../../src/core/models/build-model.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import { parseReshaping, reshapeAll } from '../../../src/core/reshaping/index.js';
import { defaultPlan, type TrainingPlan } from '../../../src/core/training/fit.js';
import { classifierOf, withValues } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { mnist } from '../../support/mnist.js';
import { GraphBuilder } from '../../support/toolkit.js';
import { quadrants, tinyPlan, train, valuesOf } from '../../support/training.js';

async function accuracy(model: Model, split: Split): Promise<number> {
  const classifier = await classifierOf(model);
  const predicted = await classifier.predict(split.batch([...Array(split.count).keys()]).images);
  await classifier.release();
  return predicted.filter((p, n) => p === split.labels[n]).length / split.count;
}

describe('learning', () => {
  it.each([
    ['none', 0.75],
    ['hash:1/8', 0.7],
  ])('a small network learns real digits from 1000 images, %s', async (compression, least) => {
    const { train: all, test } = await mnist();
    const model = reshapeAll(buildModel('784-C4k3-F32-10', { seed: 1 }), parseReshaping(compression), 1);
    const unseen = test.slice(0, 500);
    expect(await accuracy(model, unseen)).toBeLessThan(0.35);
    const plan = { ...tinyPlan, epochs: 3, batchSize: 20, learningRate: 5e-3 };
    const result = await train(model, all.slice(0, 1000), plan);
    expect(await accuracy(result.model, unseen)).toBeGreaterThan(least);
    expect(result.images).toBe(3000);
    const [first, last] = [result.history[0]!, result.history.at(-1)!];
    expect(last.loss).toBeLessThan(first.loss / 2);
    expect(last.accuracy).toBeGreaterThan(first.accuracy);
    expect(last.images).toBe(3000);
  });

  it('leaves the model of the caller as it was, and everything that is not trained', async () => {
    const model = reshapeAll(buildModel('1x6x6-C3k3-F8-4'), parseReshaping('hash:1/2'), 1);
    const before = structuredClone([...model.graph.initializers]);
    const result = await train(model, quadrants(40));
    expect([...model.graph.initializers]).toEqual(before);
    for (const [name, value] of result.model.graph.initializers) {
      const trained = Object.hasOwn(valuesOf(model), name);
      expect([name, trained]).toEqual([name, value.data !== model.graph.initializers.get(name)!.data]);
    }
    expect(result.model.graph.nodes).toBe(model.graph.nodes);
    expect(result.model.metadata).toBe(model.metadata);
  });

  it('sees every image once in each epoch', async () => {
    const split = quadrants(21);
    const seen: number[] = [];
    const counting: Split = {
      ...split,
      batch(indices) {
        seen.push(...Array.from(indices));
        return split.batch(indices);
      },
    };
    await train(buildModel('36-4'), counting, { ...tinyPlan, epochs: 2 });
    const sorted = (list: number[]) => [...list].sort((a, b) => a - b);
    const everyImage = [...Array(21).keys()];
    expect(sorted(seen.slice(0, 21))).toEqual(everyImage);
    expect(sorted(seen.slice(21))).toEqual(everyImage);
    expect(seen.slice(21)).not.toEqual(seen.slice(0, 21));
  });

  it('leaves a history of rising image counts whose means are means', async () => {
    const split = quadrants(50);
    const { history } = await train(buildModel('36-4'), split);
    expect(history.length).toBe(21);
    expect(history.map((p) => p.images).slice(0, 8)).toEqual([8, 16, 24, 32, 40, 48, 50, 58]);
    for (const { accuracy: share, loss } of history) {
      expect(share >= 0 && share <= 1 && loss > 0).toBe(true);
    }
  });

  it('reports progress to the end', async () => {
    const reports: number[] = [];
    await train(buildModel('36-4'), quadrants(20), tinyPlan, {
      onProgress(p) {
        expect(p.total).toBe(60);
        expect(p.secondsLeft).toBeGreaterThanOrEqual(0);
        reports.push(p.images);
      },
    });
    expect(reports).toEqual([8, 16, 20, 28, 36, 40, 48, 56, 60]);
  });
});

describe('divergence', () => {
  const sgd: TrainingPlan = { ...tinyPlan, optimizer: 'sgd', schedule: 'constant' };

  it('is an error and no model', async () => {
    const data = await dataOf('diverged', () =>
      train(buildModel('36-F8-4'), quadrants(40), { ...sgd, learningRate: 1e25 }),
    );
    expect(data.step).toBeGreaterThan(0);
    expect(data.hint).toMatch(/smaller/);
  });

  it('is noticed in the very last step, whose weights no loss has seen', async () => {
    const plan = { ...sgd, epochs: 1, batchSize: 64, learningRate: 1e41 };
    await dataOf('diverged', () => train(buildModel('36-4'), quadrants(40), plan));
  });

  it('is noticed when the model was damaged from the start', async () => {
    const model = buildModel('36-4');
    const broken = withValues(model, { 'fc1.bias': [Number.NaN, 0, 0, 0] });
    expect((await dataOf('diverged', () => train(broken, quadrants(40)))).step).toBe(0);
  });
});

describe('what cannot be trained', () => {
  const model = () => buildModel('36-4');

  it('no images', async () => {
    const { what, hint } = await dataOf('nothing-to-do', () => train(model(), quadrants(5).slice(0, 0)));
    expect(what).toMatch(/no images/);
    expect(hint).not.toBe('');
  });

  it.each([
    ['images of another size', '49-4'],
    ['more classes than the model has', '36-3'],
  ])('%s', async (_, notation) => {
    const data = await dataOf('data-mismatch', () => train(buildModel(notation), quadrants(8)));
    expect(data.received).toBe('images of [1,6,6] in 4 classes');
  });

  it.each([
    ['epochs', 0],
    ['epochs', 1.5],
    ['epochs', Number.POSITIVE_INFINITY],
    ['batchSize', 0],
    ['batchSize', 2.5],
    ['learningRate', -1],
    ['learningRate', Number.NaN],
    ['weightDecay', -1e-9],
    ['weightDecay', Number.NaN],
    ['weightDecay', Number.POSITIVE_INFINITY],
    // The learning rate is 0.01.
    ['weightDecay', 100],
    ['distillation', 0.5],
    ['distillation', 1001],
    ['distillation', Number.NaN],
  ])('%s of %d', async (name, value) => {
    await dataOf('bad-value', () => train(model(), quadrants(8), { ...tinyPlan, [name]: value }));
  });

  it.each([
    ['optimizer', 'adma', 'adam'],
    ['schedule', 'cosin', 'cosine'],
    ['augmentation', 'shfit:2', 'shift'],
    ['adversary', 'pdg:0.3', 'pgd'],
  ])('an unknown %s', async (name, value, nearest) => {
    const data = await dataOf('unknown-name', () =>
      train(model(), quadrants(8), { ...tinyPlan, [name]: value }),
    );
    expect(data).toMatchObject({ what: name, nearest });
  });

  it('an adversary and a distillation at once', async () => {
    const plan = { ...tinyPlan, adversary: 'pgd:0.3', distillation: 20 };
    const { received } = await dataOf('bad-value', () => train(model(), quadrants(8), plan));
    expect(received).toBe('pgd:0.3 and 20');
    await train(model(), quadrants(8), { ...plan, adversary: 'none' });
  });

  it('has a default plan that can be', async () => {
    const result = await train(model(), quadrants(8), defaultPlan);
    expect(result.images).toBe(8 * defaultPlan.epochs);
  });
});

it('a model that ends in a softmax, or takes one image at a time, is not trained', async () => {
  const model = buildModel('1x6x6-F4-4');
  const g = new GraphBuilder(model);
  g.clearOutputs();
  g.output(g.op('Softmax', ['logits'], { axis: 1 }), 'probabilities');
  await expect(train(g.build(), quadrants(8), tinyPlan)).rejects.toThrow(/training needs the logits/);
});
