import type { Results } from '../../node/apps/study/study-schema.js';
import { renderSvg } from '../kit/svg.js';
import { figureName, figures } from './figures/index.js';

/**
 * Draws every figure that these results have data for: name (also a good file name, see
 * `figureName`) to standalone SVG.
 * @throws ToolkitError `package-missing`
 */
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
