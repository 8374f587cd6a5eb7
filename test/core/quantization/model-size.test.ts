import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { frequenciesOf, huffmanBits } from '../../../src/core/quantization/huffman.js';
import { modelSize } from '../../../src/core/quantization/model-size.js';
import { compressAll, finished, parseCompression } from '../../../src/core/reshaping/index.js';
import { nodeRuntime } from '../../support/toolkit.js';

/** The shortest prefix code by trying all code lengths that fulfil Kraft's inequality. */
function shortest(frequencies: readonly number[], lengths: readonly number[] = []): number {
  const kraft = lengths.reduce((sum, length) => sum + 2 ** -length, 0);
  if (kraft > 1) return Number.POSITIVE_INFINITY;
  if (lengths.length === frequencies.length) {
    return lengths.reduce((sum, length, i) => sum + length * (frequencies[i] ?? 0), 0);
  }
  return Math.min(...[1, 2, 3, 4, 5].map((length) => shortest(frequencies, [...lengths, length])));
}

describe('Huffman codes', () => {
  it.each([[[1, 1]], [[5, 3, 1]], [[1, 1, 2, 3, 5]], [[4, 4, 4, 4]], [[10, 1, 1, 1, 7]]])(
    'of frequencies %j are the shortest',
    (frequencies) => {
      expect(huffmanBits(frequencies)).toBe(shortest(frequencies));
    },
  );

  it('take a bit for a symbol that is alone', () => {
    expect(huffmanBits([7])).toBe(7);
    expect(huffmanBits([])).toBe(0);
    expect([...frequenciesOf([1, 0, 1])]).toEqual([
      [1, 2],
      [0, 1],
    ]);
  });
});

describe('the size of a model', () => {
  const model = buildModel('1x16x16-F64-10', { seed: 3 });
  const sizeOf = async (text: string) =>
    modelSize(finished(compressAll(model, parseCompression(text), 1)), await nodeRuntime());
  const [weights, biases] = [256 * 64 + 64 * 10, 64 + 10];

  it('is that of its numbers for a model that is not compressed', async () => {
    const plain = 4 * (weights + biases);
    expect(await sizeOf('none')).toEqual({ plain, stored: plain, entropyCoded: plain });
  });

  it('counts codes, scales and biases of quantized weights', async () => {
    const { plain, stored, entropyCoded } = await sizeOf('quantize:int8');
    expect(plain).toBe(4 * (weights + biases));
    // A code for each weight, a scale and a zero point for each output, biases as they are.
    expect(stored).toBe(weights + 5 * (64 + 10) + 4 * biases);
    expect(entropyCoded).toBeLessThan(stored);
  });

  it('of Deep Compression is a fraction, smaller still in entropy code', async () => {
    const { plain, stored, entropyCoded } = await sizeOf('prune:0.9+cluster:16+quantize:int8');
    // A bit for each weight, four bits for each that is left.
    expect(stored).toBeLessThan(weights / 8 + (0.1 * weights) / 2 + 4 * biases + 200);
    expect(entropyCoded).toBeLessThan(stored);
    expect(plain / entropyCoded).toBeGreaterThan(10);
  });
});
