import { ToolkitError } from '../base/errors.js';

/** An architecture as a list of layers; see `parseNotation`. */
export interface Architecture {
  readonly notation: string;
  /** [C, H, W] of the input. */
  readonly input: readonly [number, number, number];
  readonly layers: readonly LayerSpec[];
  readonly classes: number;
}

export type LayerSpec =
  | ({ readonly kind: 'conv'; readonly channels: number; readonly kernel: number } & Normalized)
  | { readonly kind: 'pool' }
  | ({ readonly kind: 'full'; readonly units: number } & Normalized);

/**
 * Batch normalization between the layer and its ReLU. Absent, never false: layers are part of
 * the keys of cached work.
 */
interface Normalized {
  readonly batchNorm?: true;
}

const DEFAULT_KERNEL = 5;
/** Bounds on what a notation may ask for, so that a typing error does not allocate the machine. */
const LIMITS = { units: 65_536, kernel: 31, layers: 64, elements: 2 ** 22, weights: 2 ** 28 };

/**
 * Reads the paper's notation, such as `784-C64-C128-F512-10`.
 *
 * - input: `784` (a square grey image), `3072` (a square colour image when it is no
 *   square itself), or `3x32x32`
 * - `C64`: convolution with 64 filters, same padding, ReLU; `C64k3` for 3x3 kernels (default 5x5)
 * - `M`: 2x2 max-pooling. Where no `M` is written, every convolution is followed by one (the reading of the
 *   paper's MNIST network that STUDY fixes)
 * - `F512`: fully connected with ReLU
 * - a `b` at the end of either (`C64b`, `C64k3b`, `F512b`): with batch normalization, for training;
 *   `foldBatchNorm` takes it out
 * - the last number: classes, fully connected without activation
 *
 * @param kernel default kernel size, odd
 * @throws ToolkitError `bad-notation` with the position, `bad-value` for a kernel that has no centre
 */
export function parseNotation(notation: string, kernel = DEFAULT_KERNEL): Architecture {
  if (!isKernel(kernel)) {
    const expected = `an odd whole number from 1 to ${LIMITS.kernel}`;
    throw new ToolkitError('bad-value', { what: 'kernel size', expected, received: String(kernel) });
  }
  const parts = notation.split('-');
  const positions = parts.map((_, i) => parts.slice(0, i).join('-').length + (i > 0 ? 1 : 0));
  const fail = (at: number, expected: string): never => {
    throw new ToolkitError('bad-notation', {
      notation,
      position: positions[at] ?? notation.length,
      expected,
    });
  };
  if (parts.length < 2) fail(parts.length, 'an input, layers and the number of classes, joined by "-"');
  if (parts.length > LIMITS.layers) fail(LIMITS.layers, `at most ${LIMITS.layers} layers`);
  const input = parseInput(parts[0]!) ?? fail(0, 'an input size such as 784, 3072 or 3x32x32');
  const classes =
    whole(parts.at(-1)!, 2, LIMITS.units) ?? fail(parts.length - 1, 'the number of classes, at least 2');
  const middle = parts
    .slice(1, -1)
    .map(
      (part, i) =>
        parseLayer(part, kernel) ??
        fail(i + 1, 'a layer: C64, C64k3, M or F512; C64b or F512b with batch normalization'),
    );
  const explicit = middle.some((layer) => layer.kind === 'pool');
  const written = middle.map((layer): readonly LayerSpec[] =>
    explicit || layer.kind !== 'conv' ? [layer] : [layer, { kind: 'pool' }],
  );
  checkSizes(written, input, classes, fail);
  return { notation, input, layers: written.flat(), classes };
}

const isKernel = (size: number): boolean => size % 2 === 1 && size >= 1 && size <= LIMITS.kernel;

function whole(text: string, low: number, high: number): number | undefined {
  const value = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : Number.NaN;
  return value >= low && value <= high ? value : undefined;
}

function parseInput(text: string): [number, number, number] | undefined {
  const parts = text.split('x').map((part) => whole(part, 1, LIMITS.elements));
  if (parts.some((p) => p === undefined)) return undefined;
  const [a, b, c] = parts as number[];
  if (parts.length === 3) return a! * b! * c! <= LIMITS.elements ? [a!, b!, c!] : undefined;
  if (parts.length !== 1) return undefined;
  for (const channels of [1, 3]) {
    const side = Math.sqrt(a! / channels);
    if (Number.isInteger(side)) return [channels, side, side];
  }
  return undefined;
}

function parseLayer(text: string, kernel: number): LayerSpec | undefined {
  if (text === 'M') return { kind: 'pool' };
  const match = /^([CF])(\d+)(?:k(\d+))?(b)?$/.exec(text);
  const units = match && whole(match[2]!, 1, LIMITS.units);
  if (!match || !units) return undefined;
  const normalized: Normalized = match[4] ? { batchNorm: true } : {};
  if (match[1] === 'F') return match[3] === undefined ? { kind: 'full', units, ...normalized } : undefined;
  const size = match[3] === undefined ? kernel : whole(match[3], 1, LIMITS.kernel);
  // Same padding needs a centre.
  return size && isKernel(size) ? { kind: 'conv', channels: units, kernel: size, ...normalized } : undefined;
}

/**
 * Multiply-adds of one image's forward pass, those of convolutions and fully connected layers: the
 * common measure of what a network costs. Positions that meet padding count; biases, ReLUs, pooling and
 * normalization do not.
 */
export function multiplyAdds({ input, layers, classes }: Architecture): number {
  let [channels, height, width] = input;
  let units: number | undefined;
  let sum = 0;
  for (const layer of [...layers, { kind: 'full', units: classes } as const]) {
    if (layer.kind === 'pool') [height, width] = [Math.floor(height / 2), Math.floor(width / 2)];
    else if (layer.kind === 'conv') {
      sum += height * width * layer.channels * channels * layer.kernel ** 2;
      channels = layer.channels;
    } else {
      sum += layer.units * (units ?? channels * height * width);
      units = layer.units;
    }
  }
  return sum;
}

/**
 * Convolutions and pooling come before fully connected layers, the image must be large enough to halve, and
 * the weights must fit into memory.
 *
 * @param written the layers that each part of the notation stands for, without input and classes
 */
function checkSizes(
  written: readonly (readonly LayerSpec[])[],
  input: readonly [number, number, number],
  classes: number,
  fail: (at: number, expected: string) => never,
): void {
  let [channels, height, width] = input;
  let units: number | undefined;
  let weights = 0;
  const full = (size: number) => {
    weights += size * (units ?? channels * height * width);
    units = size;
  };
  written.forEach((layers, i) => {
    for (const layer of layers) {
      if (layer.kind === 'full') full(layer.units);
      else if (units !== undefined)
        fail(i + 1, 'a fully connected layer: convolutions and pooling come first');
      else if (layer.kind === 'conv') {
        weights += layer.channels * channels * layer.kernel ** 2;
        channels = layer.channels;
      } else [height, width] = [Math.floor(height / 2), Math.floor(width / 2)];
      if (Math.min(height, width) < 1) fail(i + 1, 'no further pooling: the image is one pixel already');
    }
    if (weights > LIMITS.weights) fail(i + 1, `a smaller layer: at most ${LIMITS.weights} weights`);
  });
  full(classes);
  if (weights > LIMITS.weights)
    fail(written.length + 1, `a smaller layer: at most ${LIMITS.weights} weights`);
}
