import { encodeModel } from '../../src/core/onnx/encode.js';
import type { Attribute, Graph, LocalFunction, Model, Node } from '../../src/core/onnx/graph.js';
import { float32, int64, type Tensor } from '../support/toolkit.js';

/*
 * Files that are valid, or nearly, and large in one way: many nodes, names, layers, bodies, functions.
 * Nothing in the toolkit may take time that grows faster than the file.
 */

const node = (
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Node['attributes'] = {},
): Node => ({
  op,
  domain: '',
  name: `node of ${output}`,
  inputs,
  outputs: [output],
  attributes,
});

function modelOf(
  nodes: readonly Node[],
  more: Partial<Graph> = {},
  functions?: readonly LocalFunction[],
): Model {
  return {
    irVersion: 9,
    opsets: new Map([['', 20], ...(functions ? ([['own', 1]] as const) : [])]),
    producer: '',
    metadata: new Map(),
    graph: {
      name: 'large',
      inputs: [{ name: 'x', type: { dtype: 'float32', dims: ['N', 4] } }],
      outputs: [{ name: nodes.at(-1)?.outputs[0] ?? 'x', type: { dtype: 'float32', dims: ['N', 4] } }],
      nodes,
      initializers: new Map<string, Tensor>([['w', float32([4, 4], new Float32Array(16).fill(0.1))]]),
      ...more,
    },
    ...(functions && { functions }),
  };
}

const chain = (count: number, step: (from: string, to: string, i: number) => readonly Node[]): Node[] =>
  Array.from({ length: count }, (_, i) => step(i === 0 ? 'x' : `v${i - 1}`, `v${i}`, i)).flat();

const body = (nodes: readonly Node[], output: string): Attribute => ({
  kind: 'graph',
  value: { name: 'body', inputs: [], outputs: [{ name: output }], nodes, initializers: new Map() },
});

/** Many branches beside each other, each of a condition that is known. */
const branch = (from: string, to: string, i: number): Node[] => {
  const inner = (suffix: string) => body([node('Relu', [from], `${to}_${suffix}`)], `${to}_${suffix}`);
  return [node('If', [`c${i % 2}`], to, { then_branch: inner('t'), else_branch: inner('e') })];
};

function nested(depth: number): Node {
  let inner = node('Relu', ['x'], `y${depth}`);
  for (let level = depth - 1; level >= 0; level--) {
    const branches = {
      then_branch: body([inner], inner.outputs[0] ?? ''),
      else_branch: body([node('Neg', ['x'], `n${level}`)], `n${level}`),
    };
    inner = node('If', ['flag'], `y${level}`, branches);
  }
  return inner;
}

/** Each function calls the one before twice: 2^count nodes once they are written out. */
const doubling = (count: number): LocalFunction[] =>
  Array.from({ length: count }, (_, i) => {
    const call = (from: string, to: string): Node =>
      i === 0 ? node('Relu', [from], to) : { ...node(`f${i - 1}`, [from], to), domain: 'own' };
    return {
      domain: 'own',
      name: `f${i}`,
      overload: '',
      inputs: ['a'],
      outputs: ['b'],
      defaults: {},
      opsets: new Map([
        ['', 20],
        ['own', 1],
      ]),
      nodes: [call('a', 'h'), call('h', 'b')],
    };
  });

const flags = new Map<string, Tensor>([
  ['c0', { dtype: 'bool', dims: [], data: Uint8Array.of(0) }],
  ['c1', { dtype: 'bool', dims: [], data: Uint8Array.of(1) }],
  ['flag', { dtype: 'bool', dims: [], data: Uint8Array.of(1) }],
  ['w', float32([4, 4], new Float32Array(16).fill(0.1))],
  ['two', int64([2], [0, 4])],
]);

