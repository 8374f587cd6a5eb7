import type { Results } from '../../node/apps/study/study-schema.js';
import { drawFigures } from '../kit/draw-figures.js';
import { type Figure, figureName, figures } from './figures/index.js';

/**
 * Draws every figure that these results have data for: name (a good file name, see
 * `figureName`) to standalone SVG.
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
