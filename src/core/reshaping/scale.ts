import { ToolkitError } from '../base/errors.js';
import { sizeOf, type Tensor } from '../tensor/tensor.js';
import { defineReshaping } from './reshaping.js';

/**
 * `W = gain * theta`, with one factor for each output of the layer: batch normalization folded into a weight
 * that the model computes. Buckets of a hashed weight are shared by all outputs, so that no other theta
 * gives the scaled weight; the file grows by one number for each output.
 *
 * Not in the registry of reshapings: its factors belong to one weight of one model.
 *
 * @param gain float32 that broadcasts to the weight without changing its shape, such as [O, 1, 1, 1]; not
 *   trained any more
 * @throws ToolkitError `shape-mismatch` when put into a model for a weight of another shape
 */
export const scale = (gain: Tensor<'float32'>) =>
  defineReshaping({
    name: 'scale',
    title: 'Scaled outputs',
    source: 'Ioffe and Szegedy 2015, section 3.1: an inference-mode normalization is a linear transform',
    kind: 'folding',
    parameters: {},
    storedDims: (dims) => dims,
    initialize: (weight) => weight,
    emit(g, theta, { weight, dims }) {
      const fits =
        gain.dims.length === dims.length &&
        gain.dims.every((size, axis) => size === 1 || size === dims[axis]);
      if (!fits || gain.data.length !== sizeOf(gain.dims)) {
        throw new ToolkitError('shape-mismatch', {
          node: weight,
          reason: `[${dims}] scaled by [${gain.dims}]`,
        });
      }
      return g.mul(theta, g.initializer(g.fresh('gain'), gain));
    },
  });
