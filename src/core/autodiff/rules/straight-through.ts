import { type RuleFamily, straightThrough } from '../rule.js';

/** Rounding as the identity: its own derivative is zero, which tells an attacker nothing. */
const identity = straightThrough((c) => c.dy);

/**
 * Rules that are deliberately not the derivative (straight-through estimators, Bengio, Leonard and Courville
 * 2013), for the operators that quantize.
 */
export const straightThroughRules = {
  Round: identity,
  Floor: identity,
  Ceil: identity,
} as const satisfies RuleFamily;
