import type { Results } from '../node/apps/study/study-schema.js';
import { renderSvg } from './kit/svg.js';
import { figureName, figures } from './study/figures/index.js';

export { type GalleryRow, galleryPng } from './kit/gallery-png.js';
export { type RenderOptions, renderSvg } from './kit/svg.js';
export { type Figure, type FigureSection, figureName, figures } from './study/figures/index.js';
export { type ReportParts, renderReport } from './study/study-html.js';

/** Draws every figure that these results have data for: name (also a good file name, see `figureName`) to standalone SVG. */
export async function renderFigures(results: Results): Promise<Map<string, string>> {
  const drawn = new Map<string, string>();
  // One after the other: vega is synchronous work, and figures keep the order of the registry.
  for (const figure of figures) {
    if (!figure.applies(results)) continue;
    const name = figureName(figure, results);
    drawn.set(name, await renderSvg(figure.spec(results), { id: name, description: figure.title }));
  }
  return drawn;
}
