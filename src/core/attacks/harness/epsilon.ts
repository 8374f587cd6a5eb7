import type { Attack } from '../attack.js';

/** Radii of the ball that perturbations have to stay in, as budgets: one description for each norm. */
export const epsilonLinf = {
  name: 'epsilon',
  help: 'largest change of any input element, inputs being in [0, 1]; also written 8/255',
  default: [0.1, 0.2, 0.3, 0.4, 0.5],
  minimum: 0,
  maximum: 1,
  unit: 'input units',
} as const satisfies Attack['budget'];

/** The largest is more than any two images of 1000 x 1000 x 3 elements are apart. */
export const epsilonL2 = {
  name: 'epsilon',
  help: 'Euclidean length of the change, inputs being in [0, 1]; MNIST images are about 10 apart',
  default: [0.5, 1, 1.5, 2, 3, 5],
  minimum: 0,
  maximum: 2000,
  unit: 'input units',
} as const satisfies Attack['budget'];

export const epsilonL1 = {
  name: 'epsilon',
  help: 'sum of the absolute changes of all elements, inputs being in [0, 1]',
  default: [5, 10, 15, 20, 30],
  minimum: 0,
  maximum: 1_000_000,
  unit: 'input units',
} as const satisfies Attack['budget'];
