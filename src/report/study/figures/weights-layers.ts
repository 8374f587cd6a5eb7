import type { Results } from '../../../node/apps/study/study-schema.js';
import { enumerate } from '../../kit/number-text.js';
import { COLOURS } from '../../kit/theme.js';
import { familiesOf } from '../families.js';
import { modelStyles } from '../model-styles.js';
import type { Figure } from './study-figure.js';
import { centralRange } from './weight-range.js';

const single = (results: Results) => results.weights.filter((w) => w.layer !== 'all');

const ROW = 19;

/** Fig. 6, layer by layer: the whole-model picture is dominated by the layer with the most weights. */
export const weightsLayers: Figure = {
  id: 'weights-layers',
  title: 'Range of the weights, layer by layer',
  section: 'cause',
  paper: { mnist: { number: '6' } },
  howToRead: () =>
    'One block for each layer, one line for each model. The thick bar holds the central part of the ' +
    'weights, the thin line reaches to the smallest and the largest single weight.',

  applies: (results) => single(results).length > 0,

  shows(results) {
    return familiesOf(results.models).flatMap(({ base, others }) => {
      const wider = [...new Set(single(results).map((w) => w.layer))].flatMap((layer) => {
        const rows = single(results).filter((w) => w.layer === layer);
        const own = rows.find((w) => w.model === base.id);
        const widths = rows.filter((w) => others.some((m) => m.id === w.model)).map(width);
        if (!own || widths.length === 0 || width(own) === 0) return [];
        return [`${layer} up to ${(Math.max(...widths) / width(own)).toFixed(1)} times`];
      });
      return wider.length > 0
        ? [`Width of the central range compared with ${base.label}: ${enumerate(wider)}.`]
        : [];
    });
  },

  spec(results) {
    const style = modelStyles(results);
    const values = single(results).map((w) => {
      const { low, high } = centralRange(w);
      return {
        layer: w.layer,
        model: style(w.model).name,
        colour: style(w.model).colour,
        low,
        high,
        min: w.min,
        max: w.max,
      };
    });
    const limit = 1.04 * Math.max(...values.flatMap((v) => [-v.min, v.max]));
    const x = { type: 'quantitative' as const, scale: { domain: [-limit || -1, limit || 1], nice: false } };
    const y = {
      field: 'model',
      type: 'nominal' as const,
      sort: null,
      axis: { title: null, grid: false, labelLimit: 180 },
    };
    const color = { field: 'colour', type: 'nominal' as const, scale: null };
    return {
      data: { values },
      facet: {
        row: {
          field: 'layer',
          type: 'nominal',
          sort: null,
          header: {
            title: null,
            labelOrient: 'top',
            labelAnchor: 'start',
            labelFontSize: 13,
            labelFontWeight: 600,
            labelPadding: 6,
            labelColor: COLOURS.ink,
          },
        },
      },
      spacing: 16,
      spec: {
        width: 560,
        height: { step: ROW },
        layer: [
          {
            mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.6 },
            encoding: {
              x: { ...x, field: 'min', axis: { title: 'Weight', grid: true, tickCount: 9 } },
              x2: { field: 'max' },
              y,
              color,
            },
          },
          {
            mark: { type: 'bar', height: 9, cornerRadius: 2 },
            encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, y, color },
          },
        ],
      },
    };
  },
};

function width(weights: Parameters<typeof centralRange>[0]): number {
  const { low, high } = centralRange(weights);
  return high - low;
}