/** Large models by name, as files. @param size nodes of those that have many */
export const largeModels = (size: number): Readonly<Record<string, () => Uint8Array>> => ({
  'a chain': () => encodeModel(modelOf(chain(size, (from, to) => [node('Relu', [from], to)]))),
  'layers of one weight': () =>
    encodeModel(modelOf(chain(size, (from, to) => [node('MatMul', [from, 'w'], to)]))),
  'layers of a weight each': () => {
    const initializers = new Map(flags);
    const nodes = chain(size, (from, to, i) => {
      initializers.set(`w${i}`, float32([4, 4], new Float32Array(16).fill(0.1)));
      return [node('Gemm', [from, `w${i}`], to)];
    });
    return encodeModel(modelOf(nodes, { initializers }));
  },
  'computed weights': () =>
    encodeModel(
      modelOf(
        chain(size / 2, (from, to) => [node('Abs', ['w'], `${to}w`), node('MatMul', [from, `${to}w`], to)]),
      ),
    ),
  rounding: () => encodeModel(modelOf(chain(size, (from, to) => [node('Round', [from], to)]))),
  comparisons: () =>
    encodeModel(
      modelOf(
        chain(size / 3, (from, to) => [
          node('Greater', [from, 'w0'], `${to}g`),
          node('Cast', [`${to}g`], `${to}f`, { to: { kind: 'int', value: 1 } }),
          node('Add', [from, `${to}f`], to),
        ]),
        { initializers: new Map<string, Tensor>([['w0', float32([], [0])]]) },
      ),
    ),
  reshapes: () =>
    encodeModel(
      modelOf(
        chain(size, (from, to) => [
          node('Reshape', [from, 'two'], to, { allowzero: { kind: 'int', value: 0 } }),
        ]),
        { initializers: flags },
      ),
    ),
  'sums of all before': () =>
    encodeModel(
      modelOf(
        chain(size / 2, (from, to) => [
          node('Add', [from, 'x'], `${to}s`),
          node('Add', [`${to}s`, from], to),
        ]),
      ),
    ),
  'one node with many inputs': () =>
    encodeModel(
      modelOf([
        ...chain(size - 1, (_, to) => [node('Relu', ['x'], to)]),
        node(
          'Sum',
          Array.from({ length: size - 1 }, (_, i) => `v${i}`),
          'y',
        ),
      ]),
    ),
  'nodes in the wrong order': () =>
    encodeModel(
      modelOf(chain(size, (from, to) => [node('Relu', [from], to)]).reverse(), {
        outputs: [{ name: `v${size - 1}`, type: { dtype: 'float32', dims: ['N', 4] } }],
      }),
    ),
  'a long cycle': () =>
    encodeModel(
      modelOf([
        ...chain(size, (from, to) => [node('Add', [from, 'end'], to)]),
        node('Relu', [`v${size - 1}`], 'end'),
      ]),
    ),
  'the same name everywhere': () =>
    encodeModel(modelOf(Array.from({ length: size }, () => node('Relu', ['x'], 'y')))),
  'values that nothing produces': () =>
    encodeModel(modelOf(Array.from({ length: size }, (_, i) => node('Add', ['x', `missing${i}`], `v${i}`)))),
  'unknown operators': () => encodeModel(modelOf(chain(size, (from, to, i) => [node(`Op${i}`, [from], to)]))),
  'many inputs': () =>
    encodeModel(
      modelOf(
        chain(10, (from, to) => [node('Relu', [from], to)]),
        {
          inputs: Array.from({ length: size }, (_, i) => ({
            name: i === 0 ? 'x' : `x${i}`,
            type: { dtype: 'float32' as const, dims: ['N', 4] },
          })),
        },
      ),
    ),
  'many outputs': () =>
    encodeModel(
      modelOf(
        chain(size, (from, to) => [node('Relu', [from], to)]),
        {
          outputs: Array.from({ length: size }, (_, i) => ({
            name: `v${i}`,
            type: { dtype: 'float32' as const, dims: ['N', 4] },
          })),
        },
      ),
    ),
  'old operators': () =>
    encodeModel({
      ...modelOf(
        chain(size, (from, to) => [
          node('Clip', [from], to, { min: { kind: 'float', value: 0 }, max: { kind: 'float', value: 6 } }),
        ]),
      ),
      opsets: new Map([['', 9]]),
    }),
  'half precision': () =>
    encodeModel(
      modelOf(
        chain(size / 2, (from, to) => [
          node('Cast', [from], `${to}h`, { to: { kind: 'int', value: 10 } }),
          node('Cast', [`${to}h`], to, { to: { kind: 'int', value: 1 } }),
        ]),
      ),
    ),
  quantizers: () =>
    encodeModel(
      modelOf(
        chain(size / 2, (from, to) => [
          node('QuantizeLinear', [from, 's', 'z'], `${to}q`),
          node('DequantizeLinear', [`${to}q`, 's', 'z'], to),
        ]),
        {
          initializers: new Map<string, Tensor>([
            ['s', float32([], [0.1])],
            ['z', { dtype: 'uint8', dims: [], data: Uint8Array.of(3) }],
          ]),
        },
      ),
    ),
  branches: () => encodeModel(modelOf(chain(size / 4, branch), { initializers: flags })),
  'nested branches': () =>
    encodeModel(modelOf([nested(Number(process.env.DEPTH ?? 30))], { initializers: flags })),
  'functions that double': () =>
    encodeModel(modelOf([{ ...node('f39', ['x'], 'y'), domain: 'own' }], {}, doubling(40))),
  'calls of a function': () =>
    encodeModel(
      modelOf(
        chain(size, (from, to) => [{ ...node('f0', [from], to), domain: 'own' }]),
        {},
        doubling(1),
      ),
    ),
  'free dimensions': () =>
    encodeModel(
      modelOf(
        chain(40, (from, to) => [node('Concat', [from, from], to, { axis: { kind: 'int', value: 1 } })]),
        {
          inputs: [
            {
              name: 'x',
              type: { dtype: 'float32', dims: Array.from({ length: 40 }, (_, i) => `D${i}+${i}`) },
            },
          ],
        },
      ),
    ),
});
