import { describe, expect, it } from 'vitest';
import { fittingOutputs, withOneOutput } from '../../../../src/core/models/outputs/choose-output.js';
import type { Attribute, Model, Node } from '../../../../src/core/onnx/graph.js';
import { uniform } from '../../../support/classifiers.js';
import { dataOf } from '../../../support/errors.js';
import { modelOf } from '../../../support/run.js';
import { float32, type GraphBuilder } from '../../../support/toolkit.js';

const weights = (from: number, to: number) => uniform([from, to], -1, 1, `${from}x${to}`);

/** Outputs named by what they are made of: 8 features and logits of 3 and 5 classes, a label. */
const parts = {
  features: (g: GraphBuilder, x: string) => g.op('Relu', [x], {}, { outputs: ['features'] }),
  three: (g: GraphBuilder, x: string) =>
    g.op('MatMul', [x, g.constant(weights(8, 3))], {}, { outputs: ['three'] }),
  probabilities: (g: GraphBuilder) => g.op('Softmax', ['three'], {}, { outputs: ['probabilities'] }),
  other: (g: GraphBuilder, x: string) =>
    g.op(
      'MatMul',
      [x, g.constant(float32([8, 3], weights(8, 3).data.map(Math.abs)))],
      {},
      {
        outputs: ['other'],
      },
    ),
  five: (g: GraphBuilder, x: string) =>
    g.op('MatMul', [x, g.constant(weights(8, 5))], {}, { outputs: ['five'] }),
  one: (g: GraphBuilder, x: string) =>
    g.op('MatMul', [x, g.constant(weights(8, 1))], {}, { outputs: ['one'] }),
  label: (g: GraphBuilder) => g.op('ArgMax', ['three'], { axis: 1, keepdims: 0 }, { outputs: ['label'] }),
  map: (g: GraphBuilder, x: string) => g.op('Reshape', [x, g.ints([-1, 2, 2, 2])], {}, { outputs: ['map'] }),
};
type Part = keyof typeof parts;

const network = (...names: readonly Part[]): Model =>
  modelOf((g) => {
    const x = g.input('x', 'float32', ['N', 8]);
    // What is made of the logits needs them, whatever the order of the outputs.
    const needed = names.some((name) => name === 'label' || name === 'probabilities');
    const order: readonly Part[] = [...new Set<Part>([...(needed ? (['three'] as const) : []), ...names])];
    const made = new Map(order.map((name) => [name, parts[name](g, x)]));
    return names.map((name) => made.get(name) ?? '');
  });

const chosen = (model: Model, classes?: number, output?: string) => {
  const { model: one, name, others } = withOneOutput(model, { classes, output }, 'net.onnx');
  return { outputs: one.graph.outputs.map((v) => v.name), name, others };
};

describe('the output that holds the classes', () => {
  it('is the only one, whatever it is, and the model stays what it is', () => {
    const model = network('features');
    expect(withOneOutput(model, { classes: 3 }, 'net').model).toBe(model);
    expect(chosen(model, 3)).toEqual({ outputs: ['features'], name: null, others: [] });
  });

  it.each<[string, readonly Part[], number | undefined, string]>([
    ['with as many numbers as classes', ['features', 'three'], 3, 'three'],
    ['first or last', ['three', 'features'], 3, 'three'],
    ['not a label', ['label', 'three'], 3, 'three'],
    ['not a feature map', ['map', 'three'], undefined, 'three'],
    ['exact before larger', ['five', 'three'], 3, 'three'],
    ['larger where none is exact', ['five', 'one'], 4, 'five'],
    ['one number for two classes', ['features', 'one'], undefined, 'features'],
    ['several numbers before one for two classes', ['one', 'five'], 2, 'five'],
    ['one number where nothing else fits', ['label', 'one'], 2, 'one'],
    ['the first of logits and their softmax', ['three', 'probabilities'], 3, 'three'],
    ['or the softmax where it comes first', ['probabilities', 'three'], 3, 'probabilities'],
  ])('%s', (_, names, classes, expected) => {
    const others = names.filter((name) => name !== expected);
    expect(chosen(network(...names), classes)).toEqual({ outputs: [expected], name: expected, others });
  });

  it('is asked for where several fit, by name and shape', async () => {
    const { outputs, option } = await dataOf('ambiguous-output', () => chosen(network('three', 'other'), 3));
    expect(outputs).toEqual(['three [N,3] float32', 'other [N,3] float32']);
    expect(option).toBe('output');
    expect(fittingOutputs(network('other', 'three'), 3)).toEqual(['other', 'three']);
  });

  it('is the one that is named', async () => {
    const model = network('three', 'other');
    expect(chosen(model, 3, 'other')).toEqual({ outputs: ['other'], name: 'other', others: ['three'] });
    const { known, nearest } = await dataOf('unknown-name', () => chosen(model, 3, 'tree'));
    expect([known, nearest]).toEqual([['three', 'other'], 'three']);
  });

  it('is missed where none fits', async () => {
    const { problems } = await dataOf('not-a-classifier', () => chosen(network('label', 'map'), 3));
    expect(problems).toEqual(['none of its outputs holds 3 classes: label [N] int64, map [N,2,2,2] float32']);
  });

  it('leaves nothing behind that only the others needed', () => {
    const { model } = withOneOutput(network('features', 'three'), { classes: 3 }, 'net');
    expect(model.graph.nodes.map(({ op }) => op)).toEqual(['MatMul']);
  });

  it('comes before what is computed from it', () => {
    const model = modelOf((g) => {
      const logits = parts.three(g, g.input('x', 'float32', ['N', 8]));
      return [g.op('LpNormalization', [logits], {}, { outputs: ['scaled'] }), logits];
    });
    expect(fittingOutputs(model, 3)).toEqual(['three', 'scaled']);
  });
});

describe('a table of classes and numbers', () => {
  const zipped = (attributes: Readonly<Record<string, Attribute>>): Model => {
    const model = network('label', 'three');
    const zip: Node = {
      ...{ op: 'ZipMap', domain: 'ai.onnx.ml', name: 'zip', inputs: ['three'], outputs: ['table'] },
      attributes,
    };
    const { graph } = model;
    const outputs = [...graph.outputs.slice(0, 1), { name: 'table' }];
    return { ...model, graph: { ...graph, nodes: [...graph.nodes, zip], outputs } };
  };

  it.each<[string, Attribute, readonly (string | number)[]]>([
    ['names', { kind: 'strings', value: ['cat', 'dog', 'owl'] }, ['cat', 'dog', 'owl']],
    ['numbers', { kind: 'ints', value: [0, 1, 2] }, [0, 1, 2]],
  ])('of %s is cut off, and its classes are kept', (_, labels, expected) => {
    const field = labels.kind === 'strings' ? 'classlabels_strings' : 'classlabels_int64s';
    const found = withOneOutput(zipped({ [field]: labels }), { classes: 3 }, 'net');
    expect(found).toMatchObject({ name: 'table', others: ['label'], labels: expected });
    expect(found.model.graph.outputs).toMatchObject([{ name: 'three', type: { dtype: 'float32' } }]);
    expect(found.model.graph.nodes.map(({ op }) => op)).toEqual(['MatMul']);
  });
});
