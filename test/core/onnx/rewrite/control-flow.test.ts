import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../../src/core/onnx/encode.js';
import type { Model, Node } from '../../../../src/core/onnx/graph.js';
import { inlineControlFlow } from '../../../../src/core/onnx/rewrite/control-flow.js';
import { upgrade } from '../../../../src/core/onnx/upgrade.js';
import { numbers, run } from '../../../support/run.js';
import { float32, type Tensor, tensor } from '../../../support/toolkit.js';
import { body, node } from './samples.js';

const modelOf = (nodes: readonly Node[], opset = 20, batch: number | string = 'N'): Model => ({
  irVersion: 9,
  opsets: new Map([['', opset]]),
  producer: 'test',
  metadata: new Map(),
  graph: {
    name: 'g',
    inputs: [{ name: 'x', type: { dtype: 'float32', dims: [batch, 3] } }],
    outputs: [{ name: 'y', type: { dtype: 'float32' } }],
    nodes,
    initializers: new Map<string, Tensor>([
      ['yes', tensor('bool', [], Uint8Array.of(1))],
      ['no', tensor('bool', [1], Uint8Array.of(0))],
      ['w', float32([3], [1, 2, 3])],
    ]),
  },
});

/** Multiplies with a weight of its own, or adds the model's. */
const branches = (then = 't', otherwise = 'u') => ({
  then_branch: body([node('Mul', ['h', 'w2'], [then])], [then], new Map([['w2', float32([3], [2, 0, 1])]])),
  else_branch: body([node('Add', ['h', 'w'], [otherwise])], [otherwise]),
});
const x = float32([1, 3], [1, 2, 3]);
const result = async (model: Model) => numbers((await run(encodeModel(model), { x })).y!);

describe('an If whose condition is known', () => {
  it.each([
    ['yes', [2, 0, 3]],
    ['no', [2, 4, 6]],
  ])('is the branch that "%s" takes', async (condition, expected) => {
    const model = modelOf([node('Relu', ['x'], ['h']), node('If', [condition], ['y'], branches())]);
    const inlined = inlineControlFlow(model);
    expect(inlined.graph.nodes.some(({ op }) => op === 'If')).toBe(false);
    expect(await result(inlined)).toEqual(expected);
    expect(await result(model)).toEqual(expected);
  });

  it('may follow from a shape, hold another one and hand on a value from outside', async () => {
    const outer = {
      then_branch: body([node('If', ['no'], ['v'], { ...branches('t2', 'u2') })], ['v']),
      else_branch: body([], ['h']),
    };
    const nodes = [
      node('Relu', ['x'], ['h']),
      node('Shape', ['x'], ['shape'], { start: 1, end: 2 }),
      node('Shape', ['w'], ['three']),
      node('Equal', ['shape', 'three'], ['same']),
      node('If', ['same'], ['p'], outer),
      node('Not', ['same'], ['other']),
      node('If', ['other'], ['q'], { ...branches('t3', 'u3') }),
      node('Sub', ['p', 'q'], ['r']),
      node('If', ['other'], ['s'], { then_branch: branches().then_branch, else_branch: body([], ['r']) }),
      node('Abs', ['s'], ['y']),
    ];
    const inlined = inlineControlFlow(modelOf(nodes));
    expect(inlined.graph.nodes.some(({ op }) => op === 'If')).toBe(false);
    expect(await result(inlined)).toEqual([0, 0, 0]);
  });

  it('keeps weights of one name in two branches apart', async () => {
    const scaled = (from: string, to: string, weight: readonly number[]) =>
      body([node('Mul', [from, 'own'], [to])], [to], new Map([['own', float32([3], weight)]]));
    const nodes = [
      node('Relu', ['x'], ['h']),
      node('If', ['yes'], ['p'], { ...branches(), then_branch: scaled('h', 'a', [1, 2, 3]) }),
      node('If', ['yes'], ['y'], { ...branches('t2', 'u2'), then_branch: scaled('p', 'b', [2, 2, 0]) }),
    ];
    expect(await result(inlineControlFlow(modelOf(nodes)))).toEqual([2, 8, 0]);
  });

  it('is found in the body of one that is not known', async () => {
    const nodes = [
      node('Relu', ['x'], ['h']),
      node('ReduceMax', ['x'], ['m'], { keepdims: 0 }),
      node('Cast', ['m'], ['c'], { to: 9 }),
      node('If', ['c'], ['y'], {
        then_branch: body([node('If', ['yes'], ['v'], { ...branches('t2', 'u2') })], ['v']),
        else_branch: branches('t3', 'u3').else_branch,
      }),
    ];
    const inlined = inlineControlFlow(modelOf(nodes));
    const outer = inlined.graph.nodes.at(-1)!;
    const then = outer.attributes.then_branch;
    expect(then?.kind === 'graph' && then.value.nodes.map(({ op }) => op)).toEqual(['Mul']);
    expect(await result(inlined)).toEqual([2, 0, 3]);
  });

  it('leaves a model whose conditions depend on the input', () => {
    const nodes = [node('Relu', ['x'], ['h']), node('Cast', ['x'], ['c'], { to: 9 })];
    const model = modelOf([...nodes, node('If', ['c'], ['y'], branches())]);
    expect(inlineControlFlow(model)).toBe(model);
  });
});

describe('bodies of an old operator set', () => {
  it('are upgraded with the graph around them', async () => {
    const branch = (name: string, axes: readonly number[]) =>
      body(
        [
          node('Constant', [], [`${name}_c`], { value: float32([1], [3]) }),
          node('ReduceSum', ['x'], [`${name}_s`], { axes, keepdims: 1 }),
          node('Mul', [`${name}_s`, `${name}_c`], [`${name}_y`]),
        ],
        [`${name}_y`],
      );
    const nodes = [
      node('If', ['yes'], ['y'], { then_branch: branch('t', [1]), else_branch: branch('u', [0]) }),
    ];
    const old = modelOf(nodes, 11);
    const upgraded = upgrade(old);
    expect(upgraded.opsets.get('')).toBe(20);
    expect(await result(upgraded)).toEqual([18]);
    expect(await result(old)).toEqual([18]);
    expect(await result(inlineControlFlow(upgraded))).toEqual([18]);
  });

  it('keep a constant that they put out', async () => {
    const put = (name: string) => body([node('Constant', [], [name], { value: float32([1], [5]) })], [name]);
    const old = modelOf([node('If', ['yes'], ['y'], { then_branch: put('t'), else_branch: put('u') })], 13);
    expect(await result(upgrade(old))).toEqual([5]);
  });
});
