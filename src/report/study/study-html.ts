import { decapitalized } from '../../core/base/text/index.js';
import type { Results } from '../../node/apps/study/study-schema.js';
import type { Markup } from '../kit/markup.js';
import { page, type Section, section } from '../kit/page.js';
import type { FigureSection } from './figures/study-figure.js';
import { claims } from './sections/claims-section.js';
import { studyDefinitions } from './sections/definitions-section.js';
import { figureCards } from './sections/figures-section.js';
import { footer } from './sections/footer-section.js';
import { gallery } from './sections/gallery-section.js';
import { headline } from './sections/headline-section.js';
import { inhibition } from './sections/inhibition-section.js';
import { models } from './sections/models-section.js';
import { setup } from './sections/setup-section.js';

/** What the page of a study is made of besides its results. */
export interface ReportParts {
  /** Name of a figure to its SVG, as `renderFigures` returns it. Missing figures are left out. */
  readonly figures: ReadonlyMap<string, string>;
  /** Gallery files, by the path that the results name: PNG bytes or `data:image/png;base64,` URIs. */
  readonly images: ReadonlyMap<string, Uint8Array | string>;
}

/**
 * The report of a study as one self-contained HTML page.
 *
 * All text that comes from the results is escaped; sections without data are left out.
 */
export function renderReport(results: Results, { figures, images }: ReportParts): string {
  const cards = (part: FigureSection): Markup[] => figureCards(results, part, figures);
  const figureSection = (id: FigureSection, name: string, title: string): Section => {
    const own = cards(id);
    return { id, name, body: own.length === 0 ? undefined : section(id, title, own) };
  };
  const cause = results.weights.length > 0 ? 'Weights and gradients' : 'Gradients';
  return page({
    title: `${results.dataset.name}: adversarial analysis, Foolproof`,
    toolkit: results.toolkit,
    header: headline(results),
    sections: [
      { id: 'setup', name: 'What was done', body: setup(results) },
      { id: 'models', name: 'Models', body: models(results) },
      { id: 'claims', name: 'Claims', body: claims(results) },
      figureSection('accuracy', 'Accuracy', 'Accuracy and training'),
      figureSection('attack', 'Attack', 'The attack'),
      figureSection('cause', cause, `Why: ${decapitalized(cause)}`),
      { id: 'inhibition', name: 'Gradient inhibition', body: inhibition(results, cards('inhibition')) },
      { id: 'gallery', name: 'Gallery', body: gallery(results, images) },
      { id: 'definitions', name: 'Definitions', body: studyDefinitions(results) },
    ],
    footer: footer(results),
  });
}
