import type { AuditedModel, AuditTrial } from '../../core/evaluation/audit-schema.js';
import { integer, percent } from '../kit/number-text.js';

/** Shares of inputs below this are accidents of single inputs. */
const MIN_SHARE = 0.01;

/** What about an attack one should know before believing its number. */
export function conspicuous(
  trial: AuditTrial,
  { cleanAccuracy }: Pick<AuditedModel, 'cleanAccuracy'>,
): string[] {
  const some = (rate: AuditTrial['silent'], text: string): string[] =>
    rate?.value != null && rate.value >= MIN_SHARE ? [`${text} ${percent(rate.value)}`] : [];
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
