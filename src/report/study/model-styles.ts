import type { Results } from '../../node/apps/study/study-schema.js';
import { COLOURS, categoryColour, mix, type SeriesStyle, shades } from '../kit/theme.js';
import { familiesOf, isCompressed } from './families.js';
import type { Model } from './select-results.js';

/**
 * From little to much compression; lightness rises steadily, so the order survives colour blindness and grey
 * print.
 */
const RAMP = ['#5a4fcf', '#3a86c8', '#2fa8ae', '#62c07a', '#b9cb3f'];

/**
 * Look of every model, by id: one place, so that a model has one colour in all figures. Unknown ids get a
 * grey.
 */
export function modelStyles(results: Results): (id: string) => SeriesStyle {
  const repeated = (label: string): boolean => results.models.filter((m) => m.label === label).length > 1;
  const families = familiesOf(results.models);
  /** Models with a colour of their own; others have a shade of their family's. */
  const own = families.flatMap(({ base, others }) => [base, ...others.filter((m) => !isCompressed(m))]);

  const styles = new Map<string, SeriesStyle>();
  for (const { base, others } of families) {
    const compressed = [base, ...others].filter(isCompressed).sort((a, b) => storedShare(b) - storedShare(a));
    for (const model of [base, ...others]) {
      const rank = compressed.indexOf(model);
      const hue = categoryColour(own.indexOf(rank < 0 ? model : base));
      styles.set(model.id, {
        name: repeated(model.label) ? `${model.label} (${model.id})` : model.label,
        ...(rank < 0
          ? shades(hue)
          : families.length === 1
            ? shades(rampColour(rank, compressed.length))
            : // A ramp for each of several networks would be too many colours: its hue, paler with each step.
              palerShades(hue, (rank + 1) / (compressed.length + 1))),
        lineWidth: rank < 0 ? 2.6 : 2,
      });
    }
  }
  return (id) => styles.get(id) ?? { name: id, ...shades(COLOURS.paper), lineWidth: 2 };
}

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

/**
 * Spreads few models over the whole ramp's first four steps; the pale fifth is used only when it is needed.
 */
function rampColour(rank: number, count: number): string {
  const last = count > 4 ? RAMP.length - 1 : 3;
  return RAMP[count < 2 ? 1 : Math.round((rank * last) / (count - 1))] ?? COLOURS.paper;
}
