import { markdownTable } from '../../core/base/text/index.js';
import type { AuditedModel, AuditResults } from '../../core/evaluation/audit-schema.js';
import { VERDICT_LOOKS } from '../kit/chips.js';
import {
  attackMatrix,
  attackRows,
  findingLines,
  fooledHead,
  plain,
  rateInShort,
  redFlagLines,
  setting,
} from './audit-plain.js';
import { answer } from './audit-wording.js';
import { strongestOf } from './select-trials.js';

/** An audit as Markdown, for the summary of a job: verdicts, findings, and the attacks folded away. */
export function auditMarkdown(results: AuditResults): string {
  const { models, data } = results;
  const attacks =
    models.length > 1
      ? markdownTable(
          ['attack', ...models.map((m) => safe(m.id))],
          attackMatrix(results).map((row) => row.map(safe)),
        )
      : models
          .map((model) =>
            markdownTable(
              ['attack', 'kind', 'fooled', ''],
              attackRows(results, model).map((row) => row.map(safe)),
            ),
          )
          .join('');
  return `${[
    `## ${safe(answer(results))}`,
    safe(`Foolproof audit: ${setting(results)}.`),
    ...data.warnings.map((warning) => `> ${safe(warning)}`),
    markdownTable(
      ['model', 'verdict', 'clean accuracy', 'robust accuracy', 'strongest attack', 'it fools'],
      models.map((model) => row(results, model)),
    ),
    ...models.map((model) => `**${safe(model.id)}**: ${safe(model.why)}`),
    ...models.flatMap((model) => findings(model, models.length > 1)),
    ...models.flatMap((model) => redFlagLines(model).map((line) => `- ${safe(line)}`)),
    `<details><summary>Every attack, ${safe(fooledHead(results))}</summary>\n\n${attacks}\n\n</details>`,
  ].join('\n\n')}\n`;
}

function row(results: AuditResults, model: AuditedModel): string[] {
  const best = strongestOf(results, model);
  return [
    safe(model.id),
    `${VERDICT_LOOKS[model.verdict].sign} **${model.verdict}**`,
    rateInShort(model.cleanAccuracy),
    rateInShort(model.robustAccuracy),
    best ? safe(best.trial.id) : 'none',
    rateInShort(best?.fooled),
  ];
}

function findings(model: AuditedModel, named: boolean): string[] {
  const lines = findingLines(model).map(
    ({ severity, title, text }) => `- **${severity}**, ${safe(title)}: ${safe(text)}`,
  );
  return lines.length === 0 ? [] : [`### Findings${named ? `: ${safe(model.id)}` : ''}`, lines.join('\n')];
}

/** Names from anywhere, as text that is neither markup nor HTML. Bars are left to tables. */
const safe = (text: string): string =>
  plain(text)
    .replace(/[\\`*_[\]#~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
