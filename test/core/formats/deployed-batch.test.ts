import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../../src/core/data/dataset.js';
import { prepareModel } from '../../../src/core/formats/prepare-model.js';
import type { ModelUnderTest } from '../../../src/core/models/model-under-test.js';
import { modelKey } from '../../../src/core/models/model-under-test.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import type { Runtime } from '../../../src/core/runtime/runtime.js';
import { float32 } from '../../../src/core/tensor/tensor.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { uniform } from '../../support/classifiers.js';
import { modelOf } from '../../support/run.js';
import { datasetOf } from '../../support/subjects.js';
import type { GraphBuilder } from '../../support/toolkit.js';

const COUNT = 64;
/** Half of the images are fifty times darker; class 1 where the right half is brighter than the left one. */
const images = uniform([COUNT, 1, 4, 4], 0.2, 0.8, 'images');
for (let i = 0; i < images.data.length; i++) if ((i >> 4) % 2) images.data[i] = (images.data[i] ?? 0) / 50;
const columns = [-1, -1, 1, 1];
const weights = Float32Array.from({ length: 32 }, (_, i) => (i % 2) * (columns[(i >> 1) % 4] ?? 0));
const labels = Array.from({ length: COUNT }, (_, n) => {
  const row = images.data.subarray(16 * n, 16 * n + 16);
  return row.reduce((sum, value, i) => sum + value * (columns[i % 4] ?? 0), 0) > 0 ? 1 : 0;
});

/** Scales to the brightest pixel of the batch in sixteen steps, as dynamic quantization does in 256. */
const quantized = (g: GraphBuilder, x: string) => {
  const scale = g.div(g.op('ReduceMax', [x], { keepdims: 0 }), 16);
  return g.mul(g.op('Round', [g.div(x, scale)]), scale);
};

const network = (made: (g: GraphBuilder, x: string) => string, batch: string | number = 'N'): Model =>
  modelOf((g) => {
    const x = g.op('Flatten', [g.input('image', 'float32', [batch, 1, 4, 4])]);
    return g.matmul(made(g, x), g.initializer('w', float32([16, 2], weights)));
  });

let runtime: Runtime;
let data: Dataset;
const made: ModelUnderTest[] = [];
const prepared = async (model: Model, batchSize?: number) => {
  const ready = await prepareModel(model, data, { runtime, threads: 1, batchSize, source: 'model.onnx' });
  made.push(ready);
  return ready;
};

beforeAll(async () => {
  runtime = await nodeRuntime();
  data = datasetOf(images, labels, 2);
});
afterAll(() => Promise.all(made.map((model) => model.release())));

describe('a prepared model whose answers depend on its batch', () => {
  it('is judged one image at a time, and reported with its numbers', async () => {
    const model = await prepared(network(quantized));
    const { batch, format, notes } = model.provenance;
    expect(batch).toMatchObject({ deployed: 1, origin: 'assumed', logits: { total: 32 } });
    expect(batch?.predictions.count).toBeGreaterThan(3);
    expect(model.judge.engine).toMatchObject({ batchSize: 1, exact: true });
    expect(model.guide.engine).toMatchObject({ batchSize: 1, exact: true });
    expect(notes.join()).toMatch(/answers depend on the batch: \d+ of 32 images get other logits .* size 1/);
    // Where it is deployed it is nearly always right; in batches it misses the dark half.
    expect(format.accuracy.value).toBeGreaterThan(0.85);
    expect(format.accuracy.total).toBe(COUNT);
  });

  it('is judged with the batch size that is stated, else with the one that its file fixes', async () => {
    const stated = await prepared(network(quantized), 8);
    expect(stated.provenance.batch).toMatchObject({ deployed: 8, origin: 'given' });
    expect(stated.judge.engine).toMatchObject({ batchSize: 8, exact: true });
    const fixed = await prepared(network(quantized, 4));
    expect(fixed.provenance.batch).toMatchObject({ deployed: 4, origin: 'file' });
    expect(fixed.judge.engine).toMatchObject({ batchSize: 4, exact: true });
    expect(new Set([...made.map(modelKey)]).size).toBe(made.length);
  });

  it('is run as the engine can run it, whatever the file says of its batch axis', async () => {
    const model = await prepared(network((g, x) => g.op('Reshape', [x, g.ints([1, 16])])));
    expect(model.provenance.batch).toMatchObject({ deployed: 1, sizes: [] });
    expect(model.provenance.format.accuracy.value).toBe(1);
    expect(model.provenance.notes.join()).toContain('the engine runs it with no batch of 2, 3');
  });
});

describe('any other model', () => {
  it('is run with as many images as ever', async () => {
    const model = await prepared(network((_, x) => x));
    expect(model.provenance.batch).toMatchObject({ deployed: null, predictions: { count: 0, total: 32 } });
    expect(model.judge.engine).toMatchObject({ batchSize: 128 });
    expect(model.provenance.notes.join()).not.toContain('batch');
  });
});
