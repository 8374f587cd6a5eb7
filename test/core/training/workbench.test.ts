import { afterEach, describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import { parseReshaping, reshapeAll } from '../../../src/core/reshaping/index.js';
import { startRunning } from '../../../src/core/training/batch-statistics.js';
import { trainableParameters, trainingGraph } from '../../../src/core/training/training-graph.js';
import { Workbench } from '../../../src/core/training/workbench.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { classifierOf, largestDifference, normal, uniform, withValues } from '../../support/classifiers.js';
import { int64 } from '../../support/toolkit.js';

const images = uniform([5, 1, 6, 6], 0, 1, 'images');
const labels = [0, 1, 2, 3, 0];
const crossEntropy = objectives['cross-entropy'];

const opened: Workbench[] = [];
afterEach(async () => {
  for (const bench of opened.splice(0)) await bench.release();
});

async function benchOf(model: Model) {
  const graph = trainingGraph(model, crossEntropy);
  const bench = new Workbench(model, graph, await nodeRuntime(), 1);
  opened.push(bench);
  return { bench, statistics: startRunning(model, graph.statistics) };
}

/** What the model says as it is stored. */
async function expected(model: Model) {
  const classifier = await classifierOf(model);
  const { gradient, logits } = await classifier.gradient(images, crossEntropy, labels);
  await classifier.release();
  return { gradient: gradient.data, logits: logits.data };
}

const networks: readonly [string, () => Model][] = [
  ['plain', () => buildModel('1x6x6-C3k3-F8-4', { seed: 2 })],
  ['hashed', () => reshapeAll(buildModel('1x6x6-C3k3-F8-4'), parseReshaping('hash:1/2'), 1)],
  [
    'normalized',
    () => {
      const model = buildModel('1x6x6-C3k3b-F8b-4', { seed: 2 });
      // Running statistics that are none of this batch.
      const moved = [...model.graph.initializers].filter(([name]) => /mean|variance/.test(name));
      expect(moved.length).toBeGreaterThan(0);
      return withValues(
        model,
        Object.fromEntries(
          moved.map(([name, { dims }]) => [
            name,
            (name.includes('mean') ? uniform(dims, -0.1, 0.1, name) : uniform(dims, 0.5, 2, name)).data,
          ]),
        ),
      );
    },
  ],
];

describe.each(networks)('the input gradient of a %s network in training', (_, build) => {
  const model = build();

  it('is that of the weights of the moment, which change in place', async () => {
    const { bench, statistics } = await benchOf(model);
    const parameters = new Map(
      [...trainableParameters(model)].map(([name, v]) => [name, { ...v, data: v.data.slice() }]),
    );
    const ask = () => bench.lossGradient(images, int64([5], labels), parameters, statistics);
    const agrees = async (now: Model) => {
      const [{ gradient, logits }, wanted] = [await ask(), await expected(now)];
      expect(Math.max(...wanted.gradient.map(Math.abs))).toBeGreaterThan(1e-3);
      expect(largestDifference(gradient, wanted.gradient)).toBeLessThan(1e-5);
      expect(largestDifference(logits.data, wanted.logits)).toBeLessThan(1e-5);
    };
    await agrees(model);
    for (const [name, { data, dims }] of parameters) {
      const by = normal(dims, name).data;
      for (let i = 0; i < data.length; i++) data[i] = data[i]! + 0.1 * by[i]!;
    }
    await agrees(
      withValues(model, Object.fromEntries([...parameters].map(([name, { data }]) => [name, data]))),
    );
  });
});

it('releases what was opened, and nothing else', async () => {
  const { bench } = await benchOf(buildModel('1x6x6-4'));
  await bench.release();
});
