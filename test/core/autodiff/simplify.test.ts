import { describe, expect, it } from 'vitest';
import { simplify } from '../../../src/core/autodiff/simplify.js';
import { decodeModel } from '../../../src/core/onnx/decode.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import { numbers, run } from '../../support/run.js';
import { float32, GraphBuilder, type Model, sizeOf, stream, vjp } from '../../support/toolkit.js';

type Attributes = Readonly<Record<string, number | readonly number[] | string>>;

const shape = [2, 3, 6, 6];

/** y = 3 * MaxPool(Relu(x + 0.1)) + 1 */
function network(
  attributes: Attributes,
  more: (g: GraphBuilder, relu: string, pool: string) => void = () => {},
): Model {
  const g = new GraphBuilder();
  const relu = g.op('Relu', [g.add(g.input('x', 'float32', shape), 0.1)]);
  const pool = g.op('MaxPool', [relu], attributes);
  g.output(g.add(g.mul(pool, 3), 1), 'y');
  more(g, relu, pool);
  return g.build();
}

const order = (model: Model) =>
  model.graph.nodes.map((n) => n.op).filter((op) => op === 'Relu' || op === 'MaxPool');

async function outputsAndGradient(model: Model, x: Float32Array): Promise<{ y: number[]; dx: number[] }> {
  const g = new GraphBuilder(model);
  const dims = g.dims('y') as number[];
  const seed = g.constant(
    float32(
      dims,
      Float32Array.from({ length: sizeOf(dims) }, (_, i) => 1 + (i % 7)),
    ),
  );
  g.output(vjp(g, { y: seed }, ['x'])[0]!, 'dx');
  const { y, dx } = await run(g.build(), { x: float32(shape, x) });
  return { y: numbers(y!), dx: numbers(dx!) };
}

const two = { kernel_shape: [2, 2], strides: [2, 2] };

describe('simplify', () => {
  it.each<[string, Attributes]>([
    ['apart', two],
    ['overlapping', { kernel_shape: [3, 3], strides: [2, 2] }],
    ['padded', { kernel_shape: [3, 3], strides: [2, 2], pads: [2, 1, 2, 2] }],
    ['padded automatically', { kernel_shape: [3, 2], strides: [2, 2], auto_pad: 'SAME_LOWER' }],
  ])('pools before the ReLU: %s', async (_, attributes) => {
    const model = network(attributes);
    const simple = simplify(model);
    expect([order(model), order(simple)]).toEqual([
      ['Relu', 'MaxPool'],
      ['MaxPool', 'Relu'],
    ]);
    const random = stream(1, 'simplify');
    // Rounded, so that there are ties among positive, zero and negative elements.
    const x = Float32Array.from({ length: sizeOf(shape) }, () => Math.round(2 * random.normal() - 1) - 0.1);
    expect(await outputsAndGradient(simple, x)).toEqual(await outputsAndGradient(model, x));
  });

  it.each<[string, Model]>([
    ['padding may be alone', network({ kernel_shape: [1, 1], pads: [1, 1, 1, 1] })],
    ['padding may be alone at the end', network({ kernel_shape: [2, 2], pads: [0, 0, 0, 2] })],
    ['the window has gaps', network({ kernel_shape: [2, 2], dilations: [2, 2], pads: [1, 1, 1, 1] })],
    ['the last window is rounded up', network({ ...two, ceil_mode: 1 })],
    ['another node reads the ReLU', network(two, (g, relu) => g.output(g.exp(relu), 'z'))],
    ['the ReLU is an output', network(two, (g, relu) => g.output(relu))],
    [
      'the indices are used',
      network(two, (g, _, pool) => g.output(g.extraOutput(g.nodes.find((n) => n.outputs[0] === pool)!, 1))),
    ],
  ])('changes nothing where %s', (_, model) => {
    expect(simplify(model)).toBe(model);
  });

  it('would be wrong where padding is alone, as under a window with gaps', async () => {
    const g = new GraphBuilder();
    const relu = g.op('Relu', [g.input('x', 'float32', [1, 1, 1, 1])]);
    const gaps = { kernel_shape: [2, 2], dilations: [2, 2], pads: [1, 1, 1, 1] };
    g.output(g.op('MaxPool', [relu], gaps), 'y');
    const { y } = await run(g.build(), { x: float32([1, 1, 1, 1], [5]) });
    expect(numbers(y!)[0]).toBeLessThan(-1e30);
  });

  it('handles blocks in a row', async () => {
    const blocks = (g: GraphBuilder) => {
      const first = g.op('MaxPool', [g.op('Relu', [g.input('x', 'float32', shape)])], two);
      g.output(g.op('MaxPool', [g.op('Relu', [g.sub(first, 0.5)])], { kernel_shape: [3, 3] }), 'y');
      return g.build();
    };
    const model = blocks(new GraphBuilder());
    const simple = simplify(model);
    expect(order(simple)).toEqual(['MaxPool', 'Relu', 'MaxPool', 'Relu']);
    const random = stream(2, 'simplify');
    const x = Float32Array.from({ length: sizeOf(shape) }, () => random.normal());
    expect(await outputsAndGradient(simple, x)).toEqual(await outputsAndGradient(model, x));
  });

  it('leaves no declared shapes that have become wrong in a file that declares them', async () => {
    const model = network(two);
    const relu = model.graph.nodes.find((n) => n.op === 'Relu')!.outputs[0]!;
    const read = decodeModel(encodeModel(model));
    const origin = read.graph.origin!;
    const { input } = origin;
    const declared = { ...origin, valueInfo: [{ ...input[0]!, name: relu }] };
    const simple = simplify({ ...read, graph: { ...read.graph, origin: declared } });
    expect(decodeModel(encodeModel(simple)).graph.origin!.valueInfo).toEqual([]);
    await run(simple, { x: float32(shape, new Float32Array(sizeOf(shape))) });
  });
});
