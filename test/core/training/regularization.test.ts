import { describe, expect, it } from 'vitest';
import { stream } from '../../../src/core/base/random.js';
import type { Split } from '../../../src/core/data/dataset.js';
import { buildModel } from '../../../src/core/models/build-model.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import { parseReshaping, reshapeAll } from '../../../src/core/reshaping/index.js';
import { parseAdversary, perturbed } from '../../../src/core/training/adversary-choice.js';
import { augmentations } from '../../../src/core/training/augmentations.js';
import type { TrainingPlan } from '../../../src/core/training/fit.js';
import { optimizers } from '../../../src/core/training/optimizers.js';
import { schedules } from '../../../src/core/training/schedules.js';
import { trainableParameters, trainingGraph } from '../../../src/core/training/training-graph.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { contentKey } from '../../../src/node/store/keys.js';
import { classifierOf, largestDifference, withValues } from '../../support/classifiers.js';
import type { Tensor } from '../../support/toolkit.js';
import { quadrants, tinyPlan, train, valuesOf } from '../../support/training.js';

const split = quadrants(20);
const hashed = () => reshapeAll(buildModel('1x6x6-C3k3-F8-4', { seed: 1 }), parseReshaping('hash:1/2'), 1);

type Images = Tensor<'float32'>;
type Change = (
  images: Images,
  step: number,
  now: Record<string, Float32Array>,
  labels: Tensor<'int64'>,
) => Images | Promise<Images>;

/** The whole training written out once more, without checkpoints and history. */
async function byHand(
  model: Model,
  data: Split,
  plan: TrainingPlan,
  decayed: readonly string[],
  change?: Change,
) {
  const graph = trainingGraph(model, objectives['cross-entropy']);
  const session = await (await nodeRuntime()).createSession(graph.model, { threads: 1 });
  const optimizer = optimizers[plan.optimizer];
  const parameters = new Map(
    [...trainableParameters(model)].map(([name, value]) => [name, { ...value, data: value.data.slice() }]),
  );
  const slots = new Map(
    [...parameters].map(
      ([
        name,
        {
          data: { length },
        },
      ]) => [name, optimizer.slots.map(() => new Float32Array(length))],
    ),
  );
  const perEpoch = Math.ceil(data.count / plan.batchSize);
  const steps = perEpoch * plan.epochs;
  for (let step = 0; step < steps; step++) {
    const order = stream(plan.seed, 'shuffle', Math.floor(step / perEpoch)).shuffle(data.count);
    const start = (step % perEpoch) * plan.batchSize;
    const { images, labels } = data.batch(order.subarray(start, start + plan.batchSize));
    const results = await session.run({
      [graph.image]: change ? await change(images, step, valuesIn(parameters), labels) : images,
      [graph.label]: labels,
      ...Object.fromEntries(parameters),
    });
    const rate = plan.learningRate * schedules[plan.schedule].factor(step / steps);
    for (const [name, { data: values }] of parameters) {
      if (decayed.includes(name)) {
        values.forEach((w, i) => {
          values[i] = w * (1 - rate * plan.weightDecay!);
        });
      }
      const gradient = results[graph.gradients.get(name)!]!.data as Float32Array;
      optimizer.update(values, gradient, slots.get(name)!, rate, step + 1);
    }
  }
  await session.release();
  return valuesIn(parameters);
}

const valuesIn = (parameters: ReadonlyMap<string, Images>) =>
  Object.fromEntries([...parameters].map(([name, { data }]) => [name, data]));

const thetas = ['conv1', 'fc1', 'fc2'].map((layer) => `${layer}.weight/hash/theta`);

describe('weight decay', () => {
  it('by hand: without gradients each step multiplies by 1 - rate * decay, biases stay', async () => {
    // The weight of a layer that sees only zeros has no gradient; its bias has one.
    const dark: Split = { ...split, batch: (indices) => zeros(split, indices) };
    const model = withValues(buildModel('36-4'), { 'fc1.bias': [5, -1, 2, 0.5] });
    const plan: TrainingPlan = {
      ...tinyPlan,
      optimizer: 'sgd',
      schedule: 'linear',
      learningRate: 0.1,
      epochs: 1,
      batchSize: 10,
    };
    const plain = valuesOf((await train(model, dark, plan)).model);
    const result = valuesOf((await train(model, dark, { ...plan, weightDecay: 2 })).model);
    // Two steps, at rates 0.1 and 0.05.
    const wanted = valuesOf(model)['fc1.weight']!.map((w) => Math.fround(w * 0.8) * 0.9);
    result['fc1.weight']!.forEach((w, i) => {
      expect(Math.abs(w - wanted[i]!)).toBeLessThanOrEqual(1e-7 * Math.abs(w));
    });
    expect(plain['fc1.weight']).toEqual(valuesOf(model)['fc1.weight']);
    expect(result['fc1.bias']).toEqual(plain['fc1.bias']);
    expect(result['fc1.bias']).not.toEqual(valuesOf(model)['fc1.bias']);
  });

  it.each(['adam', 'sgd'] as const)(
    'shrinks theta of hashed weights before the update, %s',
    async (optimizer) => {
      const plan = { ...tinyPlan, optimizer, weightDecay: 3 };
      const result = valuesOf((await train(hashed(), split, plan)).model);
      expect(result).toEqual(await byHand(hashed(), split, plan, thetas));
      const norm = (values: Record<string, Float32Array>) =>
        Math.hypot(...thetas.flatMap((name) => [...values[name]!]));
      const plain = valuesOf((await train(hashed(), split, { ...tinyPlan, optimizer })).model);
      expect(norm(result)).toBeLessThan(norm(plain));
    },
  );
});

