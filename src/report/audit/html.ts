import type { AuditResults } from '../../audit/results.js';
import { html, type Markup } from '../markup.js';
import { contents, page } from '../page.js';
import { STYLE } from '../style.js';
import { assumptions } from './sections/assumptions.js';
import { anchor } from './sections/cells.js';
import { comparison } from './sections/comparison.js';
import { definitions } from './sections/definitions.js';
import { footer } from './sections/footer.js';
import { gallery } from './sections/gallery.js';
import { modelSection } from './sections/model.js';
import { verdicts } from './sections/verdicts.js';
import { AUDIT_STYLE } from './style.js';
import { answer } from './wording.js';

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
