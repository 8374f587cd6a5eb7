import type { Preprocessing, Sample } from '../../../src/core/formats/index.js';
import { layoutOf, shapeOf } from '../../../src/core/models/preprocessing/layouts.js';
import { type Dim, float32, GraphBuilder, type Model, stream } from '../../support/toolkit.js';

export type ImageDims = readonly [number, number, number];

/**
 * They differ in brightness above all: a classifier of them notices any change of range or contrast. Those of
 * similar brightness are reddish or bluish in turn: it confuses some of them when colours are exchanged.
 */
const patterns = (classes: number, dims: ImageDims): Float32Array[] => {
  const [channels, area] = [dims[0], dims[1] * dims[2]];
  const random = stream(7, 'patterns', channels * area);
  const level = (k: number) => 0.1 + (0.8 * ((3 * k) % 5)) / 4 + 0.02 * Math.floor(k / 5);
  const tint = (k: number, channel: number) =>
    channels === 3 ? 0.1 * (channel - 1) * (((3 * k) % 5) % 2 ? 1 : -1) : 0;
  return Array.from({ length: classes }, (_, k) =>
    Float32Array.from(
      { length: channels * area },
      (_pixel, at) => level(k) + tint(k, Math.floor(at / area)) + 0.2 * (random.uniform() - 0.5),
    ),
  );
};

/** Noisy versions of one random pattern for each class; [N, C, H, W] in [0, 1]. */
export function sampleOf(count: number, dims: ImageDims, classes = 5, noise = 0.2): Sample {
  const size = dims[0] * dims[1] * dims[2];
  const random = stream(3, 'noisy', count);
  const known = patterns(classes, dims);
  const labels = Array.from({ length: count }, () => random.integer(classes));
  const pixels = new Float32Array(count * size);
  labels.forEach((label, n) => {
    for (let i = 0; i < size; i++) {
      pixels[n * size + i] = Math.min(1, Math.max(0, known[label]![i]! + noise * random.normal()));
    }
  });
  const classNames = Array.from({ length: classes }, (_, k) => `kind ${k}`);
  return { images: float32([count, ...dims], pixels), labels, classNames };
}

interface Stranger {
  readonly classes?: number;
  /** The class of the data that each class of the model is. */
  readonly order?: readonly number[];
  readonly batch?: Dim;
  /** Shape of the input without the batch, where it is not what the layout says. */
  readonly input?: readonly Dim[];
  readonly softmax?: boolean;
  /** Gives no numbers for values beyond 88. */
  readonly overflows?: boolean;
  /** What is made of its logits. */
  readonly ends?: (g: GraphBuilder, logits: string) => readonly string[];
}

/**
 * A model that names the nearest pattern, and takes its images in the given way: its first nodes undo the
 * preprocessing, so that any other one gives it images that it never saw.
 */
export function strangerOf(
  { layout, channelOrder, scale, mean, std }: Preprocessing,
  dims: ImageDims,
  more: Stranger = {},
): Model {
  const { classes = 5, batch = 'N', order = [...Array(classes).keys()] } = more;
  const size = dims[0] * dims[1] * dims[2];
  const g = new GraphBuilder();
  const shape = shapeOf(layout, dims);
  let x = g.input('input', 'float32', [batch, ...(more.input ?? shape)]);
  if (more.overflows) x = g.log(g.exp(x));
  const { channelsLast } = layoutOf(layout);
  if (shape.length < 3)
    x = g.op('Reshape', [x, g.ints([-1, ...(channelsLast ? [dims[1], dims[2], dims[0]] : dims)])]);
  if (channelsLast) x = g.transpose(x, [0, 3, 1, 2]);
  const spread = (numbers: readonly number[]) => g.constant(float32([numbers.length, 1, 1], numbers));
  x = g.div(g.add(g.mul(x, spread(std)), spread(mean)), scale);
  if (channelOrder === 'BGR') x = g.gather(x, g.ints([2, 1, 0]), 1);
  const flat = g.op('Reshape', [x, g.ints([-1, size])]);
  const known = patterns(Math.max(...order) + 1, dims);
  const weight = new Float32Array(size * order.length);
  order.forEach((of, k) => {
    for (let i = 0; i < size; i++) weight[i * order.length + k] = 2 * known[of]![i]!;
  });
  const lengths = order.map((of) => -known[of]!.reduce((sum, v) => sum + v * v, 0));
  const logits = g.add(
    g.matmul(flat, g.initializer('weight', float32([size, order.length], weight))),
    g.initializer('bias', float32([order.length], lengths)),
  );
  const ends = more.ends ?? (() => [more.softmax ? g.op('Softmax', [logits], { axis: 1 }) : logits]);
  for (const end of ends(g, logits)) g.output(end);
  return g.build();
}
