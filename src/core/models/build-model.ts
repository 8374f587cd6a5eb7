import { stream } from '../base/random.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { float32, sizeOf, type Tensor } from '../tensor/tensor.js';
import { type Architecture, parseNotation } from './notation.js';

/** Names of the input and the output of every model that this toolkit builds. */
export const IMAGE = 'image';
export const LOGITS = 'logits';

/** How `buildModel` draws the weights. */
export interface BuildOptions {
  readonly seed?: number;
  /** Default kernel size, odd. */
  readonly kernel?: number;
}

/**
 * A new classifier with random weights: `image` [N, C, H, W] in [0, 1] to `logits` [N, classes].
 *
 * Weights are drawn from a normal distribution with variance 2 / fan-in (He et al. 2015, Eq. 10, for ReLU;
 * PyTorch's `kaiming_normal_` with fan-in), the last layer's too; biases are zero. Every weight has a random
 * stream of its own, so a layer's values do not depend on the layers around it.
 *
 * A layer with batch normalization has no bias, which normalization would take away again; its scale starts
 * at 1, its shift at 0, and the running statistics at mean 0 and variance 1 (Ioffe and Szegedy 2015;
 * PyTorch's defaults, epsilon 1e-5).
 *
 * @param architecture a notation, or what `parseNotation` or `parseArchitecture` read
 */
export function buildModel(
  architecture: string | Architecture,
  { seed = 1, kernel }: BuildOptions = {},
): Model {
  const spec = typeof architecture === 'string' ? parseNotation(architecture, kernel) : architecture;
  const g = new GraphBuilder();
  const weight = (name: string, dims: readonly number[], fanIn: number) =>
    g.initializer(name, heNormal(dims, fanIn, seed, name));
  const vector = (name: string, size: number, value: number) =>
    g.initializer(name, float32([size], new Float32Array(size).fill(value)));
  const bias = (name: string, size: number) => vector(name, size, 0);
  const normalized = (value: string, name: string, size: number) => {
    const parts = Object.entries({ scale: 1, shift: 0, mean: 0, variance: 1 });
    const vectors = parts.map(([part, start]) => vector(`${name}.norm.${part}`, size, start));
    return g.op('BatchNormalization', [value, ...vectors], {}, { outputs: [`${name}.norm`] });
  };

  let value = g.input(IMAGE, 'float32', ['N', ...spec.input]);
  let [convolutions, fullyConnected, pools] = [0, 0, 0];
  let flat = false;
  const full = (units: number, { batchNorm, output }: { batchNorm?: boolean; output?: string }) => {
    if (!flat) value = g.op('Flatten', [value], { axis: 1 }, { outputs: ['flatten'] });
    flat = true;
    const inputs = Number(g.dims(value)[1]);
    fullyConnected += 1;
    const name = `fc${fullyConnected}`;
    const w = weight(`${name}.weight`, [units, inputs], inputs);
    const b = batchNorm ? [] : [bias(`${name}.bias`, units)];
    value = g.op('Gemm', [value, w, ...b], { transB: 1 }, { outputs: [output ?? name] });
    if (batchNorm) value = normalized(value, name, units);
    return name;
  };
  for (const layer of spec.layers) {
    if (layer.kind === 'conv') {
      convolutions += 1;
      const name = `conv${convolutions}`;
      const channels = Number(g.dims(value)[1]);
      const dims = [layer.channels, channels, layer.kernel, layer.kernel];
      const w = weight(`${name}.weight`, dims, sizeOf(dims.slice(1)));
      const pads = Array(4).fill((layer.kernel - 1) / 2);
      const b = layer.batchNorm ? [] : [bias(`${name}.bias`, layer.channels)];
      value = g.op('Conv', [value, w, ...b], { pads }, { outputs: [name] });
      if (layer.batchNorm) value = normalized(value, name, layer.channels);
      value = g.op('Relu', [value], {}, { outputs: [`${name}.relu`] });
    } else if (layer.kind === 'pool') {
      pools += 1;
      const window = { kernel_shape: [2, 2], strides: [2, 2] };
      value = g.op('MaxPool', [value], window, { outputs: [`pool${pools}`] });
    } else {
      const name = full(layer.units, layer);
      value = g.op('Relu', [value], {}, { outputs: [`${name}.relu`] });
    }
  }
  full(spec.classes, { output: LOGITS });
  g.output(LOGITS);
  const model = g.build(spec.notation);
  return { ...model, metadata: new Map([['foolproof.architecture', spec.notation]]) };
}

function heNormal(dims: readonly number[], fanIn: number, seed: number, name: string): Tensor {
  const random = stream(seed, 'init', name);
  const scale = Math.sqrt(2 / fanIn);
  return float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => random.normal() * scale),
  );
}
