import { compareRates, type Rate } from '../../core/base/statistics.js';
import type { AuditedModel, AuditResults, AuditTrial } from '../../core/evaluation/audit-schema.js';
import { roleNames } from './roles.js';

export type Finding = AuditedModel['findings'][number];
export type Point = AuditTrial['points'][number];

/** Epsilons come out of multiplications, so that equal ones may differ in their last bits. */
const TOLERANCE = 1e-9;

const same = (a: number, b: number): boolean =>
  Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));

/**
 * Where a trial is judged: at the audited epsilon; of an attack without bound, which was not tried there, at
 * its largest. Undefined when it was tried at neither.
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

/** The strongest attack on a model with what it fools; undefined where none fools anything. */
export function strongestOf(
  results: Pick<AuditResults, 'epsilon'>,
  model: AuditedModel,
): { trial: AuditTrial; fooled: Rate | undefined } | undefined {
  const trial = trialOf(model, model.strongest);
  return trial && { trial, fooled: fooledBy(results, trial) };
}

/**
 * Trials by what they are for, in the order in which success is expected to rise; roles without any are left
 * out.
 */
export function byRole(
  trials: readonly AuditTrial[],
): { readonly role: AuditTrial['role']; readonly trials: AuditTrial[] }[] {
  return roleNames.flatMap((role) => {
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
 * - `regular`: anything else
 */
export type Standing = 'reveals' | 'misses' | 'doubtful' | 'control' | 'regular';

export function standingOf(results: AuditResults, model: AuditedModel, trial: AuditTrial): Standing {
  const of = (severity: Finding['severity']) =>
    model.findings.filter((f) => f.severity === severity && f.trials.includes(trial.id));
  const masking = of('masking');
  if (masking.some((finding) => blamed(results, model, finding).includes(trial))) return 'misses';
  if (masking.length > 0) return 'reveals';
  if (of('unreliable').some((finding) => blamed(results, model, finding).includes(trial))) return 'doubtful';
  return trial.role === 'noise' || trial.role === 'unbounded' ? 'control' : 'regular';
}

/**
 * Of the trials that a finding compares, those that fool fewer than the best; of a single trial, that one.
 * Never the control.
 */
export function blamed(results: AuditResults, model: AuditedModel, finding: Finding): AuditTrial[] {
  const named = model.trials.filter((trial) => finding.trials.includes(trial.id));
  if (named.length === 1) return named;
  const value = (trial: AuditTrial): number => fooledBy(results, trial)?.value ?? -1;
  const best = Math.max(...named.map(value));
  return named.filter((trial) => trial.role !== 'noise' && value(trial) < best);
}

/**
 * What an evaluation with the attack that misses would have reported: the first that findings of masking
 * blame.
 */
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

/** Findings of one kind and severity: what they have in common is said once. */
export interface FindingGroup extends Pick<Finding, 'id' | 'title' | 'severity' | 'source' | 'next'> {
  readonly texts: readonly string[];
  readonly numbers: Finding['numbers'];
  readonly trials: readonly string[];
}

/** By severity, otherwise as they come. */
export function groupedFindings(findings: readonly Finding[], severities: readonly string[]): FindingGroup[] {
  const sorted = severities.flatMap((severity) => findings.filter((f) => f.severity === severity));
  const groups = new Map<string, Finding[]>();
  for (const finding of sorted) {
    const key = `${finding.severity}|${finding.id}|${finding.title}`;
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()].flatMap((own) => {
    const [first] = own;
    if (!first) return [];
    const { id, title, severity, source, next } = first;
    const numbers = new Map(
      own.flatMap((f) => f.numbers.map((n) => [`${n.label}|${n.rate.count}|${n.rate.total}`, n] as const)),
    );
    return [
      {
        ...{ id, title, severity, source, next },
        texts: [...new Set(own.map((f) => f.text))],
        numbers: [...numbers.values()],
        trials: [...new Set(own.flatMap((f) => f.trials))],
      },
    ];
  });
}

/**
 * A model that another model's gradient fools clearly more often than its own does: the sign of a masked
 * gradient.
 */
export interface BetterSource {
  readonly model: AuditedModel;
  /** The model whose gradient does better. */
  readonly source: AuditedModel;
  readonly own: Rate;
  readonly other: Rate;
}

export function betterSources({ models, transfer }: AuditResults): BetterSource[] {
  if (!transfer) return [];
  return models.flatMap((model, column) => {
    const own = transfer.rows[column]?.[column];
    const others = models.flatMap((source, row): BetterSource[] => {
      const other = transfer.rows[row]?.[column];
      return row !== column && own && other && compareRates(other, own) === 'higher'
        ? [{ model, source, own, other }]
        : [];
    });
    return others.sort((a, b) => (b.other.value ?? 0) - (a.other.value ?? 0)).slice(0, 1);
  });
}

/** A class by its name where the data have names, else by its number. */
export const className = ({ data }: AuditResults, label: number): string =>
  data.classNames[label] ?? String(label);
