import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { effectiveWeights, materialize } from '../../../src/core/models/materialize.js';
import { parseReshaping, reshapeAll } from '../../../src/core/reshaping/index.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { dataOf } from '../../support/errors.js';
import { modelOf } from '../../support/run.js';
import { float32, tensor } from '../../support/toolkit.js';

/** Two layers, the first with a weight of double precision. */
const mixed = () =>
  modelOf((g) => {
    const first = g.initializer('first', tensor('float64', [4, 3], new Float64Array(12).fill(0.5)));
    const second = g.initializer('second', float32([3, 2], [1, 2, 3, 4, 5, 6]));
    const x = g.cast(g.input('x', 'float32', ['N', 4]), 'float64');
    const hidden = g.op('MatMul', [x, first], {}, { outputs: ['hidden'] });
    return g.matmul(g.cast(hidden, 'float32'), second);
  });

describe('effective weights', () => {
  it('are those that were asked for', async () => {
    const model = reshapeAll(buildModel('1x4x4-F5-3'), parseReshaping('hash:1/2'), 1);
    const runtime = await nodeRuntime();
    const all = await effectiveWeights(model, runtime);
    expect([...all.keys()]).toEqual(['fc1.weight', 'fc2.weight']);
    const one = await effectiveWeights(model, runtime, ['fc2.weight']);
    expect([...one]).toEqual([['fc2.weight', all.get('fc2.weight')]]);
  });

  it('are single precision, or the layer is named', async () => {
    const runtime = await nodeRuntime();
    const data = await dataOf('bad-value', () => effectiveWeights(mixed(), runtime));
    expect(data).toEqual({ what: 'weight first of layer hidden', expected: 'float32', received: 'float64' });
    expect([...(await effectiveWeights(mixed(), runtime, ['second'])).keys()]).toEqual(['second']);
  });
});

it('materializing leaves stored weights alone, whatever their type', async () => {
  const model = mixed();
  expect(await materialize(model, await nodeRuntime())).toBe(model);
});
