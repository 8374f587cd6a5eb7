import { describe, expect, it } from 'vitest';
import { parseArchitecture } from '../../../../src/core/models/architectures.js';
import { buildModel } from '../../../../src/core/models/build-model.js';
import { objectives } from '../../../../src/core/models/objectives/index.js';
import { forCuda } from '../../../../src/core/runtime/devices/cuda.js';
import { int64 } from '../../../../src/core/tensor/tensor.js';
import { trainingGraph } from '../../../../src/core/training/training-graph.js';
import { nodeRuntime } from '../../../../src/node/runtime.js';
import { uniform } from '../../../support/classifiers.js';

const count = 6;

/** The training step of a network as it is and as CUDA gets it, both on the processor. */
async function both(notation: string, dims: readonly number[]) {
  const model = buildModel(parseArchitecture(notation), { seed: 3 });
  const graph = trainingGraph(model, objectives['cross-entropy']);
  const weights = [...model.graph.initializers].filter(([name]) => graph.gradients.has(name));
  const feeds = {
    [graph.image]: uniform([count, ...dims], 0, 1, 'cuda'),
    [graph.label]: int64(
      [count],
      Array.from({ length: count }, (_, i) => i % 3),
    ),
    ...Object.fromEntries(weights),
  };
  const runtime = await nodeRuntime();
  const rewritten = forCuda(graph.model);
  const results = [];
  for (const each of [graph.model, rewritten]) {
    const session = await runtime.createSession(each);
    results.push(await session.run(feeds));
    await session.release();
  }
  return { results, operators: new Set(rewritten.graph.nodes.map(({ op }) => op)), rewritten };
}

describe('a model for CUDA', () => {
  it.each([
    ['3x8x8-C4k3b-M-C5k3b-M-F6b-3', [3, 8, 8]],
    // A row and a column that no window covers.
    ['2x9x7-C4k3b-M-F6b-3', [2, 9, 7]],
  ])('computes the same training step of %s', async (notation, dims) => {
    const { results, operators, rewritten } = await both(notation, dims);
    expect(operators.has('MaxUnpool')).toBe(false);
    expect(rewritten.graph.nodes.some((node) => node.attributes.training_mode?.value === 1)).toBe(false);
    const [plain, cuda] = results;
    expect(Object.keys(cuda!)).toEqual(Object.keys(plain!));
    for (const [name, { data, dims }] of Object.entries(plain!)) {
      expect(cuda![name]!.dims).toEqual(dims);
      data.forEach((value, i) => {
        const [wanted, got] = [Number(value), Number(cuda![name]!.data[i])];
        expect(Math.abs(got - wanted), `${name}[${i}]`).toBeLessThan(2e-5 * Math.max(1, Math.abs(wanted)));
      });
    }
  });

  it('stays as it is where nothing has to change', () => {
    const model = buildModel(parseArchitecture('4-F3-2'), { seed: 1 });
    expect(forCuda(model)).toBe(model);
  });
});
