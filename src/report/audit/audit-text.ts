import { table } from '../../core/base/text/index.js';
import type { AuditedModel, AuditResults } from '../../core/evaluation/audit-schema.js';
import type { Advice } from '../../core/evaluation/findings/index.js';
import {
  attackMatrix,
  attackRows,
  findingLines,
  fooledHead,
  plain,
  rateInFull,
  redFlagLines,
  setting,
} from './audit-plain.js';
import { answer } from './audit-wording.js';
import { strongestOf } from './select-trials.js';

/** What the text of an audit tells besides its results. */
export interface AuditTextOptions {
  /** What was written, and where: shown at the end. */
  readonly files?: readonly string[];
  /** What the program that shows the text adds to a finding; the command line names its flags. */
  readonly hint?: (advice: Advice) => string;
}

/** What a terminal shows of an audit: the verdicts, the attacks, the findings, where the files are. */
export function auditText(results: AuditResults, options: AuditTextOptions = {}): string {
  const { files = [] } = options;
  const several = results.models.length > 1;
  return [
    `${plain(answer(results))}.\n${setting(results)}`,
    results.data.warnings.map((w) => `warning: ${plain(w)}`).join('\n'),
    ...results.models.map((model) => verdict(results, model)),
    several ? matrix(results) : results.models.map((model) => attacks(results, model)).join(''),
    ...results.models.map((model) => findings(model, several, options)),
    ...results.models.map((model) => redFlags(model, several)),
    files.map((file) => `wrote ${plain(file)}`).join('\n'),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function verdict(results: AuditResults, model: AuditedModel): string {
  const best = strongestOf(results, model);
  const strongest = best ? `${plain(best.trial.id)}, fools ${rateInFull(best.fooled)}` : 'none';
  return [
    `${model.verdict.toUpperCase()}: ${plain(model.id)}`,
    indented(plain(model.why)),
    entry('clean accuracy', cleanText(model)),
    entry('robust accuracy', rateInFull(model.robustAccuracy)),
    entry('strongest attack', strongest),
  ].join('\n');
}

const entry = (name: string, value: string): string => `  ${name.padEnd(18)}${value}`;

/** Columns of text before a line is broken. */
const WIDTH = 96;

function indented(text: string, columns = 2): string {
  const margin = ' '.repeat(columns);
  const lines: string[] = [];
  let line = margin;
  for (const word of text.split(/\s+/)) {
    const empty = line === margin;
    if (!empty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `${margin}${word}`;
    } else line += empty ? word : ` ${word}`;
  }
  return [...lines, line].join('\n');
}

function attacks(results: AuditResults, model: AuditedModel): string {
  const rows = attackRows(results, model);
  return rows.length === 0 ? '' : table(['attack', 'kind', fooledHead(results), ''], rows);
}

function matrix(results: AuditResults): string {
  const rows = attackMatrix(results);
  if (rows.length === 0) return '';
  const head = ['attack', ...results.models.map((m) => plain(m.id))];
  return `${fooledHead(results)}, of the inputs classified correctly\n${table(head, rows)}`;
}

function redFlags(model: AuditedModel, named: boolean): string {
  const lines = redFlagLines(model).map((line) => indented(line));
  return lines.length === 0
    ? ''
    : [`in the file${named ? ` of ${plain(model.id)}` : ''}`, ...lines].join('\n');
}

/** Where the text of a finding begins. */
const MARGIN = 15;

function findings(model: AuditedModel, named: boolean, { hint }: AuditTextOptions): string {
  const lines = findingLines(model).map(({ severity, title, text, advice }) =>
    [
      `  ${`[${severity}]`.padEnd(MARGIN - 2)}${title}`,
      indented(text, MARGIN),
      ...(advice && hint ? [indented(hint(advice), MARGIN)] : []),
    ].join('\n'),
  );
  if (lines.length === 0) return '';
  return [`findings${named ? `, ${plain(model.id)}` : ''}`, ...lines].join('\n');
}

/** Also on more images than were attacked, where the input format was tried on more. */
function cleanText({ cleanAccuracy, testAccuracy }: AuditedModel): string {
  const attacked = rateInFull(cleanAccuracy);
  if (!testAccuracy || testAccuracy.total <= cleanAccuracy.total) return attacked;
  return `${attacked}; without attacks on more images ${rateInFull(testAccuracy)}`;
}
