import type { Attack } from './attack.js';
import { fgsm } from './fgsm.js';
import { jsma } from './jsma.js';

export type { Attack, AttackContext, Prepared } from './attack.js';
export { type Norm, perturbationSizes, project } from './norms.js';
export { type AttackedInputs, outcomeArrays, outcomesCsv } from './outcomes.js';
export {
  type AttackParameter,
  type AttackParameters,
  allowed,
  isChoice,
  resolveParameters,
} from './parameters.js';
export { type GradientSummary, type SweepOptions, type SweepPoint, type SweepResult, sweep } from './sweep.js';
export type { AttackTarget } from './target.js';

/** Every attack by name. A new one is one file and one line here. */
export const attacks: Readonly<Record<string, Attack>> = { fgsm, jsma };
