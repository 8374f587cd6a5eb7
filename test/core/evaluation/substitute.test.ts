import { expect, it } from 'vitest';
import { splitOf } from '../../../src/core/data/dataset.js';
import { substituteNotation, trainSubstitute } from '../../../src/core/evaluation/substitute.js';
import { parseNotation } from '../../../src/core/models/notation.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { classifierOf, linearModel, uniform } from '../../support/classifiers.js';

it.each([
  [[1, 28, 28], 10],
  [[3, 32, 32], 10],
  [[3, 224, 224], 1000],
  [[1, 1, 64], 2],
  [[3, 8, 300], 5],
] as const)('there is a small network for %j', ([c, h, w], classes) => {
  const network = parseNotation(substituteNotation([c, h, w], classes));
  expect(network.input).toEqual([c, h, w]);
  expect(network.classes).toBe(classes);
});

it('learns decisions without slope, the same with the same seed', async () => {
  const weights = [0, 1].map((k) =>
    Array.from({ length: 24 }, (_, i) => (((i + k) % 2) * 2 - 1) * (1 + (i % 3))),
  );
  const model = linearModel(weights, [0, 0]);
  const classifier = await classifierOf(model);
  const pixels = uniform([300, 1, 1, 24], 0, 1, 'asked about').data;
  const images = splitOf({ dims: [1, 1, 24], classes: 2, pixels, labels: new Int32Array(300) });
  const options = { runtime: await nodeRuntime(), noise: 0.1, epochs: 6, seed: 1 };
  const trained = await trainSubstitute(classifier, images, options);
  expect(classifier.queries).toEqual({ forward: 600, gradient: 0 });
  const learnt = await classifierOf(trained);
  const others = uniform([100, 1, 1, 24], 0, 1, 'others');
  const [theirs, own] = [await learnt.predict(others), await classifier.predict(others)];
  expect(theirs.filter((label, n) => label === own[n]).length).toBeGreaterThan(85);
  const again = await trainSubstitute(classifier, images, options);
  expect(encodeModel(again)).toEqual(encodeModel(trained));
  await learnt.release();
  await classifier.release();
});
