import { gradientsShrink, gradientsVanish, inhibitionBeatsCompression } from './claims/gradients.js';
import { inhibitionProtects } from './claims/inhibition.js';
import { accuracyStays, weightsWiden } from './claims/models.js';
import {
  compressedIsLower,
  compressedIsLowerSaliency,
  moreCompressedIsLower,
  moreCompressedIsLowerSaliency,
  reductionIsLimited,
  risesWithElements,
  risesWithEpsilon,
} from './claims/resistance.js';
import { accuracyUnderInhibition, inhibitionIsRobustness } from './claims/robustness.js';
import { type ClaimRule, notMeasured } from './claims/rule.js';
import type { Results } from './results.js';

/** Every claim of the MNIST study. A new one is one entry here. */
const rules: readonly ClaimRule[] = [
  accuracyStays,
  risesWithEpsilon,
  compressedIsLower,
  moreCompressedIsLower,
  reductionIsLimited,
  risesWithElements,
  compressedIsLowerSaliency,
  moreCompressedIsLowerSaliency,
  weightsWiden,
  gradientsShrink,
  inhibitionBeatsCompression,
  gradientsVanish,
  accuracyUnderInhibition,
  inhibitionProtects,
  inhibitionIsRobustness,
];

/** The paper's claims, each with its number, ours and a verdict. */
export const judgeClaims = (results: Results): Results['claims'] =>
  rules.map(({ judge, measuredFor, ...rule }) => ({
    ...rule,
    // What other figures happen to need is no fair basis: one epsilon instead of five, one model instead of all.
    ...(results.figures.includes(measuredFor ?? rule.figure)
      ? judge(results)
      : notMeasured('its figure was not asked for')),
  }));
