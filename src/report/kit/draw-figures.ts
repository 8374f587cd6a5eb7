import type { TopLevelSpec } from 'vega-lite';
import { renderSvg } from './svg.js';

/** A figure that is to be drawn. */
export interface FigureDrawing {
  /** Name of the drawn figure, also a good file name. */
  readonly name: string;
  /** Read out instead of the picture. */
  readonly description: string;
  spec(): TopLevelSpec;
}

/** Standalone SVGs by the name of the figure, in the order given. */
export async function drawFigures(drawings: readonly FigureDrawing[]): Promise<Map<string, string>> {
  const drawn = new Map<string, string>();
  // One after the other: vega is synchronous work.
  for (const { name, description, spec } of drawings)
    drawn.set(name, await renderSvg(spec(), { id: name, description }));
  return drawn;
}
