import { describe, expect, it } from 'vitest';
import type { Graph, Node, ValueType } from '../../../src/core/onnx/graph.js';
import { inferShapes } from '../../../src/core/onnx/infer.js';
import { type Dim, float32, GraphBuilder, int64, tensor } from '../../support/toolkit.js';

type Build = (g: GraphBuilder, x: string) => string;

/** What is known of the numbers of a value that is computed from the shape of x, float32 [N, 4, 6, 6]. */
function numbersOf(build: Build): readonly Dim[] | undefined {
  const g = new GraphBuilder();
  const y = build(g, g.input('x', 'float32', ['N', 4, 6, 6]));
  g.output(y);
  return inferShapes(g.build().graph).content(y)?.values;
}

const shape = (g: GraphBuilder, x: string) => g.op('Shape', [x]);
const batch = (g: GraphBuilder, x: string) => g.gather(shape(g, x), g.scalar(0, 'int64'));

describe('numbers that are computed from shapes', () => {
  it.each<[string, Build, readonly Dim[] | undefined]>([
    ['Gather', (g, x) => g.gather(shape(g, x), g.ints([-1, 0])), [6, 'N']],
    ['Slice', (g, x) => g.slice(shape(g, x), [0], [-3], [-1]), [4, 6]],
    ['Slice backwards', (g, x) => g.slice(shape(g, x), [0], [-1], [-100], [-2]), [6, 4]],
    ['Concat', (g, x) => g.concat([g.unsqueeze(batch(g, x), [0]), g.ints([-1])], 0), ['N', -1]],
    ['Add', (g, x) => g.add(batch(g, x), 1), ['N+1']],
    ['Sub', (g, x) => g.sub(shape(g, x), shape(g, x)), [0, 0, 0, 0]],
    [
      'Mul',
      (g, x) => g.mul(shape(g, x), g.constant(int64([2, 1], [1, 2]))),
      ['N', 4, 6, 6, '2*N', 8, 12, 12],
    ],
    ['Div', (g, x) => g.div(g.mul(batch(g, x), 8), 4), ['2*N']],
    ['Div that is not exact', (g, x) => g.div(batch(g, x), 2), undefined],
    ['Div of whole numbers', (g) => g.div(g.ints([-7]), 2), [-3]],
    ['Mod', (g) => g.op('Mod', [g.ints([-7]), 3]), [2]],
    ['Cast', (g, x) => g.cast(g.cast(shape(g, x), 'float32'), 'int64'), ['N', 4, 6, 6]],
    [
      'a scaled size',
      (g, x) => {
        const sizes = g.cast(g.slice(shape(g, x), [0], [2], [4]), 'float32');
        return g.cast(g.op('Floor', [g.mul(sizes, g.constant(float32([2], [1.5, 0.3])))]), 'int64');
      },
      [9, 1],
    ],
    ['Reshape', (g, x) => g.op('Reshape', [shape(g, x), g.ints([2, 2])]), ['N', 4, 6, 6]],
    ['Transpose', (g) => g.op('Transpose', [g.constant(int64([2, 2], [1, 2, 3, 4]))]), [1, 3, 2, 4]],
    ['ConstantOfShape', (g) => g.op('ConstantOfShape', [g.ints([2])], { value: int64([1], [7]) }), [7, 7]],
    [
      'Range',
      (g) => g.op('Range', [g.scalar(1, 'int64'), g.scalar(6, 'int64'), g.scalar(2, 'int64')]),
      [1, 3, 5],
    ],
    ['Expand', (g, x) => g.op('Expand', [batch(g, x), g.ints([2])]), ['N', 'N']],
    ['Min', (g) => g.op('Min', [g.ints([4, 2]), g.ints([3])]), [3, 2]],
    ['Max', (g, x) => g.op('Max', [batch(g, x), 1]), ['N']],
    ['Max that depends on the batch', (g, x) => g.op('Max', [batch(g, x), 2]), undefined],
    ['ReduceProd', (g, x) => g.op('ReduceProd', [shape(g, x)], { keepdims: 0 }), ['144*N']],
    ['ReduceSum', (g) => g.op('ReduceSum', [g.ints([1, 2])]), [3]],
    ['Split', (g, x) => g.ops('Split', [shape(g, x)], { num_outputs: 2 }, { outputs: 2 })[1] ?? '', [6, 6]],
    ['Equal to a size that is none', (g, x) => g.equal(shape(g, x), -1), [0, 0, 0, 0]],
    ['Equal to a size that the batch may have', (g, x) => g.equal(batch(g, x), 1), undefined],
    ['Not', (g, x) => g.op('Not', [g.less(batch(g, x), 1)]), [1]],
    [
      'the shape that PyTorch expands to',
      (g, x) => {
        const wanted = g.concat([g.unsqueeze(batch(g, x), [0]), g.ints([-1, 5])], 0);
        const ones = g.op('ConstantOfShape', [g.ints([3])], { value: int64([1], [1]) });
        return g.where(g.equal(wanted, g.ints([-1, -1, -1])), ones, wanted);
      },
      ['N', 1, 5],
    ],
    ['whole numbers that a double does not hold', (g) => g.mul(g.ints([2 ** 52]), 4), undefined],
    [
      'whole numbers that wrap around',
      (g) => {
        const large = g.constant(tensor('int32', [1], Int32Array.of(2 ** 30)));
        return g.mul(large, large);
      },
      undefined,
    ],
    ['single precision', (g) => g.add(g.scalar(2 ** 24), 1), [2 ** 24]],
    [
      'an array that is too large',
      (g) => g.op('ConstantOfShape', [g.ints([4097])], { value: int64([1], [1]) }),
      undefined,
    ],
  ])('%s', (_, build, expected) => {
    expect(numbersOf(build)).toEqual(expected);
  });

  it('give a class token the batch of the images', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['batch', 3, 8]);
    const wanted = g.concat([g.unsqueeze(batch(g, x), [0]), g.ints([1, 8])], 0);
    const token = g.op('Expand', [g.initializer('cls', float32([1, 1, 8], new Float32Array(8))), wanted]);
    expect(g.dims(g.concat([token, x], 1))).toEqual(['batch', 4, 8]);
  });
});

