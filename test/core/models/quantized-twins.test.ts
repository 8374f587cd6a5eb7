import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadModelBytes } from '../../../src/core/models/model-file.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { readNpz } from '../../../src/core/tensor/npz.js';
import { expectType } from '../../../src/core/tensor/tensor.js';
import { classifierOf } from '../../support/classifiers.js';

/**
 * Small networks in deployed forms, with logits and gradients of fake-quantized PyTorch
 * twins; see the README there.
 */
const folder = new URL('../../fixtures/quantized/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.onnx'))
  .map((file) => file.replace('.onnx', ''));

/** The engine's own arithmetic differs there, by one step of the output at most (README). */
const logitsApart: Readonly<Record<string, number>> = {
  'cnn.qdq-s16s16': 1e-3,
  'mlp.int4-blocks': 0.1,
  'attention.qdq-u8s8': 0.7,
};

/** Quantizers on the way; those of weights alone do not count. */
const isWeightOnly = (name: string) => name.startsWith('mlp.int4');

const largest = (values: ArrayLike<number>) => Math.max(...Array.from(values, Math.abs));
const apart = (a: Float32Array, b: Float32Array) => largest(a.map((v, i) => v - (b[i] ?? 0)));

async function compared(name: string) {
  const { model } = await loadModelBytes(readFileSync(new URL(`${name}.onnx`, folder)), name);
  const arrays = readNpz(readFileSync(new URL(`${name}.npz`, folder)), { source: name });
  const array = (key: string) => expectType(arrays.get(key) ?? expect.fail(key), 'float32', key);
  const label = Array.from((arrays.get('label')?.data ?? []) as ArrayLike<number | bigint>, Number);
  const classifier = await classifierOf(model);
  try {
    const logits = await classifier.logits(array('x'));
    const result = await classifier.gradient(array('x'), objectives['cross-entropy'] ?? expect.fail(), label);
    const reference = array('gradient').data;
    return {
      judge: apart(logits.data, array('y').data),
      guide: apart(result.logits.data, array('y').data),
      gradient: apart(result.gradient.data, reference) / largest(reference),
      quantizers: classifier.quantizers,
    };
  } finally {
    await classifier.release();
  }
}

describe('quantized networks beside their twins in PyTorch', () => {
  it('are there', () => expect(names.length).toBe(24));

  it.each(names)('%s: logits of the judge and the guide, straight-through gradient', async (name) => {
    const { judge, guide, gradient, quantizers } = await compared(name);
    expect(judge).toBeLessThan(logitsApart[name] ?? 1e-4);
    expect(guide).toBeLessThan(logitsApart[name] === 1e-3 ? 1e-3 : 1e-4);
    expect(gradient).toBeLessThan(1e-4);
    expect(quantizers > 0).toBe(!isWeightOnly(name));
  });
});
