import { ToolkitError } from '../../base/errors.js';
import { GraphBuilder } from '../../onnx/builder.js';
import type { Dim, Model, Value } from '../../onnx/graph.js';
import { inFront } from '../../onnx/rewrite/compose.js';
import { float32 } from '../../tensor/tensor.js';
import { fits, type Layout, layoutOf, shapeOf } from './layouts.js';

/** How a model counts the colours of an image; data are red, green, blue. */
export const channelOrders = ['RGB', 'BGR'] as const;
export type ChannelOrder = (typeof channelOrders)[number];

/**
 * What a model expects to have been done to its images: its channels are put in order, a value x in [0, 1]
 * becomes `(scale * x - mean) / std`, then the axes are put in order. With a scale of 1, mean and std are
 * those of torchvision's Normalize; with 255, those that are written for bytes.
 */
export interface Preprocessing {
  readonly layout: Layout;
  /** Only where it is not that of the data. */
  readonly channelOrder?: 'BGR';
  /** What white becomes before mean and std. */
  readonly scale: number;
  /** One number for each channel of the model, or one for all. */
  readonly mean: readonly number[];
  /** One number for each channel of the model, or one for all; none is 0. */
  readonly std: readonly number[];
}

/** The part of a preprocessing that numbers depend on. */
export type Values = Omit<Preprocessing, 'layout'>;

/** The same numbers for colours in another order. */
export function inOrder({ channelOrder: _, ...values }: Values, order: ChannelOrder): Values {
  return order === 'BGR' ? { ...values, channelOrder: order } : values;
}

/** Numbers in [0, 1] as they are. */
export const unitValues: Values = { scale: 1, mean: [0], std: [1] };

/** Every channel from `low` (black) to `high` (white). */
export const rangeValues = (low: number, high: number): Values => ({
  scale: high - low,
  mean: [0 - low],
  std: [1],
});

/** Whether numbers stay as they are. */
export const isUnit = ({ channelOrder, scale, mean, std }: Values): boolean =>
  channelOrder === undefined && scale === 1 && mean.every((m) => m === 0) && std.every((s) => s === 1);

/**
 * The model behind its preprocessing: an ordinary model of images [N, C, H, W] in [0, 1], so that gradients,
 * bounds and epsilons are in these units whatever the model itself takes. Nothing but standard operators are
 * put in front; a preprocessing that does nothing leaves the model as it is.
 *
 * @param dims [C, H, W] of the images; sizes that the model leaves free become these
 * @throws ToolkitError `data-mismatch` when the images do not fit the model in this layout, `bad-value` for
 *   numbers that cannot be meant
 */
export function withPreprocessing(
  model: Model,
  preprocessing: Preprocessing,
  dims: readonly [number, number, number],
  source = 'model',
): Model {
  const [input] = model.graph.inputs;
  if (!input || model.graph.inputs.length !== 1) return model;
  const { layout } = preprocessing;
  const wanted = shapeOf(layout, dims);
  const given = input.type?.dims?.slice(1);
  if (!given || !fits(given, wanted)) {
    const expected = `images of ${given ? `[${given.join(', ')}]` : 'an unknown shape'}`;
    const received = `[${wanted.join(', ')}] (${layout})`;
    throw new ToolkitError('data-mismatch', { what: source, expected, received });
  }
  checkValues(preprocessing, dims[0], source);
  const batch = input.type!.dims![0]!;
  if (layout === 'NCHW' && isUnit(preprocessing))
    return String(given) === String(dims) ? model : sized(model, dims);

  const g = new GraphBuilder(undefined, 'format/');
  const image = g.input('image', 'float32', [batch, ...dims]);
  g.output(writeLayout(g, writeValues(g, image, preprocessing), layout, wanted));
  return inFront(model, g.build().graph);
}

function writeValues(g: GraphBuilder, image: string, { channelOrder, scale, mean, std }: Values): string {
  const constant = (numbers: readonly number[]) =>
    g.constant(numbers.length === 1 ? float32([], numbers) : float32([numbers.length, 1, 1], numbers));
  let value = channelOrder === 'BGR' ? g.gather(image, g.ints([2, 1, 0]), 1) : image;
  if (scale !== 1) value = g.mul(value, constant([scale]));
  if (mean.some((m) => m !== 0)) value = g.sub(value, constant(mean));
  if (std.some((s) => s !== 1)) value = g.div(value, constant(std));
  return value;
}

function writeLayout(g: GraphBuilder, value: string, layout: Layout, wanted: readonly number[]): string {
  const { channelsLast, rank } = layoutOf(layout);
  const ordered = channelsLast ? g.transpose(value, [0, 2, 3, 1]) : value;
  return rank === 3 ? ordered : g.op('Reshape', [ordered, g.ints([-1, ...wanted])]);
}

/**
 * The model for images of one height and width, where its input [N, C, H, W] or [N, H, W, C] leaves them
 * free; sizes that it states stay.
 */
export function withImageSize(model: Model, [height, width]: readonly [number, number]): Model {
  const [batch, ...dims] = model.graph.inputs[0]?.type?.dims ?? [];
  if (batch === undefined || dims.length !== 3 || model.graph.inputs.length !== 1) return model;
  const isLast = typeof dims[0] !== 'number' && typeof dims[2] === 'number';
  const wanted = isLast ? [height, width, undefined] : [undefined, height, width];
  const filled = dims.map((size, axis) => (typeof size === 'number' ? size : (wanted[axis] ?? size)));
  return String(filled) === String(dims) ? model : sized(model, filled);
}

/** The model with the free sizes of its input filled in. */
function sized(model: Model, dims: readonly Dim[]): Model {
  const [input] = model.graph.inputs as [Value];
  const all: readonly Dim[] = [input.type!.dims![0]!, ...dims];
  const inputs = [{ name: input.name, type: { dtype: input.type!.dtype, dims: all } }];
  return { ...model, graph: { ...model.graph, inputs } };
}

/** @throws ToolkitError `bad-value` */
export function checkValues(
  { channelOrder, scale, mean, std }: Values,
  channels: number,
  source: string,
): void {
  const bad = (what: string, expected: string, received: unknown) =>
    new ToolkitError('bad-value', { what: `${what} for ${source}`, expected, received: String(received) });
  if (channelOrder === 'BGR' && channels !== 3)
    throw bad('channel order', 'RGB, images having 1 channel', channelOrder);
  if (!(Number.isFinite(scale) && scale !== 0)) throw bad('scale', 'a number other than 0', scale);
  const count = channels === 1 ? '1 number' : `${channels} numbers, one for each channel, or one for all`;
  for (const [what, numbers] of [['mean', mean] as const, ['std', std] as const]) {
    const counted = numbers.length === 1 || numbers.length === channels;
    const usable = numbers.every((n) => Number.isFinite(n) && (what === 'mean' || n !== 0));
    if (!counted || !usable) throw bad(what, `${count}${what === 'std' ? ', none of them 0' : ''}`, numbers);
  }
}
