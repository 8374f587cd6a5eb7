import type { LoweringFamily } from './lowering.js';

export const activation = {
  /** Ramachandran et al. 2017. */
  Swish: ({ g, node, attributes: { alpha } }) => {
    const [x = ''] = node.inputs;
    return [g.mul(x, g.op('Sigmoid', [alpha === 1 ? x : g.mul(x, alpha)]))];
  },
} as const satisfies LoweringFamily;
