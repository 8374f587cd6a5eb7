import type { AuditedModel, AuditTrial } from '../../core/evaluation/audit-schema.js';
import { integer, percent } from '../kit/number-text.js';

/** Of rare accidents a table need not tell. */
const NOTABLE = 0.01;

/** What about an attack one should know before believing its number. */
export function notable(trial: AuditTrial, { cleanAccuracy }: Pick<AuditedModel, 'cleanAccuracy'>): string[] {
  const some = (rate: AuditTrial['silent'], text: string): string[] =>
    rate?.value != null && rate.value >= NOTABLE ? [`${text} ${percent(rate.value)}`] : [];
  return [
    ...some(trial.zeroGradients, 'zero gradients'),
    ...some(trial.untouched, 'untouched'),
    ...some(trial.silent, 'silent successes'),
    ...some(trial.stuck, 'stuck'),
    ...(trial.inputs === 0 ? ['not tried'] : []),
    ...(trial.inputs > 0 && trial.inputs < cleanAccuracy.total
      ? [`first ${integer(trial.inputs)} inputs only`]
      : []),
  ];
}
