import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { curves } from '../figures/curves.js';
import { strengths } from '../figures/strengths.js';
import { attackTable } from './attacks-section.js';
import { anchor, verdictChip } from './cells-section.js';
import { figureCard } from './figures-section.js';
import { findings } from './findings-section.js';

/** Everything about one model: what speaks against its numbers, then the numbers. */
export function modelSection(
  results: AuditResults,
  model: AuditedModel,
  figures: ReadonlyMap<string, string>,
): Markup {
  const index = results.models.indexOf(model);
  const title =
    results.models.length > 1 ? html`${model.id} ${verdictChip(model.verdict)}` : 'What the attacks found';
  return html`<section id="${anchor(index)}"><h2>${title}</h2>
${findings(model)}
${figureCard(results, strengths, figures, model)}
${attackTable(results, model)}
${figureCard(results, curves, figures, model)}
</section>`;
}
