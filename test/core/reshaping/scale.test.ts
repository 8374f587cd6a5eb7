import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { effectiveWeights } from '../../../src/core/models/materialize.js';
import { reshapeWeight, reshapings, reshapingsOf, scale } from '../../../src/core/reshaping/index.js';
import { trainableParameters } from '../../../src/core/training/training-graph.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { dataOf } from '../../support/errors.js';
import { numbers, run } from '../../support/run.js';
import { float32, GraphBuilder, vjp } from '../../support/toolkit.js';

const model = () => buildModel('1x1x3-F2-2', { seed: 2 });
const gain = float32([2, 1], [3, -0.5]);
const stored = (name: string) => [...(model().graph.initializers.get(name)!.data as Float32Array)];

describe('scale', () => {
  it('multiplies each output of a stored weight', async () => {
    const scaled = reshapeWeight(model(), 'fc1.weight', scale(gain), {});
    const weights = await effectiveWeights(scaled, await nodeRuntime());
    const wanted = stored('fc1.weight').map((w, i) => Math.fround(w * gain.data[i < 3 ? 0 : 1]!));
    expect(numbers(weights.get('fc1.weight')!)).toEqual(wanted);
    expect(numbers(weights.get('fc2.weight')!)).toEqual(stored('fc2.weight'));
  });

  it('goes on top of a hash, is recorded, and is not trained', async () => {
    const hashed = reshapeWeight(model(), 'fc1.weight', reshapings.hash, { rate: 1 / 2 }, 5);
    const scaled = reshapeWeight(hashed, 'fc1.weight', scale(gain), {});
    expect(reshapingsOf(scaled)['fc1.weight']!.map((entry) => [entry.name, entry.parameters])).toEqual([
      ['hash', { rate: 1 / 2 }],
      ['scale', {}],
    ]);
    const runtime = await nodeRuntime();
    const before = numbers((await effectiveWeights(hashed, runtime)).get('fc1.weight')!);
    const after = numbers((await effectiveWeights(scaled, runtime)).get('fc1.weight')!);
    expect(after).toEqual(before.map((w, i) => Math.fround(w * gain.data[i < 3 ? 0 : 1]!)));
    expect([...trainableParameters(scaled).keys()].sort()).toEqual(
      [...trainableParameters(hashed).keys()].sort(),
    );
  });

  it('passes the gradient on, scaled', async () => {
    const g = new GraphBuilder();
    const theta = g.input('theta', 'float32', [2, 3]);
    const weight = scale(gain).emit(g, theta, { weight: 'w', dims: [2, 3], seed: 0 }, {});
    const [gradient] = vjp(g, { [weight]: g.input('c', 'float32', [2, 3]) }, [theta]);
    g.output(gradient!, 'dTheta');
    const [c, value] = [float32([2, 3], [1, 2, 3, 4, 5, 6]), float32([2, 3], [1, 1, 1, 1, 1, 1])];
    expect(numbers((await run(g.build(), { theta: value, c })).dTheta!)).toEqual([3, 6, 9, -2, -2.5, -3]);
  });

  it.each([[[2, 3, 1]], [[3, 1]], [[2]], [[1, 1, 2]]])(
    'refuses factors of [%s] for a weight of [2, 3]',
    async (dims) => {
      const wrong = float32(dims, new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1));
      const data = await dataOf('shape-mismatch', () =>
        reshapeWeight(model(), 'fc1.weight', scale(wrong), {}),
      );
      expect(data).toMatchObject({ node: 'fc1.weight' });
    },
  );

  it('cannot be asked for by name: its factors belong to one weight', () => {
    expect(Object.keys(reshapings)).not.toContain('scale');
  });
});
