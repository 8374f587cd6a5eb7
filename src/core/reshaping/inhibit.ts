import { number } from '../base/parameters.js';
import { float32 } from '../tensor/tensor.js';
import { defineReshaping } from './reshaping.js';

/**
 * Gradient inhibition, `W = theta + tau * sign(theta)` with `sign(0) = 0` (Liu et al., Eq. 12).
 *
 * It multiplies no gradient by anything: it enlarges the weights, hence the logits, hence saturates the
 * softmax. On a hashed weight it has the same effect before and after the hash, because `xi` is +1 or -1.
 */
export const inhibit = defineReshaping({
  name: 'inhibit',
  title: 'Gradient inhibition',
  source: 'Liu et al., Eq. 12',
  kind: 'defence',
  parameters: {
    tau: number({
      help: 'inhibition coefficient, added to the magnitude of every weight of the layer',
      unit: 'weight units',
      default: 0.1,
      minimum: 0,
      maximum: 1e6,
      source: 'Liu et al., Fig. 8-10: 0 to 0.1 on MNIST, 0 to 0.5 on CIFAR-10',
    }),
  },
  storedDims: (dims) => dims,
  initialize: (weight) => weight,
  emit(g, theta, _site, { tau }) {
    const coefficient = g.initializer(g.fresh('tau'), float32([], [tau]));
    return g.add(theta, g.mul(g.sign(theta), coefficient));
  },
});
