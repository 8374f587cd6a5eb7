import type { AuditResults } from '../../core/evaluation/audit-schema.js';
import { html, type Markup } from '../kit/markup.js';
import { contents, page } from '../kit/page.js';
import { STYLE } from '../kit/page-style.js';
import { AUDIT_STYLE } from './audit-style.js';
import { answer } from './audit-wording.js';
import { assumptions } from './sections/assumptions-section.js';
import { anchor } from './sections/cells-section.js';
import { comparison } from './sections/comparison-section.js';
import { definitions } from './sections/definitions-section.js';
import { footer } from './sections/footer-section.js';
import { gallery } from './sections/gallery-section.js';
import { modelSection } from './sections/model-section.js';
import { verdicts } from './sections/verdicts-section.js';

export interface AuditParts {
  /** Name of a figure to its SVG, as `auditFigures` returns it. Missing figures are left out. */
  readonly figures: ReadonlyMap<string, string>;
  /** Gallery files, by the path that the results name: the bytes of PNG images. */
  readonly images: ReadonlyMap<string, Uint8Array>;
}

/**
 * The report of an audit as one self-contained HTML page: style, figures and pictures inside, no scripts, nothing loaded from
 * anywhere. The verdict comes first.
 *
 * All text that comes from the results is escaped; sections without data are left out.
 */
export function renderAudit(results: AuditResults, { figures, images }: AuditParts): string {
  const { models } = results;
  const parts: [string, string, Markup | undefined][] = [
    ['assumptions', 'Assumptions', assumptions(results)],
    ...models.map((model, i): [string, string, Markup] => [
      anchor(i),
      models.length > 1 ? model.id : 'Attacks',
      modelSection(results, model, figures),
    ]),
    ['comparison', 'Comparison', comparison(results, figures)],
    ['gallery', 'Gallery', gallery(results, images)],
    ['definitions', 'Definitions', definitions(results)],
  ];
  const shown = parts.filter(([, , markup]) => markup !== undefined);
  return page(
    { title: `${answer(results)}: audit, Foolproof`, toolkit: results.toolkit, style: STYLE + AUDIT_STYLE },
    html`${verdicts(results)}
${contents(shown)}
${shown.map(([, , markup]) => markup)}
${footer(results)}`,
  );
}
