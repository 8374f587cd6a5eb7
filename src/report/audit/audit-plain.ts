import type { Rate } from '../../core/base/statistics.js';
import { duration, numberText, TERMINAL } from '../../core/base/text/index.js';
import type { AuditedModel, AuditResults, AuditTrial } from '../../core/evaluation/audit-schema.js';
import { severities } from '../../core/evaluation/findings/index.js';
import { normName, STANDINGS } from './audit-wording.js';
import { conspicuous } from './conspicuous.js';
import { ROLES } from './roles.js';
import { byRole, type Finding, fooledBy, standingOf } from './select-trials.js';

const terminal = numberText(TERMINAL);

/** Nothing that a terminal could obey, and no blank that breaks the columns of a table. */
export const plain = (text: string): string =>
  text
    .replaceAll('\u00a0', ' ')
    .replaceAll('–', '-')
    .replaceAll('−', '-')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: file names may hold them, terminals obey them
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');

/** "500 images of CIFAR-10, epsilon 8/255 (Linf), seed 0, 3 min 20 s". */
export const setting = ({ data, epsilon, norm, seed, time }: AuditResults): string =>
  plain(
    [
      `${terminal.integer(data.attacked)} images of ${data.name}`,
      `epsilon ${terminal.short(epsilon)} (${norm})`,
      `seed ${seed}`,
      duration(time.used),
    ].join(', '),
  );

/** "91.2 % (456 of 500; 88.4-93.4)". */
export const rateInFull = (rate: Rate | undefined): string => terminal.rateText(rate, { counts: true });

/** "52.0 % (47.6-56.3)". */
export const rateInShort = (rate: Rate | undefined): string => terminal.rateText(rate);

/** Attack, kind, fooled, what is conspicuous. */
export const attackRows = (results: AuditResults, model: AuditedModel): string[][] =>
  byRole(model.trials).flatMap(({ role, trials }) =>
    trials.map((trial) => [
      plain(trial.id),
      ROLES[role].title.toLowerCase(),
      rateInShort(fooledBy(results, trial)),
      plain([standing(results, model, trial), ...conspicuous(trial, model)].filter(Boolean).join('; ')),
    ]),
  );

function standing(results: AuditResults, model: AuditedModel, trial: AuditTrial): string {
  const own = standingOf(results, model, trial);
  return own === 'regular' || own === 'control' ? '' : STANDINGS[own].name;
}

/**
 * Every attack on every model: a row for each attack, a column for each model, since a model's own table
 * would fill a screen.
 */
export function attackMatrix(results: AuditResults): string[][] {
  const { models } = results;
  const sorted = byRole(models.flatMap((m) => m.trials)).flatMap(({ trials }) => trials.map((t) => t.id));
  return [...new Set(sorted)].map((id) => [
    plain(id),
    ...models.map((model) => {
      const trial = model.trials.find((t) => t.id === id);
      return trial ? terminal.percent(fooledBy(results, trial)?.value) : '';
    }),
  ]);
}

/** A finding as text, with what the program that shows it may add. */
export interface FindingLine extends Pick<Finding, 'severity' | 'title' | 'text' | 'advice'> {}

/** By severity. */
export const findingLines = (model: AuditedModel): FindingLine[] =>
  severities.flatMap((severity) =>
    model.findings
      .filter((f) => f.severity === severity)
      .map(({ title, text, advice }) => ({
        severity,
        title: plain(title),
        text: plain(text),
        ...(advice && { advice }),
      })),
  );

/** What was found in the file, with its places. */
export const redFlagLines = ({ redFlags }: Pick<AuditedModel, 'redFlags'>): string[] =>
  redFlags.map(({ severity, text, where, count }) => {
    const more = count > where.length ? `; and ${terminal.integer(count - where.length)} more` : '';
    return plain(`${severity === 'warning' ? 'Red flag' : 'Note'}: ${text} (${where.join('; ')}${more}).`);
  });

export const fooledHead = ({ epsilon, norm }: AuditResults): string =>
  `fooled at epsilon ${terminal.short(epsilon)} (${normName(norm)})`;
