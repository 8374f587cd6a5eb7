import type { AuditResults } from '../../core/evaluation/audit-schema.js';
import { page, type Section } from '../kit/page.js';
import { anchor, answer, nameOf } from './audit-wording.js';
import { assumptions } from './sections/assumptions-section.js';
import { comparison } from './sections/comparison-section.js';
import { auditDefinitions } from './sections/definitions-section.js';
import { footer } from './sections/footer-section.js';
import { gallery } from './sections/gallery-section.js';
import { modelSection } from './sections/model-section.js';
import { verdicts } from './sections/verdicts-section.js';

/** What the page of an audit is made of besides its results. */
export interface AuditParts {
  /** Name of a figure to its SVG, as `auditFigures` returns it. Missing figures are left out. */
  readonly figures: ReadonlyMap<string, string>;
  /** Gallery files, by the path that the results name: the bytes of PNG images. */
  readonly images: ReadonlyMap<string, Uint8Array>;
}

/**
 * The report of an audit as one self-contained HTML page, the verdict first.
 *
 * All text that comes from the results is escaped; sections without data are left out.
 */
export function renderAudit(results: AuditResults, { figures, images }: AuditParts): string {
  return page({
    title: `${answer(results)}: audit, Foolproof`,
    toolkit: results.toolkit,
    header: verdicts(results),
    sections: [
      { id: 'assumptions', name: 'Assumptions', body: assumptions(results) },
      ...results.models.map(
        (model, i): Section => ({
          id: anchor(i),
          name: nameOf(results, model, 'Attacks'),
          body: modelSection(results, model, figures),
        }),
      ),
      { id: 'comparison', name: 'Comparison', body: comparison(results, figures) },
      { id: 'gallery', name: 'Gallery', body: gallery(results, images) },
      { id: 'definitions', name: 'Definitions', body: auditDefinitions(results) },
    ],
    footer: footer(results),
  });
}
