import type { Results } from '../studies/results.js';
import { figures } from './figures/index.js';
import { renderSvg } from './svg.js';

export { type Figure, type FigureSection, figures } from './figures/index.js';
export { type GalleryRow, galleryPng } from './gallery.js';
export { type ReportParts, renderReport } from './html.js';
export { type RenderOptions, renderSvg } from './svg.js';

/** Draws every figure that these results have data for: figure id (also a good file name) to standalone SVG. */
export async function renderFigures(results: Results): Promise<Map<string, string>> {
  const drawn = new Map<string, string>();
  // One after the other: vega is synchronous work, and figures keep the order of the registry.
  for (const { id, title, applies, spec } of figures) {
    if (applies(results)) drawn.set(id, await renderSvg(spec(results), { id, description: title }));
  }
  return drawn;
}
