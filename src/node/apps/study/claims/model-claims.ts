import type { Results } from '../study-schema.js';
import {
  type ClaimRule,
  hashNets,
  mostCompressed,
  notMeasured,
  ONE_TRAINING,
  uncompressed,
  verdictOf,
  withInterval,
} from './claim-rule.js';

/** The paper's largest drop is 0.16 points; half a point is still "hardly any". */
const MAX_DROP = 0.005;

export const accuracyStays: ClaimRule = {
  id: 'accuracy',
  figure: '3',
  statement: 'Hash compression costs hardly any accuracy',
  paper: '99.29 % uncompressed, 99.25 % at 1/8, 99.13 % at 1/64',
  judge(results) {
    const base = uncompressed(results);
    const own = base?.cleanAccuracy.value ?? null;
    const others = hashNets(results).flatMap((model) => {
      const { value } = model.cleanAccuracy;
      return value === null ? [] : [{ model, value }];
    });
    if (!base || own === null || others.length === 0)
      return notMeasured('needs the uncompressed model and a HashNet');
    const near = others.filter(({ value }) => own - value <= MAX_DROP);
    const all = [base, ...others.map(({ model }) => model)];
    return {
      ours: all.map((m) => `${m.label} ${withInterval(m.cleanAccuracy, 2)}`).join('; '),
      verdict: verdictOf(near.length, others.length),
      note:
        `holds when every HashNet is within 0.5 points of the uncompressed model; ${near.length} of ` +
        `${others.length} are. Training budget: ${results.dataset.train} images. ${ONE_TRAINING}`,
    };
  },
};

/** Width of the central 99.8 % of the weights: the range that a histogram shows, without single outliers. */
function spread(results: Results, model: string): number | undefined {
  const all = results.weights.find((w) => w.model === model && w.layer === 'all');
  const [low, high] = [all?.quantiles['0.001'], all?.quantiles['0.999']];
  return low === undefined || high === undefined || low === high ? undefined : high - low;
}

export const weightsWiden: ClaimRule = {
  id: 'weight-range',
  figure: '6',
  statement: 'Compression widens the range of the weights, about fourfold at 1/64',
  paper: 'about 2x at 1/16 and 4x at 1/64 (from +-0.1 to +-0.4)',
  judge(results) {
    const base = spread(results, uncompressed(results)?.id ?? '');
    const widths = hashNets(results).flatMap((m) => {
      const width = spread(results, m.id);
      return width === undefined || base === undefined ? [] : [{ label: m.label, ratio: width / base }];
    });
    const highest = widths.find((w) => w.label === mostCompressed(results)?.label);
    if (!highest) return notMeasured('needs the uncompressed model and HashNet 1/64');
    const wider = widths.every((w) => w.ratio > 1);
    return {
      ours: widths.map((w) => `${w.label} ${w.ratio.toFixed(2)}x`).join('; '),
      verdict:
        wider && highest.ratio > 2.5 && highest.ratio < 6
          ? 'reproduced'
          : wider
            ? 'partly'
            : 'not reproduced',
      note:
        'range of the central 99.8 % of all effective weights, relative to the uncompressed model; ' +
        'reproduced means 2.5x to 6x at the highest compression. All weights are counted, so there is no ' +
        'interval. Every model was trained once (one seed).',
    };
  },
};
