import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import {
  inhibitLayer,
  parseReshaping,
  reshapeAll,
  reshapeWeight,
  reshapings,
} from '../../../src/core/reshaping/index.js';
import {
  trainableParameters,
  trainingGraph,
  weightParameters,
} from '../../../src/core/training/training-graph.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { classifierOf, normal, uniform, withValues } from '../../support/classifiers.js';
import { modelOf, numbers, run } from '../../support/run.js';
import { float32, int64, type Model, type Tensor } from '../../support/toolkit.js';

const crossEntropy = objectives['cross-entropy'];

describe('trainableParameters', () => {
  it('are weights and biases of a plain model', () => {
    expect([...trainableParameters(buildModel('16-C2k3-F3-2')).keys()]).toEqual([
      'conv1.weight',
      'conv1.bias',
      'fc1.weight',
      'fc1.bias',
      'fc2.weight',
      'fc2.bias',
    ]);
  });

  it('are theta and biases of a reshaped one; neither tau nor hash seeds', () => {
    const model = inhibitLayer(reshapeAll(buildModel('16-C2k3-F3-2'), parseReshaping('hash:1/2'), 1), 0.1);
    const names = [...trainableParameters(model).keys()].sort();
    expect(names).toEqual([
      'conv1.bias',
      'conv1.weight/hash/theta',
      'fc1.bias',
      'fc1.weight/hash/theta',
      'fc2.bias',
      'fc2.weight/hash/theta',
    ]);
  });

  it('do not include constants of preprocessing, but the bias that is added to a product', () => {
    const model = modelOf((g) => {
      const x = g.input('x', 'float32', ['N', 2]);
      const mean = g.initializer('mean', float32([2], [0.5, 0.5]));
      const weight = g.initializer('weight', float32([2, 2], [1, 0, 0, 1]));
      const bias = g.initializer('bias', float32([2], [0, 0]));
      return g.add(g.matmul(g.sub(x, mean), weight), bias);
    });
    expect([...trainableParameters(model).keys()]).toEqual(['weight', 'bias']);
  });

  it('do not include the running statistics of batch normalization', () => {
    const model = modelOf((g) => {
      const x = g.input('x', 'float32', ['N', 2, 3, 3]);
      const vectors = ['scale', 'shift', 'mean', 'variance'].map((name) =>
        g.initializer(name, float32([2], [1, 1])),
      );
      return g.op('Flatten', [g.op('BatchNormalization', [x, ...vectors])], { axis: 1 });
    });
    expect([...trainableParameters(model).keys()]).toEqual(['scale', 'shift']);
  });
});

describe('weightParameters', () => {
  it('are the weights of layers, not their biases', () => {
    const names = [...weightParameters(buildModel('16-C2k3-F3-2'))];
    expect(names).toEqual(['conv1.weight', 'fc1.weight', 'fc2.weight']);
  });

  it('are theta of reshaped weights, though it has one axis; nothing that is computed', () => {
    const model = inhibitLayer(reshapeAll(buildModel('16-C2k3-F3-2'), parseReshaping('hash:1/2'), 1), 0.1);
    const thetas = ['conv1', 'fc1', 'fc2'].map((layer) => `${layer}.weight/hash/theta`);
    expect([...weightParameters(model)]).toEqual(thetas);
    expect(model.graph.initializers.get(thetas[0]!)!.dims).toHaveLength(1);
  });

  it(
    'do not include scales, shifts, slopes and added biases, whatever their rank, nor theta of a ' +
      'reshaped bias',
    () => {
      const model = modelOf((g) => {
        const x = g.input('x', 'float32', ['N', 2, 3, 3]);
        const vectors = ['scale', 'shift', 'mean', 'variance'].map((name) =>
          g.initializer(name, float32([2], [1, 1])),
        );
        const flat = g.op('Flatten', [g.op('BatchNormalization', [x, ...vectors])], { axis: 1 });
        const product = g.matmul(flat, g.initializer('weight', normal([18, 3], 'w')));
        const sum = g.add(product, g.initializer('bias', float32([1, 3], [1, 1, 1])));
        const bent = g.op('PRelu', [sum, g.initializer('slope', float32([1, 3], [1, 1, 1]))]);
        const gemm = [
          g.initializer('weight2', normal([3, 4], 'w2')),
          g.initializer('bias2', normal([4], 'b2')),
        ];
        return g.op('Gemm', [bent, ...gemm]);
      });
      const reshaped = reshapeWeight(model, 'bias2', reshapings.hash, { rate: 1 / 2 }, 1);
      expect([...trainableParameters(reshaped).keys()].sort()).toEqual(
        ['bias', 'bias2/hash/theta', 'scale', 'shift', 'slope', 'weight', 'weight2'].sort(),
      );
      expect([...weightParameters(reshaped)]).toEqual(['weight', 'weight2']);
    },
  );
});

