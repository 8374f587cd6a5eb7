import { compareRates, rate } from '../../../../core/base/statistics.js';
import { countBetween, medianBounds, shareBetween } from '../../../../core/evaluation/distributions.js';
import type { Results } from '../study-schema.js';
import {
  type ClaimRule,
  mostCompressed,
  notMeasured,
  ONE_TRAINING,
  STABLE,
  uncompressed,
  withInterval,
} from './claim-rule.js';
import { PAPER_GRADIENTS, PAPER_RANGES } from './paper-numbers.js';

type Gradients = Results['gradients'][number];

const gradientsOf = (results: Results, model: string | undefined, tau: number): Gradients | undefined =>
  results.gradients.find(
    (g) =>
      g.attack === 'fgsm' &&
      g.variant === '' &&
      g.model === model &&
      g.tau === tau &&
      g.objective === STABLE &&
      g.images > 0,
  );

/** A change counts in full from this share of the paper's own change. */
const ENOUGH = 0.5;

/**
 * Whether a share moved the paper's way: by at least half as much, by clearly more than
 * nothing, or not clearly.
 */
function moved(base: Gradients, most: Gradients, key: 'large' | 'small'): 'enough' | 'clearly' | 'no' {
  const effect = PAPER_GRADIENTS.mostCompressed[key] - PAPER_GRADIENTS.uncompressed[key];
  const [from, to] = [shareBetween(base, PAPER_RANGES[key]), shareBetween(most, PAPER_RANGES[key])];
  if (compareRates(to, from) !== (effect < 0 ? 'lower' : 'higher')) return 'no';
  return (to.value! - from.value!) / effect >= ENOUGH ? 'enough' : 'clearly';
}

export const gradientsShrink: ClaimRule = {
  id: 'gradients-shrink',
  figure: '7',
  statement: 'Compression makes gradients small',
  paper:
    'share in 1e-10 ... 1 falls from 68 % to 19 % (1/64); share in 1e-25 ... 1e-15 rises from 1 % to 32 %',
  judge(results) {
    const model = mostCompressed(results);
    const base = gradientsOf(results, uncompressed(results)?.id, 0);
    const most = gradientsOf(results, model?.id, 0);
    if (!model || !base || !most) return notMeasured('needs the uncompressed model and HashNet 1/64');
    const moves = [moved(base, most, 'large'), moved(base, most, 'small')];
    const share = (key: 'large' | 'small') =>
      `${withInterval(shareBetween(base, PAPER_RANGES[key]))} to ${withInterval(shareBetween(most, PAPER_RANGES[key]))}`;
    return {
      ours: `${STABLE}, uncompressed to ${model.label}: 1e-10 ... 1 from ${share('large')}; 1e-25 ... 1e-15 from ${share('small')}`,
      verdict: moves.every((m) => m === 'enough')
        ? 'reproduced'
        : moves.every((m) => m !== 'no')
          ? 'partly'
          : 'not reproduced',
      note: `mean absolute gradient of each input. Reproduced: both shares change by at least half as much as in the paper; partly: both by clearly more than nothing. The share tells how saturated the softmax is, which depends on how long a model was trained. ${ONE_TRAINING}`,
    };
  },
};

export const inhibitionBeatsCompression: ClaimRule = {
  id: 'inhibition-shrinks-gradients',
  figure: '9',
  statement:
    'At tau = 0.01 the gradients of the inhibited uncompressed model are already below those of HashNet 1/64',
  paper: 'much lower',
  judge(results) {
    const model = mostCompressed(results);
    const inhibited = gradientsOf(results, uncompressed(results)?.id, 0.01);
    const compressed = gradientsOf(results, model?.id, 0);
    const [a, b] = [inhibited?.quantiles['0.5'], compressed?.quantiles['0.5']];
    if (!model || !inhibited || !compressed || a === undefined || b === undefined) {
      return notMeasured('needs the uncompressed model at tau = 0.01 and HashNet 1/64');
    }
    const [own, other] = [medianBounds(inhibited), medianBounds(compressed)];
    return {
      ours: `${STABLE}: median ${median(a, own)} against ${median(b, other)} (${model.label}, tau 0)`,
      verdict: own.high <= other.low && a < b ? 'reproduced' : a < b ? 'partly' : 'not reproduced',
      note: `medians of the mean absolute gradient over all inputs, exact zeros included, with 95 % intervals to whole powers of ten; reproduced when those do not overlap. ${ONE_TRAINING}`,
    };
  },
};

const median = (value: number, { low, high }: { low: number; high: number }): string =>
  `${scientific(value)} (${scientific(low)} to ${scientific(high)})`;

const scientific = (value: number): string => (value === 0 ? '0' : value.toExponential(1));

/** Below this a float32 sum over the elements is next to its underflow; the paper's axis ends here. */
const NEAR_ZERO = -25;

export const gradientsVanish: ClaimRule = {
  id: 'gradients-vanish-with-tau',
  figure: '9',
  statement: 'Most gradients of the uncompressed model approach zero as tau grows',
  paper: 'most gradients near 0 at the largest tau',
  judge(results) {
    const base = uncompressed(results);
    const taus = [...new Set(results.gradients.filter((g) => g.model === base?.id).map((g) => g.tau))].sort(
      (a, b) => a - b,
    );
    const rows = taus.flatMap((tau) => gradientsOf(results, base?.id, tau) ?? []);
    const last = rows.at(-1);
    if (rows.length < 2 || !last) return notMeasured('needs the uncompressed model at two values of tau');
    const near = rows.map((g) => nearZero(g));
    const [first, final] = [near[0]!, near.at(-1)!];
    const rising = near.every((share, i) => i === 0 || compareRates(share, near[i - 1]!) !== 'lower');
    const more = compareRates(final, first) === 'higher';
    return {
      ours: `${STABLE}: below 1e${NEAR_ZERO} ${near.map((share, i) => `${withInterval(share)} at tau ${rows[i]!.tau}`).join('; ')}`,
      verdict:
        more && rising && final.low! > 0.5 ? 'reproduced' : more && rising ? 'partly' : 'not reproduced',
      note: `share of inputs whose mean absolute gradient is below 1e${NEAR_ZERO}, exact zeros included. Reproduced: more than half at the largest tau, and never clearly falling on the way; partly: clearly more than without inhibition. ${ONE_TRAINING}`,
    };
  },
};

const nearZero = ({ zeros, below, histogram, images }: Gradients) =>
  rate(zeros + below + Math.round(countBetween(histogram, [-46, NEAR_ZERO])), images);