describe('augmentation', () => {
  it('changes the images of each step by a stream of its own', async () => {
    const plan = { ...tinyPlan, augmentation: 'flip+shift:2' };
    const result = valuesOf((await train(hashed(), split, plan)).model);
    const change: Change = (images, step) => {
      const random = stream(plan.seed, 'augment', step);
      return augmentations.shift.apply(augmentations.flip.apply(images, {}, random), { pixels: 2 }, random);
    };
    expect(result).toEqual(await byHand(hashed(), split, plan, [], change));
    expect(result).not.toEqual(await byHand(hashed(), split, plan, []));
  });

  it('leaves the images of a split alone that keeps them', async () => {
    const all = split.batch([...Array(split.count).keys()]);
    const kept: Split = { ...split, batch: () => all };
    const before = all.images.data.slice();
    await train(hashed(), kept, { ...tinyPlan, augmentation: 'flip+shift:2', batchSize: split.count });
    expect(all.images.data).toEqual(before);
  });
});

describe('an adversary', () => {
  it(
    'makes the images of each step by a stream of its own, at the epsilon and the weights of ' + 'the moment',
    async () => {
      const plan = { ...tinyPlan, adversary: 'pgd:0.2,steps=2,warm-up=0.5' };
      const { adversary } = plan;
      const steps = plan.epochs * Math.ceil(split.count / plan.batchSize);
      const change: Change = async (images, step, now, labels) => {
        const random = stream(plan.seed, 'adversary', step);
        const classifier = await classifierOf(withValues(hashed(), now));
        const gradient = async (points: Tensor<'float32'>) =>
          (await classifier.gradient(points, objectives['cross-entropy'], Array.from(labels.data, Number)))
            .gradient.data;
        const attacked = await perturbed(parseAdversary(adversary), images, step / steps, random, gradient);
        await classifier.release();
        return attacked;
      };
      const { model } = await train(hashed(), split, plan);
      // Two graphs of one model round differently, and Adam's first steps divide by tiny slopes.
      const wanted = await byHand(hashed(), split, plan, [], change);
      for (const [name, values] of Object.entries(valuesOf(model))) {
        expect(largestDifference(values, wanted[name]!), name).toBeLessThan(1e-3);
      }
      expect(model.metadata.get('foolproof.adversary')).toBe('pgd:0.2,steps=2,reach=2.5,warm-up=0.5');
    },
  );
});

describe('a plan without any of it', () => {
  it('trains as it would if there were no such things', async () => {
    const { model, history } = await train(hashed(), split);
    expect(valuesOf(model)).toEqual(await byHand(hashed(), split, tinyPlan, []));
    const nothing = [{ weightDecay: 0 }, { augmentation: 'none' }, { adversary: 'none' }];
    for (const extra of [...nothing, Object.assign({}, ...nothing)]) {
      const other = await train(hashed(), split, { ...tinyPlan, ...extra });
      expect(valuesOf(other.model)).toEqual(valuesOf(model));
      expect(other.history).toEqual(history);
    }
  });

  it('keeps its content key', () => {
    const { weightDecay, augmentation, adversary, distillation }: TrainingPlan = tinyPlan;
    expect(contentKey({ ...tinyPlan, weightDecay, augmentation, adversary, distillation })).toBe(
      contentKey({ ...tinyPlan }),
    );
    expect(contentKey({ ...tinyPlan, weightDecay: 0.1 })).not.toBe(contentKey({ ...tinyPlan }));
  });
});

function zeros(from: Split, indices: ArrayLike<number>) {
  const { images, labels } = from.batch(indices);
  return { images: { ...images, data: images.data.map(() => 0) }, labels };
}
