import { expect, it } from 'vitest';
import { decodeModel } from '../../../../src/core/onnx/decode.js';
import { encodeModel } from '../../../../src/core/onnx/encode.js';
import type { LocalFunction, Model, Node } from '../../../../src/core/onnx/graph.js';
import { inlineFunctions } from '../../../../src/core/onnx/rewrite/functions.js';
import { upgrade } from '../../../../src/core/onnx/upgrade.js';
import { dataOf } from '../../../support/errors.js';
import { numbers, run } from '../../../support/run.js';
import { float, float32 } from '../../../support/toolkit.js';
import { body, node } from './samples.js';

const local = (name: string, nodes: readonly Node[], rest: Partial<LocalFunction> = {}): LocalFunction => ({
  domain: 'com.example',
  name,
  overload: '',
  inputs: ['a'],
  outputs: ['b'],
  defaults: {},
  opsets: new Map([
    ['', 20],
    ['com.example', 1],
  ]),
  nodes,
  ...rest,
});

const call = (name: string, input: string, output: string, attributes = {}) =>
  node(name, [input], [output], attributes, 'com.example');

const modelOf = (nodes: readonly Node[], functions: readonly LocalFunction[], opset = 20): Model => ({
  irVersion: 9,
  opsets: new Map([
    ['', opset],
    ['com.example', 1],
  ]),
  producer: 'test',
  metadata: new Map(),
  graph: {
    name: 'g',
    inputs: [{ name: 'a', type: { dtype: 'float32', dims: ['N', 3] } }],
    outputs: [{ name: 'y', type: { dtype: 'float32', dims: ['N', 3] } }],
    nodes,
    initializers: new Map([['h', float32([], [10])]]),
  },
  functions,
});

/** Leaky ReLU with the caller's slope, by names that the model uses too, then doubled. */
const doubled = local(
  'Doubled',
  [
    { ...node('LeakyRelu', ['a'], ['h']), attributes: { alpha: { kind: 'reference', value: 'slope' } } },
    node('Constant', [], ['two'], { value_float: float(2) }),
    node('Mul', ['h', 'two'], ['b']),
  ],
  { defaults: { slope: float(0.5) } },
);
const x = float32([1, 3], [-1, 2, -4]);

it('functions compute the same where they are written out, twice and one in another', async () => {
  const model = modelOf(
    [
      call('Twice', 'a', 'p', { slope: float(0.25) }),
      node('Add', ['p', 'h'], ['q']),
      call('Doubled', 'q', 'y'),
    ],
    [doubled, local('Twice', [call('Doubled', 'a', 'm', { slope: float(0.25) }), call('Doubled', 'm', 'b')])],
  );
  const inlined = inlineFunctions(decodeModel(encodeModel(model)));
  expect(inlined.functions).toBeUndefined();
  expect(new Set(inlined.graph.nodes.map(({ domain }) => domain))).toEqual(new Set(['']));
  const names = inlined.graph.nodes.flatMap(({ outputs }) => outputs);
  expect(new Set([...names, ...inlined.graph.initializers.keys()]).size).toBe(
    names.length + inlined.graph.initializers.size,
  );
  const { y } = await run(encodeModel(inlined), { a: x });
  expect(numbers(y!)).toEqual(numbers((await run(encodeModel(model), { a: x })).y!));
  expect(numbers(y!)).toEqual([-0.5, 8, -2].map((v) => 2 * (v + 10)));
});

it('an input that is an output, and functions in a branch, are written out too', async () => {
  const pass = local('Pass', [], { outputs: ['a'] });
  const branches = {
    then_branch: body([call('Doubled', 'p', 't')], ['t']),
    else_branch: body([call('Doubled', 'p', 'u', { slope: float(0) })], ['u']),
  };
  const nodes = [
    call('Pass', 'a', 'p'),
    node('ReduceMax', ['p'], ['m'], { keepdims: 0 }),
    node('Greater', ['m', 'h'], ['c']),
    node('If', ['c'], ['y'], branches),
  ];
  const inlined = inlineFunctions(modelOf(nodes, [doubled, pass]));
  expect(numbers((await run(encodeModel(inlined), { a: x })).y!)).toEqual([-0, 4, -0]);
  const large = float32([1, 3], [-1, 20, -4]);
  expect(numbers((await run(encodeModel(inlined), { a: large })).y!)).toEqual([-1, 40, -4]);
});

it('bodies of functions are upgraded from their own operator set', async () => {
  const old = local(
    'Old',
    [node('Squeeze', ['a'], ['s'], { axes: [0] }), node('Unsqueeze', ['s'], ['b'], { axes: [0] })],
    {
      opsets: new Map([['', 11]]),
    },
  );
  const upgraded = upgrade(modelOf([call('Old', 'a', 'y')], [old]));
  expect(upgraded.functions?.[0]?.opsets.get('')).toBe(20);
  for (const model of [upgraded, inlineFunctions(upgraded)]) {
    expect(numbers((await run(encodeModel(model), { a: x })).y!)).toEqual([-1, 2, -4]);
  }
});

it('recursion is refused', async () => {
  const model = modelOf([call('Loop', 'a', 'y')], [local('Loop', [call('Loop', 'a', 'b')])]);
  const { problems } = await dataOf('corrupt-model', () => inlineFunctions(model));
  expect(problems).toEqual(['function "Loop" calls itself']);
});
