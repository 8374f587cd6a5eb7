import { describe, expect, it } from 'vitest';
import { isToolkitError } from '../../../src/core/base/errors.js';
import { decodeModel } from '../../../src/core/onnx/decode.js';
import type { Graph, Node } from '../../../src/core/onnx/graph.js';
import { inputsOf, prune, topological } from '../../../src/core/onnx/order.js';
import { float32 } from '../../support/toolkit.js';
import { richFile } from './sample.js';

const node = (output: string, ...inputs: string[]): Node => ({
  op: 'Sum',
  domain: '',
  name: '',
  inputs,
  outputs: [output],
  attributes: {},
});

const graphOf = (nodes: readonly Node[], output = 'y', initializers: readonly string[] = []): Graph => ({
  name: 'g',
  inputs: [{ name: 'x' }],
  outputs: [{ name: output }],
  nodes,
  initializers: new Map(initializers.map((name) => [name, float32([], [0])])),
});

const problemsOf = (graph: Graph): readonly string[] => {
  try {
    topological(graph);
  } catch (error) {
    if (isToolkitError(error, 'corrupt-model')) return error.data.problems;
    throw error;
  }
  return [];
};

describe('topological', () => {
  it('sorts nodes that a file lists in any order', () => {
    const nodes = [node('y', 'b', 'a'), node('b', 'a', 'a'), node('a', 'x')];
    expect(topological(graphOf(nodes)).map((n) => n.outputs[0])).toEqual(['a', 'b', 'y']);
  });

  it('leaves a valid order alone', () => {
    const nodes = [node('b', 'x'), node('c', 'b'), node('a', 'x'), node('y', 'a', 'c')];
    expect(topological(graphOf(nodes))).toBe(nodes);
  });

  it('names everything that nothing produces', () => {
    const problems = problemsOf(graphOf([node('a', 'x', 'lost')], 'gone'));
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain('"lost"');
    expect(problems[1]).toContain('"gone"');
  });

  it.each([
    ['by two nodes', graphOf([node('y', 'x'), node('y', 'x')])],
    ['by a node and the caller', graphOf([node('x', 'x')], 'x')],
    ['by a node and a weight', graphOf([node('w', 'x')], 'w', ['w'])],
  ])('reports a value produced twice %s', (_, graph) => {
    expect(problemsOf(graph)[0]).toContain('produced twice');
  });

  it('reports a cycle', () => {
    expect(problemsOf(graphOf([node('a', 'x', 'b'), node('b', 'a'), node('y', 'b')]))[0]).toContain('cycle');
    expect(problemsOf(graphOf([node('y', 'y')]))[0]).toContain('cycle');
  });
});

describe('sub-graphs', () => {
  it('count as users of what they take from outside', () => {
    const { graph } = decodeModel(richFile());
    expect(inputsOf(graph.nodes[1]!)).toEqual(['flag', 'h', 'h']);
    expect(topological({ ...graph, nodes: [...graph.nodes].reverse() }).map((n) => n.op)).toEqual([
      'Mul',
      'If',
    ]);
    expect(prune(graph).nodes.map((n) => n.op)).toEqual(['Mul', 'If']);
  });

  it('are pruned with what only they need', () => {
    const { graph } = decodeModel(richFile());
    const pruned = prune({ ...graph, outputs: [{ name: 'x' }] });
    expect(pruned.nodes).toEqual([]);
    expect(pruned.initializers.size).toBe(0);
  });
});
