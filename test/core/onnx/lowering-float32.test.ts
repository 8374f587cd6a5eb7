import { describe, expect, it } from 'vitest';
import { float32Lowerings, inFloat32 } from '../../../src/core/onnx/lowering/float32/index.js';
import { drawFor, type QuantizedBuild, quantizedCases } from '../../support/quantized-cases.js';
import { numbers, run } from '../../support/run.js';
import { float32, GraphBuilder, sizeOf, stream } from '../../support/toolkit.js';

const dims = [2, 4, 6, 6];
const random = stream(1, 'image');
const image = float32(
  dims,
  Float32Array.from({ length: sizeOf(dims) }, () => 4 * random.uniform() - 2),
);

function modelFor(name: string, build: QuantizedBuild) {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', dims);
  g.output(build(g, x, drawFor(g, name)), 'y');
  // Integers of 4 and 16 bits came with operator set 21.
  const model = g.build();
  return { ...model, irVersion: 10, opsets: new Map([...model.opsets, ['', 21]]) };
}

/**
 * The engine computes a softmax and a sigmoid of integers by tables, half precision in half precision, and
 * rounds what an LSTM multiplies.
 */
const rounded = (name: string, title: string) =>
  title === 'to half precision' ? 2e-3 : /NBits|LSTM/.test(name) ? 0.02 : 1e-5;

describe('operators on integers as operators on float32', () => {
  it.each(Object.keys(float32Lowerings))('%s has a case', (name) => {
    expect(Object.keys(quantizedCases[name] ?? {})).not.toEqual([]);
  });

  const rows = Object.entries(quantizedCases).flatMap(([name, builds]) =>
    Object.entries(builds).map(([title, build]) => [name, title, build] as const),
  );
  it.each(rows)('%s gives the same within one quantum: %s', async (name, title, build) => {
    const model = modelFor(`${name} ${title}`, build);
    const lowered = inFloat32(model);
    expect(
      lowered.graph.nodes.filter(
        (node) => node.op === name.split('::').at(-1) && node.op !== 'DynamicQuantizeLinear',
      ),
    ).toEqual([]);
    const deployed = (await run(model, { x: image })).y ?? expect.fail();
    const written = (await run(lowered, { x: image })).y ?? expect.fail();
    expect(written.dtype).toBe('float32');
    expect(written.dims).toEqual(deployed.dims);
    const [was, is] = [numbers(deployed), numbers(written)];
    const apart = was.map((v, i) => Math.abs(v - (is[i] ?? Number.NaN)));
    const isCode = deployed.dtype !== 'float32';
    const scale = isCode ? 1 : Math.max(...was.map(Math.abs));
    expect(new Set(was).size).toBeGreaterThan(2);
    expect(Math.max(...apart)).toBeLessThanOrEqual(isCode ? 1 : rounded(name, title) * scale);
    if (isCode) expect(apart.filter((d) => d > 0).length / apart.length).toBeLessThan(0.1);
  });
});
