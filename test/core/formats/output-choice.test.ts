import { describe, expect, it } from 'vitest';
import { type Dataset, splitOf } from '../../../src/core/data/dataset.js';
import { detectFormat, formatSentences, type StatedFormat } from '../../../src/core/formats/index.js';
import { knownValues } from '../../../src/core/formats/known-values.js';
import { openModel, prepareModel } from '../../../src/core/formats/prepare-model.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import { plainFormat } from '../../../src/node/work/kinds/audited-model.js';
import { largestDifference } from '../../support/classifiers.js';
import { dataOf } from '../../support/errors.js';
import { type GraphBuilder, nodeRuntime } from '../../support/toolkit.js';
import { type ImageDims, sampleOf, strangerOf } from './strangers.js';

const dims: ImageDims = [1, 6, 5];
const [sample, binary] = [sampleOf(300, dims), sampleOf(300, dims, 2)];
const [unit] = knownValues;
const values = unit?.values ?? { scale: 1, mean: [0], std: [1] };

const strange = (ends: (g: GraphBuilder, logits: string) => readonly string[], classes = 5) =>
  strangerOf({ layout: 'NCHW', ...values }, dims, { ends, classes });

const detected = async (model: Model, data = sample, stated?: StatedFormat) =>
  detectFormat(model, data, { runtime: await nodeRuntime(), threads: 1, source: 'm.onnx', stated });

/** Logits of two classes as one. */
const difference = (g: GraphBuilder, z: string) =>
  g.sub(g.slice(z, [1], [1], [2]), g.slice(z, [1], [0], [1]));

describe('a model with several outputs', () => {
  it('is asked for the one that fits, and says so', async () => {
    const format = await detected(strange((g, z) => [g.concat([z, z], 1), z]));
    expect(format.output).toMatchObject({ origin: 'shape', single: false, head: 'logits' });
    expect(format.accuracy.value).toBeGreaterThan(0.9);
    const [sentence] = formatSentences(format);
    expect(sentence).toMatch(/^classes are the output \S+: the only one that fits the data \(others: \S+\)$/);
  });

  it('is asked for the first where all that fit mean the same classes', async () => {
    const format = await detected(strange((g, z) => [g.op('LpNormalization', [z], { axis: 1 }), z]));
    expect(format.output.origin).toBe('guessed');
    expect(format.output.name).not.toMatch(/LpNormalization/);
    expect(formatSentences(format)[0]).toContain('others that fit mean the same classes');
  });

  it('is a question where they do not, and its answer', async () => {
    const model = strange((g, z) => [z, g.neg(z)]);
    const { outputs } = await dataOf('ambiguous-output', () => detected(model));
    expect(outputs).toHaveLength(2);
    const [name = ''] = model.graph.outputs.map((v) => v.name);
    const format = await detected(model, sample, { output: { value: name, origin: 'sidecar' } });
    expect(format.output).toMatchObject({ name, origin: 'sidecar' });
    expect(formatSentences(format)[0]).toContain('from the file beside the model');
    await dataOf('unknown-name', () =>
      detected(model, sample, { output: { value: 'none', origin: 'given' } }),
    );
  });
});

describe('one number for two classes', () => {
  it.each<[string, string, (g: GraphBuilder, z: string) => string]>([
    ['a logit', 'one logit z for two classes', (_, z) => z],
    ['a sigmoid', 'one sigmoid for two classes', (g, z) => g.op('Sigmoid', [z])],
    ['a clipped probability', 'one probability p', (g, z) => g.clip(g.op('Sigmoid', [z]), 1e-6, 1 - 1e-6)],
  ])('as %s is judged right, and reported', async (_, sentence, end) => {
    const format = await detected(
      strange((g, z) => [end(g, difference(g, z))], 2),
      binary,
    );
    expect(format.classes).toBe(2);
    expect(format.accuracy.value).toBeGreaterThan(0.9);
    const sentences = formatSentences(format);
    expect(sentences[0]).toContain(sentence);
    expect(sentences[1]).toMatch(/^two classes: the losses that need a third logit/);
  });

  it('does not fit data of more', async () => {
    const model = strange((g, z) => [difference(g, z)], 2);
    const { expected, received } = await dataOf('data-mismatch', () => detected(model));
    expect([expected, received]).toEqual(['data of at most 2 classes', '5 classes']);
  });
});

describe('a model that is prepared', () => {
  const mean = (g: GraphBuilder, z: string) =>
    g.mul(g.add(g.op('Softmax', [z]), g.op('Softmax', [g.mul(z, 0.5)])), 0.5);
  const parts = {
    ...{ dims, classes: 5, labels: Uint8Array.from(sample.labels) },
    pixels: Uint8Array.from(sample.images.data, (value) => Math.round(255 * value)),
  };
  const data: Dataset = {
    ...{ name: 'strange', title: 'strange', source: 'test', dims, classes: 5 },
    ...{ classNames: sample.classNames, train: splitOf(parts), test: splitOf(parts) },
  };

  it('answers the same when a step opens it again, whatever its output', async () => {
    const runtime = await nodeRuntime();
    const models = {
      'of two outputs': strange((g, z) => [z, g.op('Relu', [g.concat([z, z], 1)])]),
      'of probabilities': strange((g, z) => [mean(g, z)]),
      'of a table and probabilities': strange((g, z) => [g.op('ArgMax', [z], { axis: 1 }), mean(g, z)]),
    };
    for (const model of Object.values(models)) {
      const prepared = await prepareModel(model, data, { runtime, threads: 1 });
      const json = JSON.parse(JSON.stringify(plainFormat(prepared.provenance.format)));
      expect(json.output).toBeDefined();
      const opened = await openModel(model, json, dims, { runtime, threads: 1 });
      const [own, again] = [
        await prepared.logits(sample.images),
        await opened.classifier.logits(sample.images),
      ];
      expect(largestDifference(own.data, again.data)).toBe(0);
      const { gradient } = await opened.classifier.gradient(sample.images, objectives.margin);
      expect(gradient.data.some((value) => value !== 0)).toBe(true);
      await prepared.release();
      await opened.release();
    }
  });

  it('has the names of its classes from the operator that makes them', async () => {
    const runtime = await nodeRuntime();
    const zip = strange((_, z) => [z]);
    const { graph } = zip;
    const [output] = graph.outputs;
    const table = {
      ...{
        op: 'ZipMap',
        domain: 'ai.onnx.ml',
        name: 'zip',
        inputs: [output?.name ?? ''],
        outputs: ['table'],
      },
      attributes: {
        classlabels_strings: {
          kind: 'strings' as const,
          value: ['kind 0', 'kind 1', 'kind 2', 'kind 3', 'kind 4'],
        },
      },
    };
    const zipped = {
      ...zip,
      graph: { ...graph, nodes: [...graph.nodes, table], outputs: [{ name: 'table' }] },
    };
    const opsets = new Map([...zip.opsets, ['ai.onnx.ml', 1]]) as ReadonlyMap<string, number>;
    const prepared = await prepareModel({ ...zipped, opsets }, data, { runtime, threads: 1 });
    expect(prepared.provenance.format.origins.labels).toBe('metadata');
    expect(prepared.provenance.format.accuracy.value).toBeGreaterThan(0.9);
    await prepared.release();
  });
});
