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

type ClaimRules = Readonly<Record<string, ClaimRule>>;

/** Every claim of the MNIST study, in the order of the report. A new one is one entry here. */
export const mnistClaims = {
  accuracy: accuracyStays,
  'success-rises-with-epsilon': risesWithEpsilon,
  'hashnets-resist-better': compressedIsLower,
  'more-compression-resists-better': moreCompressedIsLower,
  'reduction-is-limited': reductionIsLimited,
  'success-rises-with-elements': risesWithElements,
  'hashnets-resist-hjsma-better': compressedIsLowerSaliency,
  'more-compression-resists-hjsma-better': moreCompressedIsLowerSaliency,
  'weight-range': weightsWiden,
  'gradients-shrink': gradientsShrink,
  'inhibition-shrinks-gradients': inhibitionBeatsCompression,
  'gradients-vanish-with-tau': gradientsVanish,
  'inhibition-keeps-accuracy': accuracyUnderInhibition,
  'inhibition-protects': inhibitionProtects,
  'inhibition-makes-robust': inhibitionIsRobustness,
} as const satisfies ClaimRules;

/** Every claim of the CIFAR-10 study. */
export const cifar10Claims = {
  'inhibition-keeps-accuracy': accuracyUnderInhibitionCifar10,
  'inhibition-protects': inhibitionProtectsCifar10,
  'inhibition-makes-robust': inhibitionIsRobustnessCifar10,
} as const satisfies ClaimRules;

/** The paper's claims, each with its number, ours and a verdict. */
export const judge = (rules: ClaimRules, results: Results): Results['claims'] =>
  Object.values(rules).map(({ judge: decide, measuredFor, ...rule }) => ({
    ...rule,
    // What other figures happen to need is no fair basis: one epsilon instead of five,
    // one model instead of all.
    ...(results.figures.includes(measuredFor ?? rule.figure)
      ? decide(results)
      : notMeasured('its figure was not asked for')),
  }));
