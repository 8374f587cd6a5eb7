import { flat, type RuleFamily } from '../rule.js';

/** What they put out depends on shapes and on chance; of probabilities, by jumps. */
export const random = {
  Bernoulli: flat,
  Multinomial: flat,
  RandomNormal: flat,
  RandomUniform: flat,
  RandomNormalLike: flat,
  RandomUniformLike: flat,
} as const satisfies RuleFamily;
