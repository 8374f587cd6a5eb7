import { describe, expect, it } from 'vitest';
import { vjp } from '../../../../src/core/autodiff/gradient.js';
import { encodeModel } from '../../../../src/core/onnx/encode.js';
import type { Attribute, Graph, Model, Node, Value } from '../../../../src/core/onnx/graph.js';
import { inferShapes } from '../../../../src/core/onnx/infer.js';
import { lower } from '../../../../src/core/onnx/lowering/index.js';
import { inlineControlFlow } from '../../../../src/core/onnx/rewrite/control-flow.js';
import { MAX_ITERATIONS } from '../../../../src/core/onnx/rewrite/loops.js';
import { numbers, run } from '../../../support/run.js';
import { float32, GraphBuilder, int64, type Tensor, tensor } from '../../../support/toolkit.js';
import { node } from './samples.js';

const bool = (value: boolean) => tensor('bool', [], Uint8Array.of(Number(value)));

const value = (name: string, dtype: 'float32' | 'int64' | 'bool' = 'float32'): Value => ({
  name,
  type: dtype === 'float32' ? { dtype } : { dtype, dims: [] },
});

const body = (
  inputs: readonly Value[],
  outputs: readonly Value[],
  nodes: readonly Node[],
  initializers: Graph['initializers'] = new Map(),
): Attribute => ({ kind: 'graph', value: { name: 'body', inputs, outputs, nodes, initializers } });

const modelOf = (
  nodes: readonly Node[],
  initializers: Readonly<Record<string, Tensor>> = {},
  outputs = ['y'],
): Model => ({
  irVersion: 9,
  opsets: new Map([['', 20]]),
  producer: 'test',
  metadata: new Map(),
  graph: {
    name: 'g',
    inputs: [{ name: 'x', type: { dtype: 'float32', dims: ['N', 3] } }],
    outputs: outputs.map((name) => ({ name, type: { dtype: 'float32' } })),
    nodes,
    initializers: new Map(Object.entries({ three: int64([], [3]), yes: bool(true), ...initializers })),
  },
});

/** `h <- tanh(h w + i)`, and what it was before, for each iteration i; goes on while `i < limit`. */
const recurrence = (limit: string, results = 3) =>
  body(
    [value('i', 'int64'), value('c', 'bool'), value('h')],
    [value('goes', 'bool'), value('h2'), value('seen')].slice(0, results),
    [
      node('Cast', ['i'], ['number'], { to: 1 }),
      node('MatMul', ['h', 'w'], ['p']),
      node('Add', ['p', 'number'], ['q']),
      node('Tanh', ['q'], ['h2']),
      node('Identity', ['h'], ['seen']),
      node('Less', ['i', limit], ['goes']),
    ],
    new Map([['w', float32([3, 3], [0.5, 0.1, 0, 0.2, -0.3, 0.4, 0, 0.1, 0.6])]]),
  );

const x = float32([2, 3], [1, 2, 3, -1, 0.5, 0]);
const ops = (model: Model) => model.graph.nodes.map(({ op }) => op);

/** The results of the written-out model, which are those of the loop. */
async function same(model: Model): Promise<Model> {
  const written = inlineControlFlow(model);
  const [before, after] = [await run(encodeModel(model), { x }), await run(encodeModel(written), { x })];
  for (const { name } of model.graph.outputs) {
    expect(after[name]?.dims).toEqual(before[name]?.dims);
    const expected = numbers(before[name]!);
    numbers(after[name]!).forEach((result, i) => {
      expect(result).toBeCloseTo(expected[i] ?? Number.NaN, 6);
    });
  }
  return written;
}

