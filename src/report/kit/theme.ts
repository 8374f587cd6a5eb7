import type { TopLevelSpec } from 'vega-lite';
import type { Results } from '../../node/apps/study/study-schema.js';
import { familiesOf, isCompressed } from '../study/families.js';
import type { Model } from '../study/select-results.js';

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

/** From little to much compression; lightness rises steadily, so the order survives colour blindness and grey print. */
const RAMP = ['#5a4fcf', '#3a86c8', '#2fa8ae', '#62c07a', '#b9cb3f'];

/** Okabe and Ito 2008, for several networks. */
const CATEGORIES = ['#1c2430', '#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

export interface ModelStyle {
  /** Display name, made unique. */
  readonly name: string;
  readonly colour: string;
  /** The same hue, dark enough for small type on white. */
  readonly textColour: string;
  readonly lineWidth: number;
}

/** Look of every model, by id: one place, so that a model has one colour in all figures. Unknown ids get a grey. */
export function modelStyles(results: Results): (id: string) => ModelStyle {
  const repeated = (label: string): boolean => results.models.filter((m) => m.label === label).length > 1;
  const families = familiesOf(results.models);
  /** Models with a colour of their own; others have a shade of their family's. */
  const own = families.flatMap(({ base, others }) => [base, ...others.filter((m) => !isCompressed(m))]);

  const styles = new Map<string, ModelStyle>();
  for (const { base, others } of families) {
    const compressed = [base, ...others].filter(isCompressed).sort((a, b) => storedShare(b) - storedShare(a));
    for (const model of [base, ...others]) {
      const rank = compressed.indexOf(model);
      const hue = CATEGORIES[own.indexOf(rank < 0 ? model : base) % CATEGORIES.length]!;
      styles.set(model.id, {
        name: repeated(model.label) ? `${model.label} (${model.id})` : model.label,
        ...(rank < 0
          ? shades(hue)
          : families.length === 1
            ? shades(rampColour(rank, compressed.length))
            : // A ramp for each of several networks would be too many colours: its own hue, paler with each step.
              palerShades(hue, (rank + 1) / (compressed.length + 1))),
        lineWidth: rank < 0 ? 2.6 : 2,
      });
    }
  }
  return (id) => styles.get(id) ?? { name: id, ...shades(COLOURS.paper), lineWidth: 2 };
}

function mix(colour: string, other: string, share: number): string {
  const channel = (hex: string, i: number): number => Number.parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
  const mixed = [0, 1, 2].map((i) =>
    Math.round((1 - share) * channel(colour, i) + share * channel(other, i)),
  );
  return `#${mixed.map((c) => c.toString(16).padStart(2, '0')).join('')}`;
}

export const shades = (colour: string) => ({ colour, textColour: mix(colour, COLOURS.ink, 0.32) });

/** Colours of the first, second ... of some things that are only to be told apart. */
export const seriesLook = (index: number): Omit<ModelStyle, 'name'> => ({
  ...shades(CATEGORIES[index % CATEGORIES.length]!),
  lineWidth: 2,
});

/** Paler, and still to be seen on white; small type needs more contrast, and is half as pale. */
function palerShades(hue: string, share: number): ReturnType<typeof shades> {
  const paler = 0.25 + 0.5 * share;
  return {
    colour: mix(hue, '#ffffff', paler),
    textColour: shades(mix(hue, '#ffffff', paler / 2)).textColour,
  };
}

function storedShare(model: Model): number {
  return model.parameters.stored / model.parameters.virtual;
}

/** Spreads few models over the whole ramp's first four steps; the pale fifth is used only when it is needed. */
function rampColour(rank: number, count: number): string {
  const last = count > 4 ? RAMP.length - 1 : 3;
  return RAMP[count < 2 ? 1 : Math.round((rank * last) / (count - 1))]!;
}

/** The one look of all figures. Marks for assistive technology are off: each SVG carries one description instead. */
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
    // One height for lines of both, so that headings of as many lines start level, see `figures/heads.ts`.
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
