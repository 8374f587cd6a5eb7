import { apgd, apgdL2, apgdT, apgdTL2 } from './apgd.js';
import type { Attack } from './attack.js';
import { bim } from './bim.js';
import { carliniWagner } from './carlini-wagner.js';
import { deepfool, deepfoolLinf } from './deepfool.js';
import { eotPgd, eotPgdL2 } from './eot-pgd.js';
import { fab, fabL1, fabL2, fabT, fabTL2 } from './fab.js';
import { fgsm } from './fgsm.js';
import { hopSkipJump, hopSkipJumpLinf } from './hop-skip-jump.js';
import { jsma } from './jsma.js';
import { miFgsm } from './mi-fgsm.js';
import { noise, noiseL2 } from './noise.js';
import { pgd, pgdL1, pgdL2 } from './pgd.js';
import { rays } from './rays.js';
import { square, squareL2 } from './square.js';
import { standard, standardL2 } from './standard.js';

export { type Attack, type AttackContext, defineAttack, type Prepared } from './attack.js';
export { type AttackParameters, resolveParameters } from './attack-parameters.js';
export type { Bounds, Limit } from './harness/bounds.js';
export type { Goal } from './harness/goal.js';
export { type Norm, perturbationSizes, project } from './harness/norms.js';
export { type AttackedInputs, outcomeArrays, outcomesCsv } from './harness/outcome-arrays.js';
export { sweep } from './harness/sweep.js';
export type { SecondForm, SweepOptions, SweepPoint, SweepResult } from './harness/sweep-types.js';
export type { AttackTarget, GradientQuery } from './harness/target.js';
export type { GradientSummary } from './search/gradient-summary.js';
export {
  type Criterion,
  type CriterionName,
  criteria,
  differsFrom,
  misclassified,
  predictionChanges,
  type ReferenceModel,
  type ThreatModel,
  targeted,
} from './threat-model.js';

/** Every attack by name. A new one is one file and one line here. */
export const attacks = {
  fgsm,
  bim,
  'mi-fgsm': miFgsm,
  pgd,
  'pgd-l2': pgdL2,
  'pgd-l1': pgdL1,
  'eot-pgd': eotPgd,
  'eot-pgd-l2': eotPgdL2,
  apgd,
  'apgd-l2': apgdL2,
  'apgd-t': apgdT,
  'apgd-t-l2': apgdTL2,
  jsma,
  deepfool,
  'deepfool-linf': deepfoolLinf,
  'carlini-wagner': carliniWagner,
  fab,
  'fab-l2': fabL2,
  'fab-l1': fabL1,
  'fab-t': fabT,
  'fab-t-l2': fabTL2,
  standard,
  'standard-l2': standardL2,
  square,
  'square-l2': squareL2,
  'hop-skip-jump': hopSkipJump,
  'hop-skip-jump-linf': hopSkipJumpLinf,
  rays,
  noise,
  'noise-l2': noiseL2,
} as const satisfies Readonly<Record<string, Attack>>;

/** The name of a registered attack. */
export type AttackName = keyof typeof attacks;
