import { channelsOf, exact, type Rule, type RuleContext, type RuleTable } from '../autodiff/rule.js';
import { rules } from '../autodiff/rules/index.js';
import { ToolkitError } from '../base/errors.js';
import { isStatic } from '../onnx/dims.js';
import { type Attribute, float, floatOf, intOf, type Model, type Node, nodeLabel } from '../onnx/graph.js';
import { inferShapes } from '../onnx/shapes/index.js';
import { expectType, float32, sizeOf, type Tensor } from '../tensor/tensor.js';

/** A layer that normalizes by the statistics of the batch, and where those come out of the training step. */
export interface BatchStatistics {
  readonly label: string;
  /** Names of the initializers that hold the running statistics, [C]. */
  readonly running: { readonly mean: string; readonly variance: string };
  /** Names of the batch's own: mean, and variance of the population (divided by the count). */
  readonly batch: { readonly mean: string; readonly variance: string };
  /** Values of each channel in one image: 1 for features, height times width for images. */
  readonly positions: number;
}

/** Weight of the old running statistics; PyTorch calls its complement momentum (0.1). */
const KEEP = 0.9;

/**
 * The model with its batch normalization by the statistics of each batch (Ioffe and Szegedy 2015, Algorithm
 * 1), for training: each node also outputs the batch's mean and variance. A node whose running statistics
 * the model computes instead of storing stays as it is.
 *
 * The engine's own training mode reads the activations three times and writes them once; with a momentum of 0
 * the running statistics that it outputs are those of the batch.
 *
 * @param model with its nodes in order
 * @throws ToolkitError `unknown-shape` for normalization over a size that is not fixed
 */
export function withBatchStatistics(model: Model): {
  readonly model: Model;
  readonly layers: readonly BatchStatistics[];
} {
  const { graph } = model;
  const isStored = (name: string | undefined) => graph.initializers.get(name ?? '')?.dtype === 'float32';
  const chosen = new Set(
    graph.nodes.filter(
      (node) =>
        node.op === 'BatchNormalization' &&
        node.domain === '' &&
        intOf(node, 'training_mode', 0) === 0 &&
        isStored(node.inputs[3]) &&
        isStored(node.inputs[4]),
    ),
  );
  if (chosen.size === 0) return { model, layers: [] };
  const types = inferShapes(graph);
  const layers: BatchStatistics[] = [];
  const nodes = graph.nodes.map((node): Node => {
    if (!chosen.has(node)) return node;
    const [y = ''] = node.outputs;
    const batch = { mean: `${y}/batch/mean`, variance: `${y}/batch/variance` };
    const running = { mean: node.inputs[3]!, variance: node.inputs[4]! };
    const spatial = types.type(node.inputs[0]!)?.dims?.slice(2);
    if (!spatial || !isStatic(spatial)) {
      throw new ToolkitError('unknown-shape', {
        node: nodeLabel(node),
        reason: 'it normalizes over a size that is not fixed',
      });
    }
    layers.push({ label: nodeLabel(node), running, batch, positions: sizeOf(spatial) });
    const mode: Record<string, Attribute> = { training_mode: { kind: 'int', value: 1 }, momentum: float(0) };
    return { ...node, outputs: [y, batch.mean, batch.variance], attributes: { ...node.attributes, ...mode } };
  });
  return { model: { ...model, graph: { ...graph, nodes } }, layers };
}

interface Sums {
  /** Sum of the cotangent, [C]: the shift's gradient. */
  readonly plain: string;
  /** Sum of the cotangent times the normalized input, [C]: the scale's gradient. */
  readonly projected: string;
  /** 1 / sqrt(variance + epsilon), [C]. */
  readonly inverse: string;
}

const memo = new WeakMap<RuleContext, Sums>();

/**
 * Over batch and positions. Spatial axes first: adjacent memory, several times faster than all axes at once.
 */
function perChannel(c: RuleContext, value: string): string {
  const spatial = [...c.dims(0).keys()].slice(2);
  return c.g.sum(spatial.length > 0 ? c.g.sum(value, spatial, false) : value, [0], false);
}

