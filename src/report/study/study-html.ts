import { decapitalized } from '../../core/base/text/index.js';
import type { Results } from '../../node/apps/study/study-schema.js';
import { html, type Markup } from '../kit/markup.js';
import { contents, page } from '../kit/page.js';
import { STYLE } from '../kit/page-style.js';
import { claims } from './sections/claims-section.js';
import { definitions } from './sections/definitions-section.js';
import { figureCards } from './sections/figures-section.js';
import { footer } from './sections/footer-section.js';
import { gallery } from './sections/gallery-section.js';
import { headline } from './sections/headline-section.js';
import { inhibition } from './sections/inhibition-section.js';
import { models } from './sections/models-section.js';
import { setup } from './sections/setup-section.js';

export interface ReportParts {
  /** Name of a figure to its SVG, as `renderFigures` returns it. Missing figures are left out. */
  readonly figures: ReadonlyMap<string, string>;
  /** Gallery files, by the path that the results name: PNG bytes or `data:image/png;base64,` URIs. */
  readonly images: ReadonlyMap<string, Uint8Array | string>;
}

/**
 * One self-contained HTML page: style, figures and pictures inside, no scripts, nothing loaded from anywhere.
 *
 * All text that comes from the results is escaped; sections without data are left out.
 */
export function renderReport(results: Results, { figures, images }: ReportParts): string {
  const cards = (part: Parameters<typeof figureCards>[1]): Markup[] => figureCards(results, part, figures);
  const parts: [string, string, Markup | undefined][] = [
    ['setup', 'What was done', setup(results)],
    ['models', 'Models', models(results)],
    ['claims', 'Claims', claims(results)],
    ['accuracy', 'Accuracy', figureSection('accuracy', 'Accuracy and training', cards('accuracy'))],
    ['attack', 'Attack', figureSection('attack', 'The attack', cards('attack'))],
    [
      'cause',
      cause(results),
      figureSection('cause', `Why: ${decapitalized(cause(results))}`, cards('cause')),
    ],
    ['inhibition', 'Gradient inhibition', inhibition(results, cards('inhibition'))],
    ['gallery', 'Gallery', gallery(results, images)],
    ['definitions', 'Definitions', definitions(results)],
  ];
  const shown = parts.filter(([, , markup]) => markup !== undefined);
  return page(
    {
      title: `${results.dataset.name}: adversarial analysis, Foolproof`,
      toolkit: results.toolkit,
      style: STYLE,
    },
    html`${headline(results)}
${contents(shown)}
${shown.map(([, , markup]) => markup)}
${footer(results)}`,
  );
}

const cause = ({ weights }: Results): string => (weights.length > 0 ? 'Weights and gradients' : 'Gradients');

function figureSection(id: string, title: string, cards: readonly Markup[]): Markup | undefined {
  return cards.length === 0 ? undefined : html`<section id="${id}"><h2>${title}</h2>${cards}</section>`;
}
