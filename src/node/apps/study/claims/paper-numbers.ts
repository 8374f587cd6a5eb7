import type { Powers } from '../../../../core/evaluation/distributions.js';

/** The two ranges (exponents of ten) of the mean absolute gradient that the paper's text gives shares for. */
export const PAPER_RANGES = { small: [-25, -15], large: [-10, 0] } as const satisfies Record<string, Powers>;

/** Fig. 7: share of inputs whose mean absolute gradient lies in those ranges. */
export const PAPER_GRADIENTS = {
  uncompressed: { large: 0.68, small: 0.01 },
  mostCompressed: { large: 0.19, small: 0.32 },
} as const;
