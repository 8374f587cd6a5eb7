import { binsOf } from '../../../core/evaluation/distributions.js';
import type { Results } from '../../../node/apps/study/study-schema.js';
import { short } from '../../kit/number-text.js';
import type { Panel } from '../../kit/vega-types.js';
import { familiesOf } from '../families.js';
import { modelStyles } from '../model-styles.js';
import type { Model } from '../select-results.js';
import type { Figure } from './study-figure.js';
import { centralRange, type Weights } from './weight-range.js';

const whole = (results: Results): Weights[] => results.weights.filter((w) => w.layer === 'all');

const HEIGHT = 62;

/** Fig. 6: hashing into fewer buckets widens the distribution of the weights. */
export const weights: Figure = {
  id: 'weights',
  title: 'Distribution of all weights',
  section: 'cause',
  paper: { mnist: { number: '6' } },
  howToRead: () =>
    'How often each weight value occurs in the network that actually computes (after unpacking a ' +
    'compressed one), one row for each model, each scaled to its own peak. The dark bar under a row spans ' +
    'the central part of the weights that is named beside it.',

  applies: (results) => whole(results).length > 0,

  shows(results) {
    const style = modelStyles(results);
    const of = (model: Model) => whole(results).find((w) => w.model === model.id);
    return familiesOf(results.models).flatMap(({ base, others }) => {
      const weightsOfBase = of(base);
      if (!weightsOfBase) return [];
      const own = centralRange(weightsOfBase);
      const ratios = others.flatMap(of).flatMap((w) => {
        if (!w) return [];
        const range = centralRange(w);
        return [
          `${style(w.model).name} ${((range.high - range.low) / (own.high - own.low)).toFixed(1)} times as ` +
            'wide',
        ];
      });
      return [
        `The ${own.name} of ${style(base.id).name} lies between ${short(own.low)} and ${short(own.high)}` +
          `${ratios.length > 0 ? `; compared with that, ${ratios.join(', ')}` : ''}.`,
      ];
    });
  },

  spec(results) {
    const rows = whole(results);
    const limit =
      1.25 * Math.max(...rows.map(centralRange).flatMap((r) => [Math.abs(r.low), Math.abs(r.high)]));
    return {
      vconcat: rows.map((row, i) => ridge(results, row, limit || 1, i === rows.length - 1)),
      spacing: 4,
    };
  },
};

function ridge(results: Results, row: Weights, limit: number, last: boolean): Panel {
  const { name, colour, textColour } = modelStyles(results)(row.model);
  // Bins may differ in width between models: density, not count, is what compares.
  const bins = binsOf(row.histogram).map((bin) => ({
    ...bin,
    density: bin.count / (bin.high - bin.low || 1),
  }));
  const peak = Math.max(...bins.map(({ density }) => density)) || 1;
  const steps = bins.map(({ low, high, density }) => ({ from: low, to: high, height: density / peak }));
  const range = centralRange(row);
  const x = {
    type: 'quantitative' as const,
    scale: { domain: [-limit, limit], nice: false },
    axis: {
      title: last ? 'Weight' : null,
      labels: last,
      ticks: last,
      domain: last,
      grid: true,
      tickCount: 7,
    },
  };
  const y = { type: 'quantitative' as const, scale: { domain: [-0.14, 1] } };
  return {
    width: 500,
    height: HEIGHT,
    layer: [
      {
        data: { values: steps.filter((s) => s.from < limit && s.to > -limit) },
        mark: { type: 'rect', color: colour, opacity: 0.75, clip: true },
        encoding: {
          x: { ...x, field: 'from' },
          x2: { field: 'to' },
          y: {
            ...y,
            field: 'height',
            axis: {
              title: name,
              titleAngle: 0,
              titleAlign: 'right',
              titleBaseline: 'middle',
              titlePadding: 12,
              titleFontSize: 13,
              titleFontWeight: 600,
              titleColor: textColour,
              titleLimit: 200,
              labels: false,
              grid: false,
            },
          },
          y2: { datum: 0 },
        },
      },
      {
        data: { values: [range] },
        mark: { type: 'rule', strokeWidth: 3, strokeCap: 'butt', color: colour },
        encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, y: { ...y, datum: -0.1 } },
      },
      {
        data: {
          values: [
            {
              text: [
                `${range.name}: ${short(range.low)} … ${short(range.high)}`,
                `all: ${short(row.min)} … ${short(row.max)}`,
              ],
            },
          ],
        },
        mark: { type: 'text', align: 'left', baseline: 'middle', dx: 14, fontSize: 11.5, lineHeight: 16 },
        encoding: { x: { ...x, datum: limit }, y: { ...y, datum: 0.35 }, text: { field: 'text' } },
      },
    ],
  };
}
