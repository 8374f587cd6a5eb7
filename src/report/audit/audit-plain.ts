import type { Rate } from '../../core/base/statistics.js';
import { duration } from '../../core/base/text/index.js';
import type { AuditedModel, AuditResults, AuditTrial } from '../../core/evaluation/audit-schema.js';
import { severities } from '../../core/evaluation/findings/index.js';
import { counts, interval, percent, short } from '../kit/number-text.js';
import { normName, ROLES, STANDINGS } from './audit-wording.js';
import { notable } from './notable-findings.js';
import { byRole, fooledBy, standingOf } from './select-trials.js';

/** Nothing that a terminal could obey, and no blank that breaks the columns of a table. */
export const plain = (text: string): string =>
  text
    .replaceAll('\u00a0', ' ')
    .replaceAll('–', '-')
    .replaceAll('−', '-')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: names of files may hold them, and terminals act on them
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');

/** "500 images of CIFAR-10, epsilon 8/255 (Linf), seed 0, 3 min 20 s". */
export const setting = ({ data, epsilon, norm, seed, time }: AuditResults): string =>
  plain(
    `${data.attacked} images of ${data.name}, epsilon ${short(epsilon)} (${norm}), seed ${seed}, ${duration(time.used)}`,
  );

/** "91.2 % (456 of 500; 88.4-93.4)". */
export const rateInFull = (rate: Rate): string =>
  plain(rate.value === null ? 'not measured' : `${percent(rate.value)} (${counts(rate)}; ${interval(rate)})`);

/** "52.0 % (47.6-56.3)". */
export const rateInShort = (rate: Rate | undefined): string =>
  plain(rate?.value == null ? '-' : `${percent(rate.value)} (${interval(rate)})`);

/** Attack, kind, fooled, what is conspicuous. */
export const attackRows = (results: AuditResults, model: AuditedModel): string[][] =>
  byRole(model.trials).flatMap(({ role, trials }) =>
    trials.map((trial) => [
      plain(trial.id),
      ROLES[role].title.toLowerCase(),
      rateInShort(fooledBy(results, trial)),
      plain([standing(results, model, trial), ...notable(trial, model)].filter(Boolean).join('; ')),
    ]),
  );

function standing(results: AuditResults, model: AuditedModel, trial: AuditTrial): string {
  const own = standingOf(results, model, trial);
  return own === 'usual' || own === 'control' ? '' : STANDINGS[own].name;
}

/** Every attack on every model: a row for each attack, a column for each model, since a model's own table would fill a screen. */
export function attackMatrix(results: AuditResults): string[][] {
  const { models } = results;
  const ids = [
    ...new Set(byRole(models.flatMap((m) => m.trials)).flatMap(({ trials }) => trials.map((t) => t.id))),
  ];
  return ids.map((id) => [
    plain(id),
    ...models.map((model) => {
      const trial = model.trials.find((t) => t.id === id);
      return trial
        ? plain(percent(fooledBy(results, trial)?.value ?? null)).replace('not measured', '-')
        : '';
    }),
  ]);
}

/** The gravest first. */
export const findingLines = (model: AuditedModel): { severity: string; title: string; text: string }[] =>
  severities.flatMap((severity) =>
    model.findings
      .filter((f) => f.severity === severity)
      .map(({ title, text }) => ({ severity, title: plain(title), text: plain(text) })),
  );

export const fooledHead = ({ epsilon, norm }: AuditResults): string =>
  `fooled at epsilon ${short(epsilon)} (${normName(norm)})`;
