import { gradientsShrink, inhibitionBeatsCompression } from './claims/gradients.js';
import { inhibitionProtects } from './claims/inhibition.js';
import { accuracyStays, weightsWiden } from './claims/models.js';
import { compressedIsLower, moreCompressedIsLower, risesWithEpsilon } from './claims/resistance.js';
import type { ClaimRule } from './claims/rule.js';
import type { Results } from './results.js';

/** Every claim of the MNIST study. A new one is one entry here. */
const rules: readonly ClaimRule[] = [
  accuracyStays,
  risesWithEpsilon,
  compressedIsLower,
  moreCompressedIsLower,
  weightsWiden,
  gradientsShrink,
  inhibitionBeatsCompression,
  inhibitionProtects,
];

/** The paper's claims, each with its number, ours and a verdict. */
export const judgeClaims = (results: Results): Results['claims'] =>
  rules.map(({ judge, ...rule }) => ({ ...rule, ...judge(results) }));
