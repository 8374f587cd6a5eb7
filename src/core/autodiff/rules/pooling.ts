import { type Window, windowOf } from '../../onnx/operators/window.js';
import { float32, sizeOf, zeros } from '../../tensor/tensor.js';
import {
  channelsOf,
  exact,
  nothing,
  type RuleContext,
  type RuleFamily,
  spatialOf,
  subgradient,
  unless,
  unsupported,
  zerosLike,
} from '../rule.js';

const windowFor = (c: RuleContext<'MaxPool' | 'AveragePool'>): Window =>
  windowOf(c.attributes, c.attributes.kernel_shape, spatialOf(c.g, c.x(0)));

const filled = (dims: readonly number[], value: number) =>
  float32(dims, new Float32Array(sizeOf(dims)).fill(value));

/** Each gradient goes back to the element that won; indices count over the whole [N, C, ...] tensor. */
function maxPool(c: RuleContext<'MaxPool'>): string {
  const { g } = c;
  const indices = g.extraOutput(c.node, 1);
  const w = windowFor(c);
  const [input, output] = [spatialOf(g, c.x(0)), spatialOf(g, c.y)];
  const dtype = g.dtype(c.y);
  const reach = w.kernel.map((k, a) => (output[a]! - 1) * w.strides[a]! + k);
  const apart = w.kernel.every((k, a) => w.strides[a]! >= k && w.dilations[a] === 1);
  const inside = w.pads.every((p) => p === 0) && reach.every((r, a) => r <= input[a]!);
  // ONNX Runtime has MaxUnpool for float32 alone; it overwrites where windows overlap.
  if (apart && inside && dtype !== 'float64') {
    const fits = reach.every((r, a) => r === input[a]);
    const attributes = { kernel_shape: w.kernel, strides: w.strides };
    return g.op('MaxUnpool', [c.dy, indices, ...(fits ? [] : [g.op('Shape', [c.x(0)])])], attributes);
  }
  const flat = (value: string) => g.op('Reshape', [value, g.ints([-1])]);
  const shape = g.op('ReduceProd', [g.op('Shape', [c.x(0)])], { keepdims: 1 });
  const nothing = g.op('ConstantOfShape', [shape], { value: zeros(dtype, [1]) });
  const sums = g.op('ScatterElements', [nothing, flat(indices), flat(c.dy)], { reduction: 'add', axis: 0 });
  return g.reshape(sums, c.dims(0), c.x(0));
}

/** How many input elements each window averages over, [1, 1, ...output]. */
function windowCounts(w: Window, input: readonly number[], output: readonly number[], includePad: boolean) {
  const along = output.map((size, a) =>
    Array.from({ length: size }, (_, i) => {
      const start = i * w.strides[a]! - w.pads[a]!;
      const positions = Array.from({ length: w.kernel[a]! }, (_, k) => start + k * w.dilations[a]!);
      const [low, high] = includePad ? [-w.pads[a]!, input[a]! + w.pads[a + input.length]!] : [0, input[a]!];
      return positions.filter((p) => p >= low && p < high).length;
    }),
  );
  const counts = along.reduce<number[]>((all, sizes) => all.flatMap((c) => sizes.map((s) => c * s)), [1]);
  return float32([1, 1, ...output], counts);
}

/** Spreads each output's gradient evenly over its window. */
function averagePool(c: RuleContext<'AveragePool'>): string {
  const { g } = c;
  const w = windowFor(c);
  const [input, output] = [spatialOf(g, c.x(0)), spatialOf(g, c.y)];
  const rank = w.kernel.length;
  const includePad = c.attributes.count_include_pad === 1;
  const dtype = g.dtype(c.y);
  const counts = g.cast(g.constant(windowCounts(w, input, output, includePad)), dtype);
  const shares = g.div(c.dy, counts);
  const channels = channelsOf(g, c.y);
  const ones = filled([channels, 1, ...w.kernel], 1);
  const attributes = { strides: w.strides, dilations: w.dilations, group: channels };
  const spread = g.op('ConvTranspose', [shares, g.cast(g.constant(ones), dtype)], attributes);
  const size = output.map((s, a) => (s - 1) * w.strides[a]! + (w.kernel[a]! - 1) * w.dilations[a]! + 1);
  // Crop the padding in front; behind, crop or extend to the input's size.
  const front = w.pads.slice(0, rank);
  const back = size.map((s, a) => input[a]! - (s - front[a]!));
  if ([...front, ...back].every((p) => p === 0)) return spread;
  return g.pad(spread, [0, 0, ...front.map((p) => -p), 0, 0, ...back]);
}

/** One image and channel is one row here; its first maximum takes the gradient. */
function globalMaxPool(c: RuleContext): string {
  const { g } = c;
  const rows = g.op('Flatten', [c.x(0)], { axis: 2 });
  const winner = g.op('ArgMax', [rows], { axis: 1, keepdims: 1 });
  const dy = g.op('Reshape', [c.dy, g.ints([-1, 1])]);
  return g.reshape(g.op('ScatterElements', [zerosLike(g, rows), winner, dy], { axis: 1 }), c.dims(0), c.x(0));
}

export const pooling = {
  MaxPool: unless(
    (c) => (c.attributes.storage_order === 1 ? 'column-major indices are not supported' : undefined),
    subgradient('among equal elements the first of the window takes the whole gradient', maxPool),
  ),
  GlobalMaxPool: subgradient('the first of equal maxima takes the whole gradient', globalMaxPool),
  AveragePool: exact(averagePool),
  GlobalAveragePool: exact((c) => {
    const { g } = c;
    const spatial = spatialOf(g, c.x(0));
    const share = filled([1, 1, ...spatial], 1 / sizeOf(spatial));
    return g.mul(c.dy, g.cast(g.constant(share), g.dtype(c.y)));
  }),
  LpPool: unsupported('only of images of a fixed size'),
  GlobalLpPool: unsupported(),
  // The place of each element in the result counts over the whole tensor.
  MaxUnpool: exact(
    (c) => {
      const { g } = c;
      const flat = (value: string) => g.op('Reshape', [value, g.ints([-1])]);
      return g.reshape(g.gather(flat(c.dy), flat(c.x(1))), c.dims(0), c.x(0));
    },
    nothing,
    nothing,
  ),
  RoiAlign: unsupported('only the mean over regions that are constants'),
  MaxRoiPool: unsupported('only over regions that are constants, of at most 4096 parts'),
} as const satisfies RuleFamily;
