import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { effectiveWeights, materialize } from '../../../src/core/models/materialize.js';
import { inspectModel } from '../../../src/core/models/model-summary.js';
import { decodeModel } from '../../../src/core/onnx/decode.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import {
  compressAll,
  finished,
  inhibitLayer,
  parseCompression,
  reshapings,
  reshapingsOf,
  withoutDefences,
} from '../../../src/core/reshaping/index.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { classifierOf, largestDifference, uniform } from '../../support/classifiers.js';
import type { Model } from '../../support/toolkit.js';

const small = () => buildModel('1x8x8-C4k3-F12-5', { seed: 3 });
const compressed = (text: string) => compressAll(small(), parseCompression(text), 1);
const weightsOf = async (model: Model) => effectiveWeights(model, await nodeRuntime());

async function logitsOf(model: Model): Promise<Float32Array> {
  const classifier = await classifierOf(model);
  const { data } = await classifier.logits(uniform([3, 1, 8, 8], 0, 1, 'images'));
  await classifier.release();
  return data;
}

describe('compressions in a row', () => {
  it('apply to what the one before stores', async () => {
    const model = compressed('prune:0.5+cluster:4');
    const weights = await weightsOf(model);
    const pruned = await weightsOf(compressed('prune:0.5'));
    for (const [name, weight] of weights) {
      const kept = pruned.get(name)?.data ?? new Float32Array();
      // Zeros stay zeros, and the others have at most four values.
      expect([...weight.data].map((w) => w === 0)).toEqual([...kept].map((w) => w === 0));
      expect(new Set([...weight.data].filter((w) => w !== 0)).size).toBeLessThanOrEqual(4);
    }
    const [first] = Object.values(reshapingsOf(model));
    // From what is stored to the weight.
    expect(first?.map(({ name }) => name)).toEqual(['cluster', 'prune']);
    expect(first?.[0]?.stored).toBe(`${first?.[1]?.stored}/cluster/theta`);
    expect(model.graph.initializers.has(first?.[0]?.stored ?? '')).toBe(true);
    expect(model.graph.initializers.has(first?.[1]?.stored ?? '')).toBe(false);
  });

  it.each(['inhibit:0.1', 'none+prune:0.5', 'prune:0.5+inhibit:0.1'])('refuse %s', (text) => {
    expect(() => parseCompression(text)).toThrow(/compressions joined/);
  });

  it('reads none as no compression', () => {
    const model = small();
    expect(compressAll(model, parseCompression('none'), 1)).toBe(model);
  });
});

/** Each with the operators that must compute the weights of the finished file, and those that must not. */
const CASES: readonly [string, RegExp, string][] = [
  ['quantize:int8', /^DequantizeLinear$/, 'int8'],
  ['quantize:int8,per=tensor', /^DequantizeLinear$/, 'int8'],
  ['quantize:int4', /^DequantizeLinear$/, 'int4'],
  ['prune:0.5+quantize:int8', /Gather.*DequantizeLinear$/, 'int8'],
  ['prune:0.5+quantize:int4', /Gather.*DequantizeLinear$/, 'uint8'],
  ['cluster:4+quantize:int8', /Gather.*DequantizeLinear$/, 'int8'],
  ['prune:0.8+cluster:4+quantize:int8', /Gather.*Gather.*DequantizeLinear$/, 'int8'],
  ['hash:1/4+quantize:int8', /Mul.*Gather.*Mul/, 'int8'],
];

describe('finished reshapings', () => {
  it.each(CASES)('%s computes what it was trained as', async (text, operators, dtype) => {
    const model = compressed(text);
    const file = decodeModel(encodeModel(finished(model)));
    expect(file.graph.nodes.some(({ op }) => op === 'QuantizeLinear')).toBe(false);
    const [wanted, got] = [await weightsOf(model), await weightsOf(file)];
    expect([...got.keys()]).toEqual([...wanted.keys()]);
    for (const [name, { data }] of wanted) {
      expect(largestDifference(got.get(name)?.data ?? [], data)).toBeLessThan(1e-6);
    }
    expect(largestDifference(await logitsOf(file), await logitsOf(model))).toBeLessThan(1e-5);
    const [[weight = '', chain] = []] = Object.entries(reshapingsOf(file));
    expect(file.graph.initializers.get(chain?.[0]?.stored ?? '')?.dtype).toBe(dtype);
    const names = new Map(file.graph.nodes.map((node) => [node.outputs[0], node]));
    const ops: string[] = [];
    for (let node = names.get(weight); node; node = names.get(node.inputs[0])) {
      if (!/Identity|Reshape|Pad|Cast/.test(node.op)) ops.unshift(node.op);
    }
    expect(ops.join(' ')).toMatch(operators);
    // Metadata, materialization and inspection go on being right.
    expect(reshapingsOf(file)).toEqual(reshapingsOf(model));
    const plain = await materialize(file, await nodeRuntime());
    expect(plain.graph.nodes.map(({ op }) => op)).toEqual(small().graph.nodes.map(({ op }) => op));
    const { layers } = inspectModel(file);
    expect(layers.map((layer) => layer.parameters.virtual)).toEqual(
      inspectModel(small()).layers.map((layer) => layer.parameters.virtual),
    );
  });

  it('keep a defence that was put on top, and can do without it', async () => {
    const hardened = inhibitLayer(finished(compressed('prune:0.5+quantize:int8')), 0.1);
    const bare = withoutDefences(hardened, reshapings);
    if (!bare) throw new Error('no defence was found');
    const wanted = await logitsOf(compressed('prune:0.5+quantize:int8'));
    expect(largestDifference(await logitsOf(bare), wanted)).toBeLessThan(1e-5);
    expect(largestDifference(await logitsOf(hardened), wanted)).toBeGreaterThan(0.01);
  });

  it('leave a model alone that has none', () => {
    const model = compressed('prune:0.5');
    expect(finished(model)).toBe(model);
  });
});