/** Random biases, so that no ReLU sits on its kink. */
function shaken(model: Model): Model {
  const biases = [...trainableParameters(model)].filter(([name]) => name.endsWith('bias'));
  return withValues(
    model,
    Object.fromEntries(biases.map(([name, b]) => [name, normal(b.dims, name).data.map((v) => v * 0.1)])),
  );
}

/** Mean cross-entropy in double precision from the logits that the plain classifier computes. */
async function meanLoss(model: Model, images: Tensor<'float32'>, labels: readonly number[]): Promise<number> {
  const classifier = await classifierOf(model);
  const { data, dims } = await classifier.logits(images);
  await classifier.release();
  const classes = dims[1]!;
  const losses = labels.map((label, n) => {
    const z = [...data.subarray(n * classes, (n + 1) * classes)];
    const top = Math.max(...z);
    return top + Math.log(z.reduce((sum, v) => sum + Math.exp(v - top), 0)) - z[label]!;
  });
  return losses.reduce((a, b) => a + b, 0) / labels.length;
}

const tiny = () => shaken(buildModel('1x4x4-C2k3-F5-3', { seed: 8 }));
const networks: readonly [string, () => Model][] = [
  ['dense', tiny],
  ['hashed', () => reshapeAll(tiny(), parseReshaping('hash:1/2'), 3)],
  ['hashed and inhibited', () => inhibitLayer(reshapeAll(tiny(), parseReshaping('hash:1/2'), 3), 0.2)],
  ['without a hidden layer', () => shaken(buildModel('1x1x6-4', { seed: 1 }))],
];

describe.each(networks)('training step of a %s network', (_, build) => {
  const model = build();
  const [, ...dims] = model.graph.inputs[0]!.type!.dims!.map(Number);
  const images = uniform([6, ...dims], 0, 1, 'images');
  const labels = [0, 1, 2, 0, 1, 2];
  const step = trainingGraph(model, crossEntropy);
  const parameters = trainableParameters(model);
  const feeds = { [step.image]: images, [step.label]: int64([6], labels), ...Object.fromEntries(parameters) };

  it('has the mean loss and the number of correct predictions of its batch', async () => {
    const results = await run(step.model, feeds);
    expect(numbers(results[step.loss]!)[0]).toBeCloseTo(await meanLoss(model, images, labels), 5);
    const classifier = await classifierOf(model);
    const predicted = await classifier.predict(images);
    expect(numbers(results[step.correct]!)).toEqual([
      labels.filter((label, n) => predicted[n] === label).length,
    ]);
    await classifier.release();
  });

  it('has the gradients that finite differences show', async () => {
    const results = await run(step.model, feeds);
    const session = await (await nodeRuntime()).createSession(step.model, { threads: 1 });
    expect([...step.gradients.keys()]).toEqual([...parameters.keys()]);
    for (const [name, output] of step.gradients) {
      const value = parameters.get(name)!;
      const gradient = results[output]!;
      expect(gradient.dims).toEqual(value.dims);
      for (let i = 0; i < value.data.length; i++) {
        const moved = async (by: number) => {
          const data = value.data.with(i, value.data[i]! + by);
          return numbers(
            (await session.run({ ...feeds, [name]: { ...value, data } }, [step.loss]))[step.loss]!,
          )[0]!;
        };
        const slope = ((await moved(2e-3)) - (await moved(-2e-3))) / 4e-3;
        expect(Math.abs(Number(gradient.data[i]) - slope), `${name}[${i}]`).toBeLessThan(2e-3);
      }
      expect(numbers(gradient).some((v) => Math.abs(v) > 1e-3)).toBe(true);
    }
    await session.release();
  });
});

describe('names', () => {
  it('does not mind a value called label, nor initializers that nothing uses', async () => {
    const model = modelOf((g) => {
      const w = g.initializer('label', normal([2, 3], 'w'));
      return g.matmul(g.input('x', 'float32', ['N', 2]), w);
    });
    const unused = float32([4], [1, 2, 3, 4]);
    const graph = {
      ...model.graph,
      initializers: new Map([...model.graph.initializers, ['a', unused], ['b', unused]]),
    };
    const step = trainingGraph({ ...model, graph }, crossEntropy);
    const feeds = {
      x: uniform([2, 2], 0, 1),
      [step.label]: int64([2], [0, 2]),
      label: normal([2, 3], 'w'),
    };
    const results = await run(step.model, feeds);
    expect([...step.gradients.keys()]).toEqual(['label']);
    expect(numbers(results[step.gradients.get('label')!]!).some((v) => v !== 0)).toBe(true);
  });
});
