import { describe, expect, it } from 'vitest';
import { flatOperatorsOnPath, inspectModel } from '../../../src/core/models/model-summary.js';
import { modelOf } from '../../support/run.js';
import { float32, type GraphBuilder } from '../../support/toolkit.js';

const named = (op: string, g: GraphBuilder, x: string, name: string) =>
  g.op(op, [x], {}, { outputs: [name] });
const flat = (build: (g: GraphBuilder, x: string) => string) =>
  flatOperatorsOnPath(modelOf((g) => build(g, g.input('x', 'float32', ['N', 4]))));

describe('flat operators', () => {
  it('are those whose numbers are computed with', () => {
    expect(
      flat((g, x) => {
        const parts = ['Round', 'Floor', 'Ceil', 'Sign'].map((op) => named(op, g, x, op.toLowerCase()));
        return g.op('Sum', [...parts, named('Round', g, g.mul(x, 2), 'twice')]);
      }),
    ).toEqual([
      { op: 'Round', nodes: ['round', 'twice'] },
      { op: 'Floor', nodes: ['floor'] },
      { op: 'Ceil', nodes: ['ceil'] },
      { op: 'Sign', nodes: ['sign'] },
    ]);
    const compared = (g: GraphBuilder, x: string) =>
      g.cast(g.op('Greater', [x, g.scalar(0)], {}, { outputs: ['above'] }), 'float32');
    expect(flat((g, x) => g.mul(compared(g, x), 2))).toEqual([{ op: 'Greater', nodes: ['above'] }]);
  });

  it('are not shapes, indices, conditions, weights, and what leads nowhere', () => {
    expect(flat((g, x) => g.op('Reshape', [x, g.op('Shape', [x])]))).toEqual([]);
    expect(flat((g, x) => g.mul(x, g.cast(g.op('Size', [x]), 'float32')))).toEqual([]);
    expect(flat((g, x) => g.where(g.greater(x, 0), x, 0))).toEqual([]);
    expect(
      flat((g, x) => g.gather(g.constant(float32([2], [1, 2])), g.op('ArgMax', [x], { axis: 1 }))),
    ).toEqual([]);
    expect(flat((g, x) => g.mul(x, g.sign(g.constant(float32([4], [1, -2, 3, -4])))))).toEqual([]);
    expect(
      flat((g, x) => {
        named('Round', g, x, 'unused');
        return g.exp(x);
      }),
    ).toEqual([]);
  });
});

it('a cast that rounds is refused, with its reason', () => {
  const report = inspectModel(
    modelOf((g) => g.mul(g.cast(g.cast(g.input('x', 'float32', ['N', 4]), 'int32'), 'float32'), 2)),
  );
  expect(report.differentiable.ok).toBe(false);
  expect(report.differentiable.problems).toEqual([expect.stringMatching(/^Cast: rounds to integers/)]);
});
