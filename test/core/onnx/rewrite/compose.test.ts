import { expect, it } from 'vitest';
import { encodeModel } from '../../../../src/core/onnx/encode.js';
import { behind, inFront } from '../../../../src/core/onnx/rewrite/compose.js';
import { rewriteNodes } from '../../../../src/core/onnx/rewrite/nodes.js';
import { Names } from '../../../../src/core/onnx/rewrite/value-names.js';
import { modelOf, numbers, run } from '../../../support/run.js';
import { float32, GraphBuilder } from '../../../support/toolkit.js';

/** y = 2 x + 1, by the names that every part uses. */
const line = (prefix = 'fp/') => {
  const g = new GraphBuilder(undefined, prefix);
  const x = g.input('x', 'float32', ['N', 2]);
  const scaled = g.op('Mul', [x, g.initializer('w', float32([], [2]))], {}, { outputs: ['h'] });
  g.output(g.op('Add', [scaled, 1], {}, { outputs: ['y'] }));
  return g.build();
};

const x = float32([1, 2], [1, -2]);

it('a graph in front, and one behind, whatever their values are called', async () => {
  for (const model of [inFront(line(), line().graph), behind(line(), line().graph)]) {
    const [input] = model.graph.inputs;
    const outputs = await run(encodeModel(model), { [input!.name]: x });
    expect(Object.values(outputs).map(numbers)).toEqual([[7, -5]]);
  }
});

it('what the model calls its own input stays', () => {
  const { graph } = inFront(line(), line().graph);
  expect(graph.inputs.map(({ name }) => name)).toEqual(['x_2']);
  expect(graph.nodes.at(-1)!.outputs).toEqual(['y']);
  expect(graph.nodes.find(({ outputs }) => outputs[0] === 'h')!.inputs[0]).toBe('x');
});

it('other inputs and outputs stay where they are', () => {
  const g = new GraphBuilder(line());
  g.output(g.neg(g.input('z', 'float32', [2])), 'minus');
  const composed = behind(inFront(g.build(), line().graph), line().graph);
  expect(composed.graph.inputs.map(({ name }) => name)).toEqual(['x_2', 'z']);
  expect(composed.graph.outputs.map(({ name }) => name)).toHaveLength(2);
  expect(composed.graph.outputs[1]!.name).toBe('minus');
});

it('fresh names are nobody else’s, those inside bodies included', () => {
  const names = new Names(line().graph);
  expect([names.fresh('h'), names.fresh('h'), names.fresh('new'), names.fresh('new')]).toEqual([
    'h_2',
    'h_3',
    'new',
    'new_2',
  ]);
});

it('nodes are replaced by others that keep the names of values', async () => {
  const model = modelOf((g) => {
    const x = g.input('x', 'float32', ['N', 2]);
    const [a, b] = g.ops('Split', [x], { axis: 1, num_outputs: 2 }, { outputs: ['a', 'b'] });
    return [g.op('Add', [a!, b!], {}, { outputs: ['y'] }), a!];
  });
  const rewritten = rewriteNodes(
    model,
    (node, g) => {
      if (node.op !== 'Split') return undefined;
      const [from = ''] = node.inputs;
      return [g.slice(from, [1], [0], [1]), g.slice(from, [1], [1], [2])];
    },
    'new/',
  );
  expect(rewritten.graph.nodes.map(({ op }) => op)).toEqual(['Slice', 'Slice', 'Add']);
  const { y, a } = await run(encodeModel(rewritten), { x });
  expect([numbers(y!), numbers(a!)]).toEqual([[-1], [1]]);
  expect(rewriteNodes(model, () => undefined, 'new/')).toBe(model);
});

it('a value that was there before gets a second name', async () => {
  const model = modelOf((g) =>
    g.op('Relu', [g.neg(g.input('x', 'float32', ['N', 2]))], {}, { outputs: ['y'] }),
  );
  const rewritten = rewriteNodes(
    model,
    (node) => (node.op === 'Relu' ? [node.inputs[0]] : undefined),
    'new/',
  );
  expect(numbers((await run(encodeModel(rewritten), { x })).y!)).toEqual([-1, 2]);
});