describe('what the file states of shapes', () => {
  const node = (op: string, output: string, input: string, domain = ''): Node => ({
    op,
    domain,
    name: output,
    inputs: [input],
    outputs: [output],
    attributes: {},
  });
  const type = (...dims: Dim[]): ValueType => ({ dtype: 'float32', dims });

  /** x -> Relu -> Fancy -> Relu, with the given statements. */
  const typeOf = (name: string, stated: Readonly<Record<string, ValueType>>) => {
    const graph: Graph = {
      name: 'g',
      inputs: [{ name: 'x', type: type('N', 4) }],
      outputs: [{ name: 'y' }],
      nodes: [node('Relu', 'a', 'x'), node('Fancy', 'b', 'a', 'com.example'), node('Relu', 'y', 'b')],
      initializers: new Map(),
      stated: new Map(Object.entries(stated)),
    };
    return inferShapes(graph).type(name);
  };

  it('counts where nothing else tells', () => {
    expect(typeOf('y', {})).toBeUndefined();
    expect(typeOf('y', { b: type('N', 7) })).toEqual(type('N', 7));
  });

  it('has its symbols translated to those of the input', () => {
    expect(typeOf('y', { a: type('unk_3', 4), b: type('unk_3', 7) })).toEqual(type('N', 7));
  });

  it.each<[string, ValueType]>([
    ['another size', type('N', 5)],
    ['another rank', type('N')],
    ['a fixed batch', type(1, 4)],
    ['another element type', { dtype: 'float64', dims: ['N', 4] }],
  ])('is not believed once it is wrong: %s', (_, wrong) => {
    expect(typeOf('y', { a: wrong, b: type(1, 7) })).toBeUndefined();
    expect(typeOf('a', { a: wrong })).toEqual(type('N', 4));
  });

  it('tells a size that a rule cannot know', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['N', 4]);
    const y = g.op('NonZero', [x], {}, { outputs: ['y'] });
    g.output(y);
    const { graph } = g.build();
    const known = inferShapes({ ...graph, outputs: [{ name: 'y', type: { dtype: 'int64', dims: [2, 3] } }] });
    expect(known.type('y')?.dims).toEqual([2, 3]);
  });
});
