import type { Results } from '../node/apps/study/study-schema.js';
import { drawFigures } from './kit/draw-figures.js';
import { type Figure, figureName, figures } from './study/figures/index.js';

export { type GalleryRow, galleryPng } from './kit/gallery-png.js';
export { type RenderOptions, renderSvg } from './kit/svg.js';
export { type Figure, type FigureSection, figureName, figures } from './study/figures/index.js';
export { type ReportParts, renderReport } from './study/study-html.js';

/**
 * Draws every figure that these results have data for: name (also a good file name, see `figureName`) to
 * standalone SVG.
 */
export const renderFigures = (results: Results): Promise<Map<string, string>> =>
  drawFigures(
    Object.values<Figure>(figures)
      .filter((figure) => figure.applies(results))
      .map((figure) => ({
        name: figureName(figure, results),
        description: figure.title,
        spec: () => figure.spec(results),
      })),
  );
