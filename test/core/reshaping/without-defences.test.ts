import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { materialize } from '../../../src/core/models/materialize.js';
import { decodeModel } from '../../../src/core/onnx/decode.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import {
  inhibitLayer,
  parseReshaping,
  reshapeAll,
  reshapeWeight,
  reshapings,
  scale,
  withoutDefences,
} from '../../../src/core/reshaping/index.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { classifierOf, largestDifference, uniform } from '../../support/classifiers.js';
import { float32, type Model } from '../../support/toolkit.js';

const { inhibit } = reshapings;

const plain = buildModel('1x8x8-C4k3-F12-5', { seed: 3 });
const hashed = reshapeAll(plain, parseReshaping('hash:1/4'), 9);
const images = uniform([3, 1, 8, 8], 0, 1, 'images');

async function logitsOf(model: Model): Promise<Float32Array> {
  const classifier = await classifierOf(model);
  const { data } = await classifier.logits(images);
  await classifier.release();
  return data;
}

const stronger = (model: Model, tau: number) => inhibitLayer(model, tau);
const scaled = (model: Model) =>
  reshapeWeight(model, 'fc2.weight', scale(float32([5, 1], [1, 2, 3, -1, 0.5])), {});

describe('withoutDefences', () => {
  it.each<[string, Model, Model]>([
    ['an inhibited layer', plain, stronger(plain, 0.2)],
    ['one that was inhibited twice', plain, stronger(stronger(plain, 0.2), 0.1)],
    ['one that was inhibited three times', plain, stronger(stronger(stronger(plain, 0.2), 0.1), 0.3)],
    ['two layers', plain, reshapeWeight(stronger(plain, 0.2), 'conv1.weight', inhibit, { tau: 0.1 })],
    ['an inhibited layer that is hashed', hashed, stronger(hashed, 0.2)],
    ['a hashed one that was inhibited twice', hashed, stronger(stronger(hashed, 0.2), 0.1)],
    ['one whose outputs were scaled afterwards', scaled(plain), scaled(stronger(plain, 0.2))],
    ['one whose outputs were scaled before', scaled(plain), stronger(scaled(plain), 0.2)],
  ])('gives the model before it, to the last bit: %s', async (_, before, after) => {
    const bare = withoutDefences(after, reshapings)!;
    const wanted = await logitsOf(before);
    expect(await logitsOf(bare)).toEqual(wanted);
    expect(largestDifference(await logitsOf(after), wanted)).toBeGreaterThan(0.01);
    const read = withoutDefences(decodeModel(encodeModel(after)), reshapings)!;
    expect(await logitsOf(read)).toEqual(wanted);
  });

  it('leaves what it was given as it is', async () => {
    const after = stronger(plain, 0.2);
    const before = await logitsOf(after);
    withoutDefences(after, reshapings);
    expect(await logitsOf(after)).toEqual(before);
  });

  it('is undefined where there is no defence', () => {
    expect(withoutDefences(plain, reshapings)).toBeUndefined();
    expect(withoutDefences(hashed, reshapings)).toBeUndefined();
    expect(withoutDefences(scaled(plain), reshapings)).toBeUndefined();
    // Nor where nobody knows what was done.
    expect(withoutDefences(stronger(plain, 0.2), {})).toBeUndefined();
  });

  it('is undefined where the defence is in the numbers, though the record remains', async () => {
    const after = stronger(plain, 0.2);
    const folded = await materialize(after, await nodeRuntime());
    expect(withoutDefences(folded, reshapings)).toBeUndefined();
    expect(withoutDefences({ ...folded, metadata: after.metadata }, reshapings)).toBeUndefined();
    // Some optimizers take identities out: what then makes the weight is the defence's own last operation.
    const last = after.graph.nodes.find(
      ({ op, outputs }) => op === 'Identity' && outputs[0] === 'fc2.weight',
    )!;
    const nodes = after.graph.nodes
      .filter((node) => node !== last)
      .map((node) => (node.outputs[0] === last.inputs[0] ? { ...node, outputs: ['fc2.weight'] } : node));
    expect(withoutDefences({ ...after, graph: { ...after.graph, nodes } }, reshapings)).toBeUndefined();
  });
});
