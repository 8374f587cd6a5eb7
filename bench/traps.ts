import { stream } from '../src/core/base/random.js';
import { GraphBuilder } from '../src/core/onnx/builder.js';
import type { Model } from '../src/core/onnx/graph.js';
import { float32, int64, sizeOf } from '../src/core/tensor/tensor.js';

/** A way to make a network look robust that changes hardly any of its decisions. */
export interface Trap {
  readonly name: string;
  /** Findings of which one at least must name it. */
  readonly named: readonly string[];
  /** @param model image [N, ...] to logits [N, K] */
  make(model: Model): Model;
}

type Behind = (g: GraphBuilder, z: string, x: string) => string;

function behind(model: Model, change: Behind): Model {
  const g = new GraphBuilder(model);
  const [image, logits] = [model.graph.inputs[0]?.name ?? '', model.graph.outputs[0]?.name ?? ''];
  const changed = change(g, logits, image);
  g.clearOutputs();
  g.output(changed, 'trapped');
  return g.build();
}

/** The network on what `change` makes of its image. */
function before(model: Model, change: (g: GraphBuilder, x: string) => string): Model {
  const [input] = model.graph.inputs;
  if (input?.type?.dims === undefined) throw new Error('the network has no image');
  const g = new GraphBuilder();
  const image = g.input('trap/image', 'float32', input.type.dims);
  const made = change(g, image);
  g.name(made, input.name);
  for (const [name, value] of model.graph.initializers) g.initializer(name, value);
  for (const node of model.graph.nodes) g.copy(node);
  for (const { name } of model.graph.outputs) g.output(name);
  return g.build();
}

/** `size * W x` with a random W, which has a slope that leads nowhere. */
function leak(g: GraphBuilder, x: string, classes: number, size: number): string {
  const width = sizeOf(g.dims(x).slice(1).map(Number));
  const random = stream(1, 'leak', size);
  const weights = Float32Array.from({ length: width * classes }, () => size * random.normal());
  const flat = g.op('Flatten', [x], { axis: 1 });
  return g.matmul(flat, g.initializer(g.fresh('leak'), float32([width, classes], weights)));
}

const classesOf = (g: GraphBuilder, z: string): number => Number(g.dims(z).at(-1));

const sine = (amplitude: number, frequency: number): Trap => ({
  name: `x + ${amplitude} sin(${frequency} x)`,
  named: ['shattered-gradient'],
  make: (model) => before(model, (g, x) => g.add(x, g.mul(g.op('Sin', [g.mul(x, frequency)]), amplitude))),
});

const sharp = (temperature: number, size: number): Trap => ({
  name: `softmax(${temperature} z) with a slope of ${size}`,
  named: ['gradient-predicts-another-distance', 'black-box', 'substitute'],
  make: (model) =>
    behind(model, (g, z, x) => {
      const decision = g.op('Softmax', [g.mul(z, temperature)], { axis: 1 });
      return g.add(g.mul(decision, 5), leak(g, x, classesOf(g, z), size));
    }),
});

const oneHot = (height: number, size: number): Trap => ({
  name: `${height} onehot(argmax z) with a slope of ${size}`,
  named: ['gradient-predicts-another-distance', 'black-box', 'substitute'],
  make: (model) =>
    behind(model, (g, z, x) => {
      const most = g.op('ReduceMax', [z, g.constant(int64([1], [1]))], { keepdims: 1 });
      const decision = g.where(g.op('GreaterOrEqual', [z, most]), 1, 0);
      return g.add(g.mul(decision, height), leak(g, x, classesOf(g, z), size));
    }),
});

const signed = (size: number): Trap => ({
  name: `sign(z) beside z / 1e4, with a slope of ${size}`,
  named: ['gradient-predicts-another-distance', 'black-box', 'substitute', 'loss-dependence'],
  make: (model) =>
    behind(model, (g, z, x) => {
      const most = g.op('ReduceMax', [z, g.constant(int64([1], [1]))], { keepdims: 1 });
      const lead = g.op('Sign', [g.sub(g.sub(z, most), -1e-6)]);
      return g.add(g.mul(lead, 3), leak(g, x, classesOf(g, z), size));
    }),
});

const levels = (steps: number): Trap => ({
  name: `images of ${steps} levels`,
  named: ['zero-gradients', 'does-nothing', 'black-box', 'substitute', 'no-better-than-noise'],
  make: (model) =>
    before(model, (g, x) => {
      const scaled = g.add(g.mul(x, steps), 0.5);
      return g.mul(g.op('Floor', [scaled]), 1 / steps);
    }),
});

/** Traps of every kind, of other sizes than any that thresholds were set by. */
export const traps: readonly Trap[] = [
  sine(0.05, 1000),
  sine(0.02, 5000),
  sine(0.03, 400),
  sharp(50, 3e-4),
  sharp(200, 3e-3),
  oneHot(4, 1e-3),
  oneHot(20, 1e-2),
  signed(1e-3),
  levels(15),
];
