import type { Attack } from './attack.js';
import { fgsm } from './fgsm.js';

export type { Attack, AttackContext, Prepared } from './attack.js';
export { type Norm, perturbationSizes, project } from './norms.js';
export { type GradientSummary, type SweepOptions, type SweepPoint, type SweepResult, sweep } from './sweep.js';
export type { AttackTarget } from './target.js';

/** Every attack by name. A new one is one file and one line here. */
export const attacks: Readonly<Record<string, Attack>> = { fgsm };
