import { exactInterval, type Rate, rate, rateOf } from '../base/statistics.js';
import { prose } from '../base/text/index.js';
import { MAX_TIED_RATIO } from './evaluation-rule.js';
import { type Evidence, fooledUpTo, inputsOf, type Trial } from './evidence.js';
import { bounded, fooled, isCounted, shareText, strongest } from './findings/compare-trials.js';
import { basisText } from './findings/independent-attack.js';
import { auditFindings, type Finding, type FindingId, findingsOf } from './findings/index.js';

export const verdictNames = ['masked', 'fooled', 'robust', 'inconclusive'] as const;

/** What all attacks on one model say together. */
export type VerdictName = (typeof verdictNames)[number];

/** The rates behind a verdict. */
export interface Summary {
  readonly verdict: VerdictName;
  /** The verdict in a sentence with its numbers. */
  readonly why: string;
  /**
   * Of all inputs that every trial was made on: right before any attack, and fooled by none within epsilon.
   */
  readonly robustAccuracy: Rate;
  /** [inputs], 1 where the model was right before any attack, and no trial fools it. */
  readonly robust: Uint8Array;
  /** Undefined where nothing fools. */
  readonly strongest: Trial | undefined;
}

/** A verdict with its rates and findings. */
export interface Judgement extends Summary {
  readonly findings: readonly Finding[];
}

/**
 * The one engine that decides whether a model is robust, fooled or only looks robust: evidence in, findings
 * and verdict out.
 *
 * @param kinds signs to look for: `auditFindings` for a model, `defenceFindings` for a claim about a defence
 */
export function judge(
  evidence: Evidence,
  kinds: Parameters<typeof findingsOf>[1] = auditFindings,
): Judgement {
  const findings = findingsOf(evidence, kinds);
  return { findings, ...summaryOf(evidence, findings) };
}

/** Findings that leave nothing to judge. */
const PRECLUDING: readonly FindingId[] = ['chance', 'randomness'];

/**
 * - `masked`: some attack fails because the gradient is hidden, and another one shows that the adversarial
 *   inputs are there
 * - `fooled`: not masked, and clearly fewer inputs than the threshold are not fooled
 * - `robust`: clearly at least the threshold are not fooled, and nothing speaks against the measurement;
 *   robust against these attacks, that is: a stronger one may still be found
 * - `inconclusive`: anything else
 *
 * "Clearly" is by the exact 95 % interval (`exactInterval`), and "robust" needs a minimum of inputs; which
 * inputs count, and what counts as fooled, says the rule of the evidence.
 */
export function summaryOf(evidence: Evidence, findings: readonly Finding[]): Summary {
  const { threshold } = evidence.rule;
  const trials = bounded(evidence);
  const best = strongest(evidence, trials);
  const { robust, lost } = outcomeOf(evidence, trials, best);
  const base = { robustAccuracy: rateOf(robust), robust, strongest: lost.count > 0 ? best : undefined };
  const say = (verdict: VerdictName, why: string): Summary => ({ ...base, verdict, why });

  const precluding = findings.find(({ id }) => PRECLUDING.some((known) => known === id));
  if (precluding) return say('inconclusive', precluding.text);
  const left = rate(lost.total - lost.count, lost.total);
  const { low, high } = exactInterval(left.count, left.total);
  if (!best || low === null || high === null)
    return say('inconclusive', 'No attack could be tried on any input.');

  const { strength, together } = strengthText(evidence, best, lost);
  const masking = findings.find(({ severity }) => severity === 'masking');
  if (masking) {
    // The finding mostly names the strongest attack already.
    return say('masked', `${masking.text} ${masking.trials.includes(best.id) ? together : strength}`.trim());
  }
  if (high < threshold) return say('fooled', strength);
  const doubt = findings.find(({ severity }) => severity === 'unreliable');
  const isClear = low >= threshold;
  const missing = missingForRobust(evidence, left);
  if (isClear && !doubt && missing === undefined) {
    const most = `${shareText(left)} of the ${countedText(evidence)} are fooled by no attack`;
    return say('robust', (lost.count === 0 ? `${most}.` : `${most}; ${strength}`) + basisText(evidence));
  }
  if (doubt) return say('inconclusive', `${strength} But: ${doubt.text}`);
  if (isClear && missing !== undefined) return say('inconclusive', `${strength} But ${missing}.`);
  const range = `${prose.interval({ low, high }, 0)} %`;
  return say(
    'inconclusive',
    `${strength} With so few inputs, the exact interval of those that no attack fools (${range}) contains ` +
      `the threshold of ${prose.percent(threshold, 0)}.`,
  );
}

/** What "robust" needs beside attacks that fail, where it is not there. */
function missingForRobust(evidence: Evidence, { total }: Rate): string | undefined {
  const { rule, unfinished, tied = [] } = evidence;
  if (unfinished) return `the time ended before these attacks were made: ${unfinished.join(', ')}`;
  if (total < rule.minInputs)
    return `"robust" needs at least ${rule.minInputs} of the ${countedText(evidence)}`;
  const other = tied.find(({ budgetRatio }) => budgetRatio > MAX_TIED_RATIO);
  if (!other) return undefined;
  return (
    `the input format was guessed, and ${other.description} fits the images as well, where epsilon is ` +
    `${Number(other.budgetRatio.toPrecision(2))} times larger for the model: state the format`
  );
}

/** The inputs that rates are of, after "the". */
const countedText = ({ rule }: Evidence): string =>
  rule.inputs === 'correct' ? 'inputs that were classified correctly' : 'attacked inputs';

/** How much the strongest attack fools, and all together where the worst case of each input counts. */
function strengthText(evidence: Evidence, best: Trial, lost: Rate): { strength: string; together: string } {
  const inputs = countedText(evidence);
  if (lost.count === 0)
    return { strength: `No attack fools any of the ${lost.total} ${inputs}.`, together: '' };
  const share = `${shareText(fooled(evidence, best))} of the ${inputs}`;
  if (evidence.rule.worstCase === 'strongest-attack')
    return { strength: `${best.id} fools ${share}, more than any other attack.`, together: '' };
  return {
    strength: `${best.id} fools ${share}, all attacks together ${shareText(lost)}.`,
    together: `All attacks together fool ${shareText(lost)} of the ${inputs}.`,
  };
}

/**
 * Inputs that every trial was made on: which of them are robust, and how many of the counted ones are lost.
 */
function outcomeOf(
  evidence: Evidence,
  trials: readonly Trial[],
  best: Trial | undefined,
): { robust: Uint8Array; lost: Rate } {
  const { epsilon, correct, rule } = evidence;
  const inputs = Math.min(correct.length, ...trials.map(inputsOf));
  const robust = correct.slice(0, inputs);
  const hit = new Uint8Array(inputs);
  for (const trial of trials) {
    const flags = fooledUpTo(trial, epsilon);
    const decides = rule.worstCase === 'each-input' || trial === best;
    for (let i = 0; i < inputs; i++) {
      if (!flags[i]) continue;
      robust[i] = 0;
      if (decides) hit[i] = 1;
    }
  }
  return { robust, lost: rateOf(hit.filter((_, i) => isCounted(evidence, i))) };
}
