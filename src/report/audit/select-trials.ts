import { compareRates, type Rate } from '../../core/base/statistics.js';
import type { AuditedModel, AuditResults, AuditTrial } from '../../core/evaluation/audit-schema.js';
import { ROLES } from './audit-wording.js';

export type Finding = AuditedModel['findings'][number];
export type Point = AuditTrial['points'][number];

/** Epsilons come out of multiplications, so that equal ones may differ in their last bits. */
const same = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

/**
 * Where a trial is judged: at the audited epsilon; of an attack without limits, which was not tried there, at its largest.
 * Undefined when it was tried at neither.
 */
export function judgedAt({ epsilon }: Pick<AuditResults, 'epsilon'>, trial: AuditTrial): Point | undefined {
  return (
    trial.points.find((p) => same(p.epsilon, epsilon)) ??
    (trial.role === 'unbounded' ? trial.points.at(-1) : undefined)
  );
}

export const fooledBy = (results: Pick<AuditResults, 'epsilon'>, trial: AuditTrial): Rate | undefined =>
  judgedAt(results, trial)?.fooled;

export const trialOf = (model: AuditedModel, id: string | null): AuditTrial | undefined =>
  model.trials.find((trial) => trial.id === id);

/** Trials by what they are for, in the order in which one expects them to fool more; groups without any are left out. */
export function byRole(
  trials: readonly AuditTrial[],
): { readonly role: AuditTrial['role']; readonly trials: AuditTrial[] }[] {
  return (Object.keys(ROLES) as AuditTrial['role'][]).flatMap((role) => {
    const own = trials.filter((trial) => trial.role === role);
    return own.length > 0 ? [{ role, trials: own }] : [];
  });
}

/**
 * What findings say about a trial.
 *
 * - `reveals`: a finding of masking names it, and it fools most of those that the finding compares
 * - `misses`: a finding of masking names it, and it fools fewer than another one
 * - `doubtful`: a finding says that it did not work as it should
 * - `control`: it is there for comparison, and nothing is wrong with it
 * - `usual`: anything else
 */
export type Standing = 'reveals' | 'misses' | 'doubtful' | 'control' | 'usual';

export function standingOf(results: AuditResults, model: AuditedModel, trial: AuditTrial): Standing {
  const of = (severity: Finding['severity']) =>
    model.findings.filter((f) => f.severity === severity && f.trials.includes(trial.id));
  const masking = of('masking');
  if (masking.some((finding) => blamed(results, model, finding).includes(trial))) return 'misses';
  if (masking.length > 0) return 'reveals';
  if (of('unreliable').some((finding) => blamed(results, model, finding).includes(trial))) return 'doubtful';
  return trial.role === 'noise' || trial.role === 'unbounded' ? 'control' : 'usual';
}

/** Of the trials that a finding compares, those that fool fewer than the best; of a single trial, that one. Never the control. */
export function blamed(results: AuditResults, model: AuditedModel, finding: Finding): AuditTrial[] {
  const named = model.trials.filter((trial) => finding.trials.includes(trial.id));
  if (named.length === 1) return named;
  const value = (trial: AuditTrial): number => fooledBy(results, trial)?.value ?? -1;
  const most = Math.max(...named.map(value));
  return named.filter((trial) => trial.role !== 'noise' && value(trial) < most);
}

/** What an evaluation with the attack that misses would have reported: the first that findings of masking blame. */
export function apparent(
  results: AuditResults,
  model: AuditedModel,
): { trial: AuditTrial; robust: Rate } | undefined {
  const trials = model.findings
    .filter(({ severity }) => severity === 'masking')
    .flatMap((finding) => blamed(results, model, finding));
  const [trial] = trials.filter(({ role }) => role !== 'unbounded');
  const robust = trial && judgedAt(results, trial)?.robustAccuracy;
  return trial && robust && robust.value !== null ? { trial, robust } : undefined;
}

/** Findings of one kind and gravity: what they have in common is said once. */
export interface FindingGroup extends Pick<Finding, 'id' | 'title' | 'severity' | 'source' | 'next'> {
  readonly texts: readonly string[];
  readonly numbers: Finding['numbers'];
  readonly trials: readonly string[];
}

/** The gravest first, otherwise as they come. */
export function groupedFindings(findings: readonly Finding[], severities: readonly string[]): FindingGroup[] {
  const sorted = severities.flatMap((severity) => findings.filter((f) => f.severity === severity));
  const keys = [...new Set(sorted.map(keyOf))];
  return keys.map((key) => {
    const own = sorted.filter((f) => keyOf(f) === key);
    const numbers = new Map(
      own.flatMap((f) => f.numbers.map((n) => [`${n.label}|${n.rate.count}|${n.rate.total}`, n] as const)),
    );
    return {
      ...own[0]!,
      texts: [...new Set(own.map((f) => f.text))],
      numbers: [...numbers.values()],
      trials: [...new Set(own.flatMap((f) => f.trials))],
    };
  });
}

const keyOf = ({ severity, id, title }: Finding): string => `${severity}|${id}|${title}`;

/** Models that another model's gradient fools clearly more often than their own does: the sign of a masked gradient. */
export function betterGuides({
  models,
  transfer,
}: AuditResults): { model: AuditedModel; guide: AuditedModel; own: Rate; other: Rate }[] {
  if (!transfer) return [];
  return models.flatMap((model, column) => {
    const own = transfer.rows[column]?.[column];
    const others = models.flatMap((guide, row) => {
      const other = transfer.rows[row]?.[column];
      return row !== column && own && other && compareRates(other, own) === 'higher'
        ? [{ model, guide, own, other }]
        : [];
    });
    return others.sort((a, b) => b.other.value! - a.other.value!).slice(0, 1);
  });
}

/** A class by its name where the data have names, else by its number. */
export const className = ({ data }: AuditResults, label: number): string =>
  data.classNames[label] ?? String(label);
