import type { Results } from '../../../node/apps/study/study-schema.js';
import { logRange, paddedRange } from '../../kit/axis-range.js';
import { type LinePoint, linePanel } from '../../kit/line-chart.js';
import { enumerate, integer, percent, short } from '../../kit/number-text.js';
import type { Panel } from '../../kit/vega-types.js';
import { modelStyles } from '../model-styles.js';
import type { Figure } from './study-figure.js';

const trained = (results: Results) => results.models.filter((m) => m.training.history.length > 1);

/**
 * How training went: the regime decides how saturated a model's softmax is, hence what its gradients look
 * like.
 */
export const training: Figure = {
  id: 'training-curves',
  title: 'Training',
  section: 'accuracy',
  howToRead: () =>
    'Loss (left, logarithmic; lower is better) and accuracy (right) as recorded while training, over the ' +
    'number of training images seen. How far the loss has fallen decides how saturated a model is and how ' +
    'small its gradients are.',

  applies: (results) => trained(results).length > 0,

  shows(results) {
    const ends = trained(results).flatMap((m) => {
      const end = m.training.history.at(-1);
      return end ? [`${m.label} ${short(end.loss)} (${percent(end.accuracy)})`] : [];
    });
    const images = [...new Set(trained(results).map((m) => integer(m.training.images)))];
    const after = images.length === 1 ? ` after ${images[0]} training images` : '';
    return [`Last recorded loss (and accuracy)${after}: ${enumerate(ends)}.`];
  },

  spec(results) {
    const style = modelStyles(results);
    const points = (value: (h: { loss: number; accuracy: number }) => number): LinePoint[] =>
      trained(results).flatMap((model) =>
        model.training.history.map((h) => {
          const { name, ...look } = style(model.id);
          return { series: name, ...look, x: h.images, y: value(h), low: value(h), high: value(h) };
        }),
      );
    const loss = points((h) => h.loss);
    const accuracy = points((h) => 100 * h.accuracy);
    const log = loss.every((p) => p.y > 0);
    const values = loss.map((p) => p.y);
    const panel = { x: { title: 'Training images seen' }, width: 290, height: 210, dots: false };
    const panels: Panel[] = [
      linePanel({
        ...panel,
        points: loss,
        y: { title: null, log, domain: log ? logRange(values) : [0, 1.05 * Math.max(...values) || 1] },
        head: { text: ['Loss'] },
        labels: false,
      }),
      linePanel({
        ...panel,
        points: accuracy,
        y: {
          title: null,
          domain: paddedRange(
            accuracy.map((p) => p.y),
            2,
          ),
        },
        head: { text: ['Accuracy (%)'] },
      }),
    ];
    return { hconcat: panels };
  },
};
