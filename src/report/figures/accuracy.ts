import type { Results } from '../../studies/results.js';
import { percent, rateText } from '../format.js';
import { paperAccuracy } from '../paper.js';
import { baseline } from '../select.js';
import { COLOURS, modelStyles } from '../theme.js';
import type { Figure } from './figure.js';
import { roomy } from './lines.js';

const ROW_HEIGHT = 34;

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

/** Fig. 3: does compression cost accuracy? Dots with intervals, because on an axis from zero all models look alike. */
export const accuracy: Figure = {
  id: 'figure-3-accuracy',
  title: 'Test accuracy of each model',
  section: 'accuracy',
  paper: '3',
  howToRead:
    'Each dot is the share of test images that a model classifies correctly; the line through it is the 95 % interval. ' +
    'Two models whose lines overlap cannot be told apart with this many images. The axis does not start at zero.',

  applies: (results) => rows(results).length > 0,

  shows(results) {
    const base = baseline(results);
    if (!base || base.cleanAccuracy.value === null) return [];
    const own = base.cleanAccuracy.value;
    const sentences = [`${base.label}: ${rateText(base.cleanAccuracy, 2)} of the test images correct.`];
    const lowest = results.models
      .filter((m) => m !== base && m.cleanAccuracy.value !== null)
      .sort((a, b) => a.cleanAccuracy.value! - b.cleanAccuracy.value!)[0];
    if (lowest) {
      const points = 100 * (lowest.cleanAccuracy.value! - own);
      const difference = `${Math.abs(points).toFixed(2)} percentage points ${points < 0 ? 'lower' : 'higher'}`;
      sentences.push(
        `Lowest of the others: ${lowest.label} with ${rateText(lowest.cleanAccuracy, 2)}, ` +
          `${points === 0 ? 'the same' : difference}.`,
      );
    }
    return sentences;
  },

  spec(results) {
    const values = rows(results);
    const papers = values.flatMap((v) => (v.paper === null ? [] : [v.paper]));
    const domain = roomy([...values.flatMap((v) => [v.low, v.high]), ...papers], 0.5);
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
          mark: { type: 'point', shape: 'diamond', size: 80, filled: false, stroke: COLOURS.paper, strokeWidth: 1.6 },
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
          mark: { type: 'text', align: 'left', dx: 76, fontSize: 11, fontStyle: 'italic', color: COLOURS.muted },
          encoding: { x: { datum: domain[1], type: 'quantitative' }, y, text: { field: 'paperText' } },
        },
      ],
    };
  },
};
