import type { GraphBuilder } from '../builder.js';
import { float, type Node } from '../graph.js';
import type { NodeContext } from '../node-context.js';
import type { LoweringFamily } from './lowering.js';

/** Operators of ONNX Runtime's own domain that stand for several of standard ONNX, or for an older one. */

const sumOf = (c: Pick<NodeContext, 'g' | 'x' | 'has'>, inputs: readonly number[]): string =>
  inputs
    .filter((i) => c.has(i))
    .map((i) => c.x(i))
    .reduce((a, b) => c.g.add(a, b));

const lastAxes = (g: GraphBuilder, value: string) => [...g.dims(value).keys()];

/** [N, ..., C] to [N, C, ...], and back. */
const channelsSecond = (g: GraphBuilder, value: string): string => {
  const axes = lastAxes(g, value);
  return g.transpose(value, [0, axes.length - 1, ...axes.slice(1, -1)]);
};
const channelsLast = (g: GraphBuilder, value: string): string => {
  const axes = lastAxes(g, value);
  return g.transpose(value, [0, ...axes.slice(2), 1]);
};

/** The same operator of standard ONNX, with the attributes that it has there. */
const standard = (c: NodeContext, op: string, attributes: Node['attributes'] = c.node.attributes) => [
  c.g.op(op, c.node.inputs, attributes),
];

/** Wu and He 2018, of images with the channels last or second, and `x sigmoid(x)` behind it if asked for. */
function groupNorm(
  c: NodeContext<'com.microsoft::GroupNorm' | 'com.microsoft::SkipGroupNorm'>,
  x: string,
): string | undefined {
  const { g } = c;
  const { groups, epsilon, channels_last, activation } = c.attributes;
  if (activation !== 0 && activation !== 1) return undefined;
  const images = channels_last === 1 ? channelsSecond(g, x) : x;
  if (typeof g.dims(images)[1] !== 'number') return undefined;
  const inputs = [images, ...[1, 2].map((i) => g.cast(c.x(i), g.dtype(x)))];
  const normal = g.op('GroupNormalization', inputs, { num_groups: groups, epsilon: float(epsilon) });
  const active = activation === 1 ? g.mul(normal, g.op('Sigmoid', [normal])) : normal;
  return channels_last === 1 ? channelsLast(g, active) : active;
}

export const microsoft = {
  'com.microsoft::BiasAdd': (c) => [sumOf(c, [0, 1, 2])],
  'com.microsoft::BiasSplitGelu': (c) => {
    const { g } = c;
    const [value = '', gate = ''] = g.ops(
      'Split',
      [sumOf(c, [0, 1])],
      { axis: -1, num_outputs: 2 },
      { outputs: 2 },
    );
    return [g.mul(value, g.op('Gelu', [gate]))];
  },
  'com.microsoft::BiasSoftmax': (c) => {
    const { g } = c;
    const { axis } = c.attributes;
    const rank = c.dims(0).length;
    const at = axis < 0 ? axis + rank : axis;
    return [softmaxFrom(g, g.add(c.x(0), c.x(1)), at)];
  },
  'com.microsoft::GemmFastGelu': (c) => {
    const { g } = c;
    const product = g.matmul(c.x(0), c.x(1));
    return [g.op('Gelu', [c.has(2) ? g.add(product, c.x(2)) : product], { approximate: 'tanh' })];
  },
  'com.microsoft::TransposeMatMul': (c) => [
    c.g.op('FusedMatMul', c.node.inputs, c.node.attributes, { domain: 'com.microsoft' }),
  ],
  'com.microsoft::GroupNorm': (c) => {
    const result = groupNorm(c, c.x(0));
    return result === undefined ? undefined : [result];
  },
  'com.microsoft::SkipGroupNorm': (c) => {
    const { g } = c;
    // What is added may be [N, C] or [N, 1, 1, C].
    const added = [3, 4]
      .filter((i) => c.has(i))
      .map((i) => {
        const rank = c.dims(i).length;
        return rank === 2 ? g.unsqueeze(c.x(i), [1, 2]) : c.x(i);
      });
    const sum = added.reduce((a, b) => g.add(a, b), c.x(0));
    const result = groupNorm(c, sum);
    return result === undefined ? undefined : [result, sum];
  },
  'com.microsoft::NhwcConv': (c) => {
    const { g } = c;
    const inputs = [channelsSecond(g, c.x(0)), channelsSecond(g, c.x(1)), ...(c.has(2) ? [c.x(2)] : [])];
    return [channelsLast(g, g.op('Conv', inputs, c.node.attributes))];
  },
  'com.microsoft::GatherND': (c) => {
    const { g } = c;
    return [g.op('GatherND', [c.x(0), g.cast(c.x(1), 'int64')])];
  },
  'com.microsoft::GridSample': (c) => {
    const { align_corners, mode, padding_mode } = c.attributes;
    return [
      c.g.op('GridSample', c.node.inputs, { align_corners, padding_mode, mode: mode.replace(/^bi/, '') }),
    ];
  },
  'com.microsoft::Pad': (c) => standard(c, 'Pad'),
  'com.microsoft::ExpandDims': (c) => {
    const [axis] = c.g.content(c.x(1)) ?? [];
    return axis === undefined ? undefined : [c.g.unsqueeze(c.x(0), [axis])];
  },
  'com.microsoft::Trilu': (c) => standard(c, 'Trilu'),
  'com.microsoft::CDist': (c) => {
    const { g } = c;
    const { metric } = c.attributes;
    if (metric !== 'sqeuclidean' && metric !== 'euclidean') return undefined;
    const apart = g.sub(g.unsqueeze(c.x(0), [1]), g.unsqueeze(c.x(1), [0]));
    if (metric === 'euclidean') return [g.op('ReduceL2', [apart, g.ints([2])], { keepdims: 0 })];
    return [g.sum(g.mul(apart, apart), [2], false)];
  },
} as const satisfies LoweringFamily;

/** A softmax over all axes from one on. */
function softmaxFrom(g: GraphBuilder, value: string, axis: number): string {
  const rank = g.dims(value).length;
  if (axis === rank - 1) return g.op('Softmax', [value], { axis });
  const rows = g.op('Softmax', [g.op('Flatten', [value], { axis })], { axis: 1 });
  return g.reshape(rows, g.dims(value), value);
}
