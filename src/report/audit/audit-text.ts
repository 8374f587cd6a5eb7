import { table } from '../../core/base/text/index.js';
import type { AuditedModel, AuditResults } from '../../core/evaluation/audit-schema.js';
import {
  attackMatrix,
  attackRows,
  findingLines,
  fooledHead,
  plain,
  rateInFull,
  setting,
} from './audit-plain.js';
import { answer } from './audit-wording.js';
import { fooledBy, trialOf } from './select-trials.js';

export interface AuditTextOptions {
  /** What was written, and where: shown at the end. */
  readonly files?: readonly string[];
}

/** What a terminal shows of an audit: the verdicts, the attacks, the findings, where the files are. */
export function auditText(results: AuditResults, { files = [] }: AuditTextOptions = {}): string {
  const several = results.models.length > 1;
  return [
    `${plain(answer(results))}.\n${setting(results)}`,
    ...(results.data.warnings.length > 0
      ? [results.data.warnings.map((w) => `warning: ${plain(w)}`).join('\n')]
      : []),
    ...results.models.map((model) => verdict(results, model)),
    several ? matrix(results) : results.models.map((model) => attacks(results, model)).join(''),
    ...results.models.map((model) => findings(model, several)),
    files.map((file) => `wrote ${plain(file)}`).join('\n'),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function verdict(results: AuditResults, model: AuditedModel): string {
  const best = trialOf(model, model.strongest);
  const fooled = best && fooledBy(results, best);
  const rows = [
    ['clean accuracy', rateInFull(model.cleanAccuracy)],
    ['robust accuracy', rateInFull(model.robustAccuracy)],
    ['strongest attack', best ? `${plain(best.id)}, fools ${fooled ? rateInFull(fooled) : '-'}` : 'none'],
  ];
  return [
    `${model.verdict.toUpperCase()}: ${plain(model.id)}`,
    indented(plain(model.why)),
    ...rows.map(([name, value]) => `  ${name!.padEnd(18)}${value}`),
  ].join('\n');
}

/** Columns of text before a line is broken. */
const WIDTH = 96;

function indented(text: string, columns = 2): string {
  const margin = ' '.repeat(columns);
  const lines = [margin];
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1)}${lines.at(-1)!.trim() && ' '}${word}`;
    if (longer.length > WIDTH && lines.at(-1)!.trim() !== '') lines.push(`${margin}${word}`);
    else lines[lines.length - 1] = longer;
  }
  return lines.join('\n');
}

function attacks(results: AuditResults, model: AuditedModel): string {
  const rows = attackRows(results, model);
  return rows.length === 0 ? '' : table(['attack', 'kind', fooledHead(results), ''], rows);
}

function matrix(results: AuditResults): string {
  const rows = attackMatrix(results);
  if (rows.length === 0) return '';
  return `${fooledHead(results)}, of the inputs classified correctly\n${table(['attack', ...results.models.map((m) => plain(m.id))], rows)}`;
}

/** Where the text of a finding begins. */
const MARGIN = 15;

function findings(model: AuditedModel, named: boolean): string {
  const lines = findingLines(model).map(
    ({ severity, title, text }) =>
      `  ${`[${severity}]`.padEnd(MARGIN - 2)}${title}\n${indented(text, MARGIN)}`,
  );
  if (lines.length === 0) return '';
  return [`findings${named ? `, ${plain(model.id)}` : ''}`, ...lines].join('\n');
}