/** The three vectors that all gradients are made of; the rule is asked for each input of a node in turn. */
function sumsOf(c: RuleContext): Sums {
  const known = memo.get(c);
  if (known) return known;
  const { g } = c;
  const [, mean, variance] = c.node.outputs as readonly [string, string, string];
  const inverse = g.op('Reciprocal', [g.sqrt(g.add(variance, epsilonOf(c)))]);
  const plain = perChannel(c, c.dy);
  // sum dy (x - mean), without writing the centred input.
  const moment = g.sub(perChannel(c, g.mul(c.dy, c.x(0))), g.mul(mean, plain));
  const sums = { plain, projected: g.mul(moment, inverse), inverse };
  memo.set(c, sums);
  return sums;
}

const epsilonOf = (c: RuleContext) => floatOf(c.node, 'epsilon', 1e-5);

/**
 * `dx = gain (dy - sum(dy) / M - u sum(dy u) / M)` with the normalized input u, `gain = scale / deviation`
 * and M values for each channel (Ioffe and Szegedy 2015, section 3, with the derivatives through mean and
 * variance collected). It is affine in dy and in x with one coefficient for each channel, so two
 * inference-mode normalizations and a sum write it in three passes.
 */
function inputCotangent(c: RuleContext): string {
  const { g } = c;
  const { plain, projected, inverse } = sumsOf(c);
  const [, mean, variance] = c.node.outputs as readonly [string, string, string];
  const gain = g.mul(c.x(1), inverse);
  const count = g.cast(g.div(g.op('Size', [c.x(0)]), g.op('Size', [mean])), g.dtype(c.x(0)));
  const share = g.neg(g.div(gain, count));
  const channels = channelsOf(g, c.x(0));
  const filled = (value: number) =>
    g.cast(g.constant(float32([channels], new Float32Array(channels).fill(value))), g.dtype(c.x(0)));
  const [zero, one] = [filled(0), filled(1)];
  const direct = g.op('BatchNormalization', [c.dy, gain, zero, zero, one], { epsilon: float(0) });
  const affine = [g.mul(share, projected), g.mul(share, plain), mean, variance];
  return g.add(direct, g.op('BatchNormalization', [c.x(0), ...affine], { epsilon: float(epsilonOf(c)) }));
}

const overBatch: Rule = exact(
  inputCotangent,
  (c) => sumsOf(c).projected,
  (c) => sumsOf(c).plain,
);

/**
 * The gradient of a normalization by the batch's own statistics, in closed form, for the nodes that
 * `withBatchStatistics` wrote. Differentiating mean and variance operator by operator writes the activations
 * a dozen times. For training steps alone: elsewhere a model that mixes the images of a batch is refused.
 */
export function batchStatisticsRules(layers: readonly BatchStatistics[]): RuleTable {
  const ordinary = rules.BatchNormalization!;
  const means = new Set(layers.map(({ batch }) => batch.mean));
  const isOverBatch = ({ node }: RuleContext) => means.has(node.outputs[1] ?? '');
  const BatchNormalization: Rule = {
    ...ordinary,
    unsupported: (c) => (isOverBatch(c) ? undefined : ordinary.unsupported?.(c)),
    vjp: (c, input) => (isOverBatch(c) ? overBatch : ordinary).vjp(c, input),
  };
  return { BatchNormalization };
}

/** Running statistics by the name of their initializer; copies, which training changes in place. */
export type RunningStatistics = Map<string, Tensor<'float32'>>;

export function startRunning(model: Model, layers: readonly BatchStatistics[]): RunningStatistics {
  const names = layers.flatMap(({ running }) => [running.mean, running.variance]);
  return new Map(
    names.map((name) => {
      const value = expectType(model.graph.initializers.get(name)!, 'float32', name);
      return [name, { ...value, data: value.data.slice() }];
    }),
  );
}

/**
 * `r = 0.9 r + 0.1 b`, in place, with the unbiased variance of the batch (M / (M - 1) times that of the
 * population): as PyTorch's BatchNorm does by default.
 *
 * @param results of the training step
 * @param images in this batch
 */
export function updateRunning(
  statistics: RunningStatistics,
  layers: readonly BatchStatistics[],
  results: Readonly<Record<string, Tensor>>,
  images: number,
): void {
  for (const { running, batch, positions } of layers) {
    const count = images * positions;
    average(statistics.get(running.mean)!.data, results[batch.mean]!.data as Float32Array, 1);
    average(
      statistics.get(running.variance)!.data,
      results[batch.variance]!.data as Float32Array,
      count / (count - 1),
    );
  }
}

function average(running: Float32Array, batch: Float32Array, factor: number): void {
  for (let i = 0; i < running.length; i++) running[i] = KEEP * running[i]! + (1 - KEEP) * factor * batch[i]!;
}
