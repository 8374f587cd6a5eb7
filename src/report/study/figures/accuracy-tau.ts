import type { Results } from '../../../node/apps/study/study-schema.js';
import { paddedRange } from '../../kit/axis-range.js';
import { linePanel, linePoint } from '../../kit/line-chart.js';
import { enumerate, equals, integer, rateText, short } from '../../kit/number-text.js';
import { modelStyles } from '../model-styles.js';
import { tausOf } from '../select-results.js';
import type { Figure } from './study-figure.js';

const ELSEWHERE =
  ' The paper draws this for four other networks on CIFAR-10; of its MNIST models it states in words that ' +
  'they behave alike.';

const measured = (results: Results) => results.inhibition.filter((row) => row.cleanAccuracy.value !== null);

/**
 * Fig. 8, which the paper shows for CIFAR-10 alone: a defence that costs accuracy is no defence one would
 * deploy.
 */
export const accuracyTau: Figure = {
  id: 'accuracy-tau',
  title: 'Gradient inhibition: what it costs in accuracy',
  section: 'inhibition',
  paper: { mnist: { number: '8', of: 'CIFAR-10' }, cifar10: { number: '8' } },
  howToRead: (results) =>
    'Test accuracy of each model as the inhibition coefficient tau grows; flat lines mean that inhibition ' +
    'is free. Vertical bars are 95 % intervals. The axis does not start at ' +
    `zero.${results.study === 'mnist' ? ELSEWHERE : ''}`,

  applies: (results) => tausOf(measured(results)).length > 1,

  shows(results) {
    const style = modelStyles(results);
    const changes = [...new Set(measured(results).map((r) => r.model))].flatMap((model) => {
      const rows = measured(results)
        .filter((r) => r.model === model)
        .sort((a, b) => a.tau - b.tau);
      const [first, last] = [rows[0], rows.at(-1)];
      if (!first || !last || first === last) return [];
      return [
        `${style(model).name} from ${rateText(first.cleanAccuracy, 2)} to ${rateText(last.cleanAccuracy, 2)}`,
      ];
    });
    const taus = tausOf(measured(results));
    const images = [...new Set(measured(results).map((r) => integer(r.cleanAccuracy.total)))];
    return [
      `Measured on ${enumerate(images)} test images, the same for every tau.`,
      `Between ${equals('τ', Math.min(...taus))} and ${short(Math.max(...taus))}: ${enumerate(changes)}.`,
    ];
  },

  spec(results) {
    const style = modelStyles(results);
    const points = measured(results)
      .flatMap(({ model, tau, cleanAccuracy }) => linePoint(style(model), tau, cleanAccuracy))
      .sort((a, b) => a.x - b.x);
    return {
      hconcat: [
        linePanel({
          points,
          x: { title: 'Tau', ticks: tausOf(measured(results)) },
          y: {
            title: 'Test accuracy (%)',
            domain: paddedRange(
              points.flatMap((p) => [p.low, p.high]),
              2,
            ),
          },
          width: 520,
          height: 230,
        }),
      ],
    };
  },
};
