import type * as Vega from 'vega';
import type { TopLevelSpec } from 'vega-lite';
import { loadVega } from './drawing-packages.js';
import { escapeHtml } from './markup.js';
import { config } from './theme.js';

/** How a figure is drawn. */
export interface RenderOptions {
  /** Prefix of the ids inside the SVG, so that several can be in one page. */
  readonly id?: string;
  /** Read out instead of the picture. */
  readonly description?: string;
  /** Receives what vega and vega-lite complain about; by default that is dropped. */
  readonly onWarning?: (message: string) => void;
}

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
  /** Longer text is cut by vega and ends in an ellipsis. */
  readonly limit?: number;
}

/**
 * Exported by vega for replacement ("user defined textMetrics.width"), but missing from its type
 * declarations.
 */
interface TextMetrics {
  width(item: TextItem, text: string): number;
}

/**
 * Draws a Vega-Lite specification, with the theme of all figures, as one standalone SVG.
 *
 * No browser, no canvas, no network: the specification must carry its data.
 *
 * @throws ToolkitError `package-missing`
 */
export async function renderSvg(spec: TopLevelSpec, options: RenderOptions = {}): Promise<string> {
  const { vega, compile } = await loadVega();
  const { textMetrics } = vega as unknown as { textMetrics: TextMetrics };
  textMetrics.width = textWidth;
  const errors: string[] = [];
  const logger = quietLogger(options.onWarning ?? (() => {}), (message) => errors.push(message));
  const compiled = compile({ ...spec, config: { ...config, ...spec.config } } as TopLevelSpec, { logger });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none', logger });
  try {
    const svg = await view.toSVG();
    // Vega logs what goes wrong inside its dataflow and draws on; half a figure must not pass for a whole
    // one.
    if (errors.length > 0)
      throw new Error(`figure "${options.id ?? ''}" cannot be drawn: ${errors.join('; ')}`);
    return describe(tidy(svg, options.id ?? 'figure'), options.description);
  } finally {
    view.finalize();
  }
}

/**
 * Advance widths in em by kind of character, of DejaVu Sans: the widest face that the font list may end in.
 */
const WIDTHS: readonly (readonly [RegExp, number])[] = [
  [/[ijl.,:;'|!\u00a0 ]/, 0.32],
  [/[frtI()[\]/\\-]/, 0.4],
  [/[mw%MW@ετ→–—…]/, 0.95],
  [/[A-Z&#+=<>~−]/, 0.75],
  [/[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]/, 0.38],
];

/** Estimated width in pixels. Vega's own guess without a canvas, 0.8 em a character, is half too wide. */
function textWidth(item: TextItem, text: string): number {
  const bold = item.fontWeight === 'bold' || Number(item.fontWeight) >= 600 ? 1.07 : 1;
  let em = 0;
  for (const character of String(text)) em += WIDTHS.find(([kind]) => kind.test(character))?.[1] ?? 0.63;
  const width = em * bold * (item.fontSize ?? 11);
  return item.limit && item.limit > 0 ? Math.min(item.limit, width) : width;
}

/**
 * Ids that cannot clash in one page, and coordinates to a hundredth of a pixel (which also halves the size).
 */
function tidy(svg: string, id: string): string {
  const names = new Map<string, string>();
  for (const [, name] of svg.matchAll(
    /<(?:clipPath|linearGradient|radialGradient|pattern)[^>]* id="([^"]+)"/g,
  )) {
    if (name !== undefined) names.set(name, `${id}-${names.size + 1}`);
  }
  return svg
    .replace(/( id="|url\(#)([^")]+)(?=["]|\))/g, (all, before: string, name: string) =>
      names.has(name) ? before + names.get(name) : all,
    )
    .replace(/ (d|transform|x|y|width|height|x1|x2|y1|y2)="[^"]*"/g, (attribute) =>
      attribute.replace(/-?\d+\.\d{3,}(e-?\d+)?/g, (number) => String(Number(Number(number).toFixed(2)))),
    );
}

function describe(svg: string, description: string | undefined): string {
  return description === undefined
    ? svg
    : svg.replace('<svg ', () => `<svg role="img" aria-label="${escapeHtml(description)}" `);
}

function quietLogger(
  onWarning: (message: string) => void,
  onError: (message: string) => void,
): Vega.LoggerInterface {
  const to = (receive: (message: string) => void) => {
    return (...parts: readonly unknown[]): Vega.LoggerInterface => {
      receive(parts.map(String).join(' '));
      return logger;
    };
  };
  const ignore = (): Vega.LoggerInterface => logger;
  const logger = {
    level: ignore,
    error: to(onError),
    warn: to(onWarning),
    info: ignore,
    debug: ignore,
  } as Vega.LoggerInterface;
  return logger;
}
