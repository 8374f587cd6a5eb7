import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import { verdictChip } from '../../kit/chips.js';
import { html, type Markup } from '../../kit/markup.js';
import { section } from '../../kit/page.js';
import { anchor } from '../audit-wording.js';
import { curves } from '../figures/curves.js';
import { figureCard } from '../figures/figure-card.js';
import { strengths } from '../figures/strengths.js';
import { attackTable } from './attacks-section.js';
import { findings } from './findings-section.js';
import { redFlagList } from './red-flags-section.js';

/** Everything about one model: what speaks against its numbers, then the numbers. */
export function modelSection(
  results: AuditResults,
  model: AuditedModel,
  figures: ReadonlyMap<string, string>,
): Markup {
  const { models } = results;
  return section(
    anchor(models.indexOf(model)),
    models.length > 1 ? html`${model.id} ${verdictChip(model.verdict)}` : 'What the attacks found',
    findings(model),
    redFlagList(model),
    figureCard(results, strengths, figures, model),
    attackTable(results, model),
    figureCard(results, curves, figures, model),
  );
}
