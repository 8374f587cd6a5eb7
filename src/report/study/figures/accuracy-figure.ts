import type { Results } from '../../../node/apps/study/study-schema.js';
import { paddedRange } from '../../kit/axis-range.js';
import { percent, rateText } from '../../kit/number-text.js';
import { COLOURS } from '../../kit/theme.js';
import { type Family, familiesOf } from '../families.js';
import { modelStyles } from '../model-styles.js';
import { paperAccuracy } from '../paper-figures.js';
import type { Figure } from './study-figure.js';

const ROW_HEIGHT = 34;

/**
 * Smallest span of the axis, in percentage points: a compressed model differs by little, another network need
 * not.
 */
const MIN_SPAN = { oneNetwork: 0.5, several: 4 } as const;

function rows(results: Results) {
  const style = modelStyles(results);
  return results.models.flatMap((model) => {
    const { value, low, high } = model.cleanAccuracy;
    if (value === null || low === null || high === null) return [];
    const paper = paperAccuracy(results, model);
    return [
      {
        model: style(model.id).name,
        colour: style(model.id).colour,
        textColour: style(model.id).textColour,
        accuracy: 100 * value,
        low: 100 * low,
        high: 100 * high,
        text: percent(value, 2),
        paper: paper === undefined ? null : 100 * paper,
        paperText: paper === undefined ? '' : `paper ${percent(paper, 2)}`,
      },
    ];
  });
}

/**
 * Fig. 3: does compression cost accuracy? Dots with intervals, because on an axis from zero all models look
 * alike.
 */
export const accuracy: Figure = {
  id: 'accuracy',
  title: 'Test accuracy of each model',
  section: 'accuracy',
  paper: { mnist: { number: '3' } },
  howToRead: () =>
    'Each dot is the share of test images that a model classifies correctly; the line through it is the 95 ' +
    '% interval. Two models whose lines overlap cannot be told apart with this many images. The axis does ' +
    'not start at zero.',

  applies: (results) => rows(results).length > 0,

  shows(results) {
    const families = familiesOf(results.models).filter(({ base }) => base.cleanAccuracy.value !== null);
    return families.flatMap((family) => [
      `${family.base.label}: ${rateText(family.base.cleanAccuracy, 2)} of the test images correct.`,
      ...lowest(family, families.length > 1),
    ]);
  },

  spec(results) {
    const values = rows(results);
    const papers = values.flatMap((v) => (v.paper === null ? [] : [v.paper]));
    const several = familiesOf(results.models).length > 1;
    const minimum = several ? MIN_SPAN.several : MIN_SPAN.oneNetwork;
    const domain = paddedRange([...values.flatMap((v) => [v.low, v.high]), ...papers], minimum);
    const x = { type: 'quantitative' as const, scale: { domain, nice: false, zero: false } };
    const y = {
      field: 'model',
      type: 'nominal' as const,
      sort: null,
      axis: { title: null, labelLimit: 200, labelFontSize: 13, labelPadding: 10, grid: false },
    };
    const colour = { field: 'colour', type: 'nominal' as const, scale: null };
    const axis = { title: 'Test accuracy (%)', grid: true, tickCount: 6 };
    return {
      data: { values },
      width: 520,
      height: { step: ROW_HEIGHT },
      layer: [
        {
          mark: { type: 'rule', strokeWidth: 3, opacity: 0.4, strokeCap: 'round' },
          encoding: { x: { ...x, field: 'low', axis }, x2: { field: 'high' }, y, color: colour },
        },
        {
          mark: {
            type: 'point',
            shape: 'diamond',
            size: 80,
            filled: false,
            stroke: COLOURS.paper,
            strokeWidth: 1.6,
          },
          encoding: { x: { ...x, field: 'paper' }, y },
        },
        {
          mark: { type: 'point', filled: true, size: 95, opacity: 1, stroke: '#ffffff', strokeWidth: 1 },
          encoding: { x: { ...x, field: 'accuracy' }, y, fill: colour },
        },
        {
          mark: { type: 'text', align: 'left', dx: 14, fontWeight: 600 },
          encoding: {
            x: { datum: domain[1], type: 'quantitative' },
            y,
            text: { field: 'text' },
            color: { ...colour, field: 'textColour' },
          },
        },
        {
          mark: {
            type: 'text',
            align: 'left',
            dx: 76,
            fontSize: 11,
            fontStyle: 'italic',
            color: COLOURS.muted,
          },
          encoding: { x: { datum: domain[1], type: 'quantitative' }, y, text: { field: 'paperText' } },
        },
      ],
    };
  },
};

/** What compression made of a network, where that did worst. */
function lowest({ base, others }: Family, named: boolean): string[] {
  const [worst] = others
    .flatMap((model) =>
      model.cleanAccuracy.value === null ? [] : [{ model, value: model.cleanAccuracy.value }],
    )
    .sort((a, b) => a.value - b.value);
  if (!worst) return [];
  const points = 100 * (worst.value - (base.cleanAccuracy.value ?? 0));
  const difference = `${Math.abs(points).toFixed(2)} percentage points ${points < 0 ? 'lower' : 'higher'}`;
  const which = named ? `Lowest of what compression made of ${base.label}` : 'Lowest of the others';
  const { label, cleanAccuracy } = worst.model;
  return [
    `${which}: ${label} with ${rateText(cleanAccuracy, 2)}, ${points === 0 ? 'the same' : difference}.`,
  ];
}
