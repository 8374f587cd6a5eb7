import type { TopLevelSpec } from 'vega-lite';

/** Unquoted on purpose: the list is valid in CSS and needs no escaping inside an SVG attribute. */
export const FONT = 'system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif';

export const COLOURS = {
  ink: '#1c2430',
  text: '#3b4656',
  muted: '#6b7686',
  paper: '#8b94a1',
  grid: '#e9ecf0',
  band: '#f4f5f7',
  /** Gradients that are exactly zero, in every figure: the colour of a warning. */
  zero: '#cc4125',
} as const;

/** Okabe and Ito 2008: distinct also with colour blindness. */
const CATEGORIES = ['#1c2430', '#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

export const categoryColour = (index: number): string => CATEGORIES[index % CATEGORIES.length] ?? COLOURS.ink;

/** Look of one line, row or group. */
export interface SeriesStyle {
  /** Display name, unique in a figure. */
  readonly name: string;
  readonly colour: string;
  /** The same hue, dark enough for small type on white. */
  readonly textColour: string;
  readonly lineWidth: number;
}

export function mix(colour: string, other: string, share: number): string {
  const channel = (hex: string, i: number): number => Number.parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
  const mixed = [0, 1, 2].map((i) =>
    Math.round((1 - share) * channel(colour, i) + share * channel(other, i)),
  );
  return `#${mixed.map((c) => c.toString(16).padStart(2, '0')).join('')}`;
}

export const shades = (colour: string) => ({ colour, textColour: mix(colour, COLOURS.ink, 0.32) });

/** Colours of the first, second ... of some things that only have to differ. */
export const seriesLook = (index: number): Omit<SeriesStyle, 'name'> => ({
  ...shades(categoryColour(index)),
  lineWidth: 2,
});

/**
 * The look of all figures. Marks for assistive technology are off: each SVG carries one description instead.
 */
export const config: NonNullable<TopLevelSpec['config']> = {
  font: FONT,
  background: '#ffffff',
  padding: 10,
  aria: false,
  view: { stroke: null },
  concat: { spacing: 28 },
  title: {
    anchor: 'start',
    frame: 'group',
    fontSize: 14,
    fontWeight: 600,
    color: COLOURS.ink,
    subtitleColor: COLOURS.muted,
    subtitleFontSize: 12,
    // One height for lines of both, so that headings of as many lines start level, see `panelHeads`.
    lineHeight: 16,
    subtitleLineHeight: 16,
    subtitlePadding: 3,
    offset: 12,
  },
  axis: {
    domainColor: '#c3c9d2',
    tickColor: '#c3c9d2',
    gridColor: COLOURS.grid,
    labelColor: COLOURS.text,
    labelFontSize: 12,
    labelPadding: 5,
    titleColor: COLOURS.text,
    titleFontSize: 12,
    titleFontWeight: 500,
    titlePadding: 9,
    tickSize: 4,
  },
  axisX: { grid: false },
  axisY: { domain: false, ticks: false, grid: true },
  text: { fontSize: 12, color: COLOURS.text },
};
