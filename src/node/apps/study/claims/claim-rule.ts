import type { Rate } from '../../../../core/base/statistics.js';
import { type AttackName, sameAttack } from '../comparisons.js';
import type { Results } from '../study-schema.js';

export type Claim = Results['claims'][number];
export type Verdict = Claim['verdict'];
export type Measured = Pick<Claim, 'ours' | 'verdict' | 'note'>;
export type Model = Results['models'][number];

/** One statement of the paper and how the results decide on it. */
export interface ClaimRule {
  readonly id: string;
  readonly figure: string;
  readonly statement: string;
  readonly paper: string;
  /** Figure whose measurements decide, when it is not its own: the paper's Fig. 8 is of another data set. */
  readonly measuredFor?: string;
  judge(results: Results): Measured;
}

/** The two evaluations of the paper's J: from the logits, and from clipped probabilities as in 2017. */
export const STABLE = 'cross-entropy';
export const CLIPPED = 'cross-entropy-clipped';

/** Belongs to every claim that compares models; a sentence of its own. */
export const ONE_TRAINING =
  'Every rate rests on one training (one seed) of each model; intervals and tests cover the choice of images only.';

/**
 * Differences of shares are rounded: one that is exactly at a bound must not fall on either side by chance.
 */
export const ROUNDING = 1e-9;

export const percent = (value: number | null | undefined, digits = 1): string =>
  value === null || value === undefined ? 'not measured' : `${(100 * value).toFixed(digits)} %`;

/** `12.3 % (10.1 to 14.8)`: a rate, or a mean of rates, with its 95 % interval. */
export function withInterval(rate: Pick<Rate, 'value' | 'low' | 'high'>, digits = 1): string {
  if (rate.value === null || rate.low === null || rate.high === null) return 'not measured';
  return `${percent(rate.value, digits)} (${(100 * rate.low).toFixed(digits)} to ${(100 * rate.high).toFixed(digits)})`;
}

export const notMeasured = (note: string): Measured => ({
  ours: 'not measured',
  verdict: 'not measured',
  note,
});

export const verdictOf = (good: number, all: number): Verdict =>
  good === all ? 'reproduced' : good > all / 2 ? 'partly' : 'not reproduced';

export const uncompressed = (results: Results): Model | undefined =>
  results.models.find((m) => m.compression === 'none');

/** The HashNets, least compressed first. */
export const hashNets = (results: Results): Model[] =>
  results.models
    .filter((m) => m.compression.split(':')[0] === 'hash')
    .sort((a, b) => storedShare(b) - storedShare(a));

/** The model that the paper names where it speaks of the highest compression. */
export const mostCompressed = (results: Results): Model | undefined =>
  results.models.find((m) => m.compression === 'hash:1/64');

const storedShare = ({ parameters }: Model): number => parameters.stored / parameters.virtual;

/** HFGSM, the gradients being the attacked model's own. */
export const fgsmWith = (objective: string): AttackName => ({ attack: 'fgsm', variant: '', objective });

/** HJSMA as Algorithm 1 has it: one saliency map of these outputs. */
export const singleShotOn = (outputs: 'probabilities' | 'logits'): AttackName => ({
  attack: 'jsma',
  variant: 'single-shot',
  objective: outputs,
});

export const attackOn = (results: Results, model: string, name: AttackName, tau = 0) =>
  results.attacks.find((a) => sameAttack(a, name) && a.model === model && a.tau === tau);

export const fgsmOn = (results: Results, model: string, objective: string, tau = 0) =>
  attackOn(results, model, fgsmWith(objective), tau);

/** At exactly this budget: what was attacked at one budget only can be compared with nothing else. */
export const successAlone = (results: Results, model: string, name: AttackName, budget: number, tau = 0) =>
  attackOn(results, model, name, tau)?.points.find((p) => p.budget === budget)?.successAtBudget;

/** At this budget or a smaller one (Algorithm 1). */
export const successAt = (results: Results, model: string, name: AttackName, budget: number, tau = 0) =>
  attackOn(results, model, name, tau)?.points.find((p) => p.budget === budget)?.success;
