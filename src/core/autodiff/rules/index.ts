import type { RuleSet } from '../rule.js';
import { activation } from './activation.js';
import { arrangement } from './arrangement.js';
import { convolution } from './convolution.js';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import { linear } from './linear.js';
import { machineLearning } from './machine-learning.js';
import { microsoft } from './microsoft.js';
import { normalization } from './normalization.js';
import { pooling } from './pooling.js';
import { quantization } from './quantization.js';
import { random } from './random.js';
import { recurrence } from './recurrent.js';
import { reduction } from './reduction.js';
import { resampling } from './resampling.js';
import { straightThroughRules } from './straight-through.js';
import { structure } from './structure.js';
import { transformer } from './transformer.js';
import { trigonometry } from './trigonometry.js';

/** Every operator's derivative, or why it has none. A new family is one file and one line here. */
const exact: RuleSet = {
  ...elementwise,
  ...trigonometry,
  ...random,
  ...activation,
  ...linear,
  ...convolution,
  ...pooling,
  ...structure,
  ...indexing,
  ...arrangement,
  ...reduction,
  ...recurrence,
  ...transformer,
  ...microsoft,
  ...machineLearning,
  ...normalization,
  ...resampling,
  ...quantization,
};

/**
 * What a gradient may be made of: derivatives alone, or estimates in the place of those that are zero by
 * rounding.
 */
export const ruleSets = {
  exact,
  straightThrough: { ...exact, ...straightThroughRules },
} as const satisfies Readonly<Record<string, RuleSet>>;

/** Names of the rule sets. */
export type RuleSetName = keyof typeof ruleSets;
