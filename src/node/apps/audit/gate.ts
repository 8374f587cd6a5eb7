import { ToolkitError } from '../../../core/base/errors.js';
import { exactInterval } from '../../../core/base/statistics.js';
import { prose } from '../../../core/base/text/index.js';
import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import { MIN_INPUTS } from '../../../core/evaluation/evaluation-rule.js';
import type { VerdictName } from '../../../core/evaluation/verdict.js';

/** Options of a gate beside the robust accuracy that it requires. */
export interface GateOptions {
  /** Whether a model may pass of which the audit says nothing for certain. Default: it may not. */
  readonly allowInconclusive?: boolean | undefined;
}

/** What every model of an audit has to meet, for a build that must not pass otherwise. */
export interface Gate extends GateOptions {
  /** Robust accuracy that is to be shown, of all attacked images. */
  readonly robustAccuracy?: number | undefined;
  /** Verdicts that no model may have. */
  readonly verdicts?: readonly VerdictName[] | undefined;
}

/** One condition of a gate on one model, as it was decided. */
export interface GateCheck {
  /** Id of the model. */
  readonly model: string;
  /** What was required: "robust accuracy of at least 40 % at epsilon 0.03 (Linf)". */
  readonly required: string;
  readonly passed: boolean;
  /** What was measured, with its count and interval. */
  readonly measured: string;
}

/** All conditions of a gate on all models, in the order of the models. */
export function gateChecks(
  { models, epsilon, norm }: Pick<AuditResults, 'models' | 'epsilon' | 'norm'>,
  { robustAccuracy, verdicts = [], ...options }: Gate,
): GateCheck[] {
  const at = `at epsilon ${prose.short(epsilon)} (${norm})`;
  return models.flatMap((model): GateCheck[] => {
    const rest = { model: model.id, required: `verdict other than ${verdicts.join(', ')} ${at}` };
    const verdict = {
      ...rest,
      passed: !verdicts.includes(model.verdict),
      measured: `${model.verdict} (${model.why})`,
    };
    return [
      ...(robustAccuracy === undefined ? [] : [checkOfAccuracy(model, robustAccuracy, options, at)]),
      ...(verdicts.length === 0 ? [] : [verdict]),
    ];
  });
}

/** @throws ToolkitError `not-robust` with the conditions that are not met */
export function assertPassed(checks: readonly GateCheck[]): void {
  const failed = checks.filter(({ passed }) => !passed);
  if (failed.length === 0) return;
  const required = [...new Set(failed.map((check) => check.required))];
  const models = failed.map(({ model, measured }) => `${model}: ${measured}`);
  throw new ToolkitError('not-robust', { models, required });
}

/**
 * For a build that must not pass with a model that is easier to fool than it should be. A model passes when
 * its robust accuracy is `share` at least with 97.5 % certainty: the lower end of the exact 95 % interval
 * (`exactInterval`) counts, of at least `MIN_INPUTS` images, and the verdict is not *inconclusive*.
 *
 * @param share robust accuracy that every model must reach, of all attacked images
 * @throws ToolkitError `not-robust` with the models that do not, each with its reason
 */
export const assertRobust = (
  results: Pick<AuditResults, 'models' | 'epsilon' | 'norm'>,
  share: number,
  options: GateOptions = {},
): void => assertPassed(gateChecks(results, { ...options, robustAccuracy: share }));

function checkOfAccuracy(model: AuditedModel, share: number, options: GateOptions, at: string): GateCheck {
  const { count, total } = model.robustAccuracy;
  const { low } = exactInterval(count, total);
  const shown = prose.rateText(model.robustAccuracy, { counts: true, interval: false });
  const reason = failure(model, share, options, low);
  return {
    model: model.id,
    required: `robust accuracy of at least ${prose.percent(share)} ${at}`,
    passed: reason === undefined,
    measured: reason ?? `${shown}, at least ${prose.percent(low)}`,
  };
}

function failure(
  { robustAccuracy, verdict, why }: AuditedModel,
  share: number,
  { allowInconclusive = false }: GateOptions,
  low: number | null,
): string | undefined {
  const { total } = robustAccuracy;
  if (low === null || low < share) {
    const shown = prose.rateText(robustAccuracy, { counts: true, interval: false });
    return `${shown}, at least ${prose.percent(low)}`;
  }
  if (total < MIN_INPUTS) return `${prose.integer(total)} images, and ${MIN_INPUTS} are needed`;
  return verdict === 'inconclusive' && !allowInconclusive ? `inconclusive (${why})` : undefined;
}
