import { ToolkitError } from '../../../core/base/errors.js';
import { exactInterval } from '../../../core/base/statistics.js';
import { prose } from '../../../core/base/text/index.js';
import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import { MIN_INPUTS } from '../../../core/evaluation/evaluation-rule.js';

export interface GateOptions {
  /** Whether a model may pass of which the audit says nothing for certain. Default: it may not. */
  readonly allowInconclusive?: boolean | undefined;
}

/**
 * For a build that must not pass with a model that is easier to fool than it should be. A model passes when
 * its robust accuracy is `share` at least with 97.5 % certainty: the lower end of the exact 95 % interval
 * (`exactInterval`) counts, of at least `MIN_INPUTS` images, and the verdict is not *inconclusive*.
 *
 * @param share robust accuracy that every model must reach, of all attacked images
 * @throws ToolkitError `not-robust` with the models that do not, each with its reason
 */
export function assertRobust(
  { models }: Pick<AuditResults, 'models'>,
  share: number,
  options: GateOptions = {},
): void {
  const failed = models.flatMap((model) => {
    const reason = failure(model, share, options);
    return reason === undefined ? [] : [`${model.id}: ${reason}`];
  });
  if (failed.length > 0) throw new ToolkitError('not-robust', { models: failed, threshold: share });
}

function failure(
  { robustAccuracy, verdict, why }: AuditedModel,
  share: number,
  { allowInconclusive = false }: GateOptions,
): string | undefined {
  const { count, total } = robustAccuracy;
  const { low } = exactInterval(count, total);
  if (low === null || low < share) {
    const shown = prose.rateText(robustAccuracy, { counts: true, interval: false });
    return `${shown}, at least ${prose.percent(low)}`;
  }
  if (total < MIN_INPUTS) return `${prose.integer(total)} images, and ${MIN_INPUTS} are needed`;
  return verdict === 'inconclusive' && !allowInconclusive ? `inconclusive (${why})` : undefined;
}
