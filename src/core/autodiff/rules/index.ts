import type { RuleTable } from '../rule.js';
import { activation } from './activation.js';
import { convolution } from './convolution.js';
import { elementwise } from './elementwise.js';
import { linear } from './linear.js';
import { normalization } from './normalization.js';
import { pooling } from './pooling.js';
import { reduction } from './reduction.js';
import { structure } from './structure.js';

/** Every operator that can be differentiated. A new family is one file and one line here. */
export const rules: RuleTable = {
  ...elementwise,
  ...activation,
  ...linear,
  ...convolution,
  ...pooling,
  ...structure,
  ...reduction,
  ...normalization,
};
