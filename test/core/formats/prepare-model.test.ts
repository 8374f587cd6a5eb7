import { beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../../src/core/data/dataset.js';
import { prepareModel } from '../../../src/core/formats/prepare-model.js';
import { buildModel } from '../../../src/core/models/build-model.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { decodeModel } from '../../../src/core/onnx/decode.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import {
  inhibitLayer,
  lastFullyConnected,
  parseReshaping,
  reshapeAll,
  reshapeWeight,
  reshapings,
  scale,
  withoutDefences,
} from '../../../src/core/reshaping/index.js';
import type { Runtime } from '../../../src/core/runtime/runtime.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { classifierOf, uniform } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { datasetOf } from '../../support/subjects.js';
import { float32 } from '../../support/toolkit.js';
import { sampleOf, strangerOf } from './strangers.js';

const images = uniform([300, 1, 6, 6], 0, 1, 'images');
const hashed = reshapeAll(buildModel('1x6x6-C4k3-F12-4', { seed: 5 }), parseReshaping('hash:1/4'), 3);
const inhibited = inhibitLayer(hashed, 0.3);
let runtime: Runtime;
let data: Dataset;

beforeAll(async () => {
  runtime = await nodeRuntime();
  const labeller = await classifierOf(inhibited);
  data = datasetOf(images, await labeller.predict(images), 4);
  await labeller.release();
});

/** A runtime that keeps the graphs of its sessions, and counts those that are open. */
function watched() {
  const graphs: Model[] = [];
  const open = new Set<object>();
  const released: object[] = [];
  const spy: Runtime = {
    ...runtime,
    async createSession(model, options) {
      graphs.push(model instanceof Uint8Array ? decodeModel(model, 'spy') : model);
      const session = await runtime.createSession(model, options);
      open.add(session);
      return {
        ...session,
        async release() {
          open.delete(session);
          released.push(session);
          await session.release();
        },
      };
    },
  };
  return { spy, graphs, open, released };
}

const hashes = ({ graph }: Model) => graph.nodes.filter(({ op }) => op === 'BitwiseXor').length;
const stated = { values: { value: { scale: 1, mean: [0], std: [1] }, origin: 'given' } } as const;

describe('a prepared model', () => {
  it('evaluates its hashes once, whatever is then asked of it', async () => {
    const { spy, graphs, open } = watched();
    const model = await prepareModel(inhibited, data, { runtime: spy, threads: 1 });
    const some = data.test.batch([0, 1, 2]).images;
    await model.logits(some);
    for (const objective of [objectives.margin!, objectives['cross-entropy']!]) {
      await model.gradient(some, objective);
      await model.undefended!.gradient(some, objective);
    }
    await model.vjp(some, [uniform([3, 4], -1, 1, 'cotangent')]);
    await model.release();
    expect(hashes(inhibited)).toBeGreaterThan(0);
    expect(graphs.filter(hashes)).toHaveLength(1);
    expect(graphs.length).toBeGreaterThan(6);
    expect(open.size).toBe(0);
  });

  it('answers what the file answers, and so without its defences, to the last bit', async () => {
    const model = await prepareModel(inhibited, data, { runtime, threads: 1, stated });
    const [plain, bare] = [
      await classifierOf(inhibited),
      await classifierOf(withoutDefences(inhibited, reshapings)!),
    ];
    const objective = objectives['cross-entropy']!;
    expect((await model.logits(images)).data).toEqual((await plain.logits(images)).data);
    expect((await model.gradient(images, objective)).gradient.data).toEqual(
      (await plain.gradient(images, objective)).gradient.data,
    );
    expect((await model.undefended!.logits(images)).data).toEqual((await bare.logits(images)).data);
    expect((await bare.logits(images)).data).not.toEqual((await plain.logits(images)).data);
    for (const each of [model, plain, bare]) await each.release();
  });

  it('has a defence taken away that something else follows', async () => {
    const gain = float32([4, 1], [2, 1, 0.5, 3]);
    const scaled = reshapeWeight(inhibited, lastFullyConnected(inhibited)!.weight, scale(gain), {});
    const model = await prepareModel(scaled, data, { runtime, threads: 1, stated });
    const bare = await classifierOf(withoutDefences(scaled, reshapings)!);
    expect((await model.undefended!.logits(images)).data).toEqual((await bare.logits(images)).data);
    for (const each of [model, bare]) await each.release();
  });

  it('keeps the session that tried its format, and releases every session once', async () => {
    const { spy, graphs, open, released } = watched();
    const model = await prepareModel(buildModel('1x6x6-C4k3-F12-4', { seed: 5 }), data, { runtime: spy });
    const tried = graphs.length;
    expect(open.size).toBe(1);
    expect(model.queries).toEqual({ forward: 0, gradient: 0 });
    await model.logits(images);
    expect(graphs).toHaveLength(tried);
    expect(model.queries).toEqual({ forward: 300, gradient: 0 });
    await model.release();
    await model.release();
    expect(open.size).toBe(0);
    expect(new Set(released).size).toBe(released.length);
    // And it can be asked again.
    await model.logits(images);
    expect(graphs).toHaveLength(tried + 1);
    await model.release();
  });

  it('leaves no session open where its data do not fit, or its classes have another order', async () => {
    const { spy, open } = watched();
    const sample = sampleOf(300, [3, 6, 5]);
    const coloured = datasetOf(sample.images, sample.labels, 5);
    const few = strangerOf({ layout: 'NCHW', scale: 1, mean: [0], std: [1] }, [3, 6, 5], {
      order: [0, 1, 2],
    });
    await dataOf('data-mismatch', () => prepareModel(few, coloured, { runtime: spy }));
    expect(open.size).toBe(0);
    const order = [3, 0, 4, 1, 2];
    const other = strangerOf({ layout: 'NCHW', scale: 1, mean: [0], std: [1] }, [3, 6, 5], { order });
    const model = await prepareModel(other, coloured, { runtime: spy });
    expect(open.size).toBe(0);
    const { images: some, labels } = coloured.test.batch([...Array(300).keys()]);
    const predicted = await model.predict(some);
    expect(predicted.filter((k, n) => k === Number(labels.data[n])).length).toBeGreaterThan(270);
    await model.release();
    expect(open.size).toBe(0);
  });

  it('is the same from a file and from a model', async () => {
    const file = encodeModel(hashed);
    const [a, b] = [
      await prepareModel(file, data, { runtime, source: 'folder/hashed.onnx' }),
      await prepareModel(hashed, data, { runtime, source: 'folder/hashed.onnx' }),
    ];
    expect(b.provenance).toEqual(a.provenance);
    expect(a.provenance).toMatchObject({ path: 'folder/hashed.onnx', bytes: file.length, opset: 20 });
    expect(Object.keys(a.provenance.reshapings)).toHaveLength(3);
    expect(a.id).toBe('hashed');
    expect(a.undefended).toBeUndefined();
    for (const each of [a, b]) await each.release();
  });
});