describe('a Loop whose number of iterations is known', () => {
  it.each([
    ['counted', 'three', 'yes', 'many', 3],
    ['ended by its condition', 'many', 'yes', 'one', 2],
    ['without a first condition', 'three', '', 'many', 3],
    ['without a number of iterations', '', 'yes', 'three', 4],
  ])('is its iterations: %s', async (_, trips, condition, limit, iterations) => {
    const nodes = [
      node('Relu', ['x'], ['h0']),
      node('Loop', [trips, condition, 'h0'], ['y', 'all'], { body: recurrence(limit) }),
    ];
    const constants = { many: int64([], [9]), one: int64([], [1]) };
    const written = await same(modelOf(nodes, constants, ['y', 'all']));
    expect(ops(written)).not.toContain('Loop');
    expect(ops(written).filter((op) => op === 'MatMul').length).toBe(iterations);
    expect([...written.graph.initializers.values()].filter(({ dims }) => dims.length === 2).length).toBe(1);
  });

  it('may hold another one, and an If that depends on the iteration', async () => {
    const branch = (op: string, name: string): Attribute =>
      body([], [value(name)], [node(op, ['h', 'h'], [name])]);
    const inner = body(
      [value('j', 'int64'), value('d', 'bool'), value('h')],
      [value('d2', 'bool'), value('h3')],
      [
        node('Equal', ['i', 'j'], ['same']),
        node('If', ['same'], ['h3'], { then_branch: branch('Add', 't'), else_branch: branch('Mul', 'u') }),
        node('Identity', ['d'], ['d2']),
      ],
    );
    const outer = body(
      [value('i', 'int64'), value('c', 'bool'), value('h1')],
      [value('c2', 'bool'), value('h2')],
      [node('Loop', ['two', 'c', 'h1'], ['h2'], { body: inner }), node('Identity', ['c'], ['c2'])],
    );
    const written = await same(
      modelOf([node('Loop', ['two', 'yes', 'x'], ['y'], { body: outer })], { two: int64([], [2]) }),
    );
    expect(ops(written).filter((op) => op === 'Add' || op === 'Mul')).toEqual(['Add', 'Mul', 'Mul', 'Add']);
  });

  it('hands on what it was given when it does not run', async () => {
    const nodes = [node('Loop', ['zero', '', 'x'], ['y'], { body: recurrence('zero', 2) })];
    expect(ops(await same(modelOf(nodes, { zero: int64([], [0]) })))).toEqual(['Identity']);
  });

  it('stays when it depends on the input, from the start or later, and when it is too long', () => {
    const sum = [node('ReduceSum', ['x'], ['s'], { keepdims: 0 }), node('Cast', ['s'], ['k'], { to: 7 })];
    for (const [trips, limit] of [
      ['k', 'three'],
      ['three', 'k'],
      ['long', 'long'],
    ] as const) {
      const loop = node('Loop', [trips, 'yes', 'x'], ['y'], { body: recurrence(limit, 2) });
      const model = modelOf([...sum, loop], { long: int64([], [MAX_ITERATIONS + 1]) });
      expect(inlineControlFlow(model)).toBe(model);
    }
  });

  it('has a known shape where an iteration leaves the state as it was', () => {
    const loop = node('Loop', ['three', 'yes', 'x'], ['y', 'all'], { body: recurrence('three') });
    const types = inferShapes(modelOf([loop], {}, ['y']).graph);
    expect(types.type('y')?.dims).toEqual(['N', 3]);
    expect(types.type('all')?.dims).toEqual([expect.any(String), 'N', 3]);
  });

  it('has a gradient', async () => {
    const model = modelOf([node('Loop', ['three', 'yes', 'x'], ['y'], { body: recurrence('three', 2) })]);
    const g = new GraphBuilder(lower(model));
    g.clearOutputs();
    g.output(vjp(g, { y: g.input('c', 'float32', ['N', 3]) }, ['x'])[0] ?? '', 'dx');
    const ones = float32([2, 3], [1, 1, 1, 1, 1, 1]);
    const slopes = numbers((await run(g.build(), { x, c: ones })).dx!);
    const total = async (moved: Tensor<'float32'>) =>
      numbers((await run(encodeModel(model), { x: moved })).y!).reduce((a, b) => a + b, 0);
    for (const [i, slope] of slopes.entries()) {
      const at = (by: number) =>
        float32(
          [2, 3],
          x.data.map((v, j) => (i === j ? v + by : v)),
        );
      expect(slope).toBeCloseTo(((await total(at(0.01))) - (await total(at(-0.01)))) / 0.02, 3);
    }
  });
});

describe('a Scan over a known length', () => {
  /** The running sum of the rows of x, and what is added. */
  const running = body(
    [value('s'), value('e')],
    [value('s2'), value('out')],
    [node('Add', ['s', 'e'], ['s2']), node('Mul', ['s2', 'e'], ['out'])],
  );
  const start = [node('ReduceSum', ['x', 'axis'], ['s0'], { keepdims: 0 })];
  const axis = { axis: int64([1], [1]) };

  it.each([
    ['forwards', {}],
    ['backwards', { scan_input_directions: [1], scan_output_directions: [1] }],
    ['results along the last axis', { scan_output_axes: [-1] }],
  ])('is its iterations, %s', async (_, attributes) => {
    const scan = node('Scan', ['s0', 'x'], ['y', 'all'], {
      body: running,
      num_scan_inputs: 1,
      scan_input_axes: [1],
      ...attributes,
    });
    const written = await same(modelOf([...start, scan], axis, ['y', 'all']));
    expect(ops(written)).not.toContain('Scan');
    expect(inferShapes(modelOf([...start, scan], axis).graph).type('y')?.dims).toEqual(['N']);
  });

  it('stays when the length is not known', () => {
    const scan = node('Scan', ['x'], ['y'], {
      body: body([value('e')], [value('o')], [node('Relu', ['e'], ['o'])]),
      num_scan_inputs: 1,
    });
    const model = modelOf([scan]);
    expect(inlineControlFlow(model)).toBe(model);
  });
});
