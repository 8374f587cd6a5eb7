import { defineAttack } from './attack.js';
import { epsilonLinf } from './harness/epsilon.js';
import { everyRow, pickRows } from './harness/rows.js';

/**
 * Fast Gradient Sign Method, `X* = X + epsilon * sign(grad_X J)` (Goodfellow et al. 2015; Liu et al., Eq. 5),
 * J being the loss of the model's own prediction. On a reshaped model the gradient is that of the reshaped
 * function (Eq. 6): the paper's HFGSM is this attack on a hashed model. One gradient serves every epsilon.
 *
 * Elements with a gradient of exactly zero stay where they are: `sign(0) = 0`.
 */
export const fgsm = defineAttack({
  name: 'fgsm',
  title: 'Fast Gradient Sign Method (HFGSM on reshaped models)',
  source: 'Goodfellow et al. 2015; Liu et al., Eq. 5-6',
  norm: 'Linf',
  followsObjective: true,
  parameters: {},
  budget: epsilonLinf,
  async prepare({ target, images, objective, labels }) {
    const { gradient } = await target.gradient(images, {
      rows: everyRow(images),
      objective,
      ...(labels && { labels }),
    });
    return {
      candidates(epsilon, rows) {
        const [x, slope] = [pickRows(images, rows), pickRows(gradient, rows)];
        const data = new Float32Array(x.data.length);
        for (let i = 0; i < data.length; i++) data[i] = x.data[i]! + epsilon * Math.sign(slope.data[i]!);
        return { ...x, data };
      },
    };
  },
});
