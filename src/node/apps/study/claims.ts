import { type ClaimRule, notMeasured } from './claims/claim-rule.js';
import { gradientsShrink, gradientsVanish, inhibitionBeatsCompression } from './claims/gradient-claims.js';
import { inhibitionProtects, inhibitionProtectsCifar10 } from './claims/inhibition-claims.js';
import { accuracyStays, weightsWiden } from './claims/model-claims.js';
import {
  compressedIsLower,
  compressedIsLowerSaliency,
  moreCompressedIsLower,
  moreCompressedIsLowerSaliency,
  reductionIsLimited,
  risesWithElements,
  risesWithEpsilon,
} from './claims/resistance-claims.js';
import {
  accuracyUnderInhibition,
  accuracyUnderInhibitionCifar10,
  inhibitionIsRobustness,
  inhibitionIsRobustnessCifar10,
} from './claims/robustness-claims.js';
import type { Results } from './study-schema.js';

/** Every claim of the MNIST study. A new one is one entry here. */
export const mnistClaims: readonly ClaimRule[] = [
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

/** Every claim of the CIFAR-10 study. */
export const cifar10Claims: readonly ClaimRule[] = [
  accuracyUnderInhibitionCifar10,
  inhibitionProtectsCifar10,
  inhibitionIsRobustnessCifar10,
];

/** The paper's claims, each with its number, ours and a verdict. */
export const judge = (rules: readonly ClaimRule[], results: Results): Results['claims'] =>
  rules.map(({ judge: decide, measuredFor, ...rule }) => ({
    ...rule,
    // What other figures happen to need is no fair basis: one epsilon instead of five,
    // one model instead of all.
    ...(results.figures.includes(measuredFor ?? rule.figure)
      ? decide(results)
      : notMeasured('its figure was not asked for')),
  }));
