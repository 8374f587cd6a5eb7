import { type Rate, rate } from '../base/statistics.js';
import { type Evidence, fooledUpTo, inputsOf, type Trial } from './evidence.js';
import { bounded, fooled, percent, strongest } from './findings/compare-trials.js';
import type { Finding } from './findings/finding.js';

export const overallVerdicts = ['fooled', 'masked', 'robust', 'inconclusive'] as const;
export type OverallVerdict = (typeof overallVerdicts)[number];

export interface Summary {
  readonly verdict: OverallVerdict;
  /** The verdict in a sentence with its numbers. */
  readonly why: string;
  /** Of all inputs that every trial was made on: right before any attack, and fooled by none within epsilon. */
  readonly robustAccuracy: Rate;
  /** [inputs]: 1 where no trial fools. */
  readonly withstands: Uint8Array;
  /** Undefined where nothing fools. */
  readonly strongest: Trial | undefined;
}

/**
 * What all attacks say together, worst case over them for each input (Carlini et al. 2019, section 5.3).
 *
 * - `masked`: some attack fails because the gradient is hidden, and another one shows that the adversarial inputs are there
 * - `fooled`: not masked, and the inputs that withstand are clearly fewer than the threshold
 * - `robust`: those that withstand are clearly at least the threshold, and nothing speaks against the measurement; robust
 *   against these attacks, that is: a stronger one may still be found
 * - `inconclusive`: anything else
 *
 * "Clearly" is by the 95 % interval; shares are of the inputs that were right before any attack.
 *
 * @param threshold share of those inputs that must withstand
 */
export function overall(evidence: Evidence, findings: readonly Finding[], threshold: number): Summary {
  const trials = bounded(evidence);
  const reach = Math.min(evidence.correct.length, ...trials.map(inputsOf));
  const withstands = evidence.correct.slice(0, reach);
  for (const trial of trials) {
    fooledUpTo(trial, evidence.epsilon).forEach((hit, i) => {
      if (hit && i < reach) withstands[i] = 0;
    });
  }
  const left = withstands.reduce((sum, value) => sum + value, 0);
  const right = evidence.correct.slice(0, reach).reduce((sum, value) => sum + value, 0);
  const best = strongest(evidence, trials);
  const base = { robustAccuracy: rate(left, reach), withstands, strongest: left < right ? best : undefined };
  const held = rate(left, right);
  const say = (verdict: OverallVerdict, why: string): Summary => ({ ...base, verdict, why });

  const lost = findings.find(({ id }) => id === 'chance' || id === 'randomness');
  if (lost) return say('inconclusive', lost.text);
  if (!best || held.low === null || held.high === null)
    return say('inconclusive', 'No attack could be tried on any input.');
  const strength =
    left === right
      ? `No attack fools any of the ${right} inputs that were classified correctly.`
      : `${best.id} fools ${percent(fooled(evidence, best))} of the inputs that were classified correctly, all attacks together ${percent(rate(right - left, right))}.`;
  const masking = findings.find(({ severity }) => severity === 'masking');
  if (masking) {
    // The finding mostly names the strongest attack already.
    const rest = `All attacks together fool ${percent(rate(right - left, right))} of the inputs that were classified correctly.`;
    return say('masked', `${masking.text} ${masking.trials.includes(best.id) ? rest : strength}`);
  }
  if (held.high < threshold) return say('fooled', strength);
  const doubt = findings.find(({ severity }) => severity === 'unreliable');
  if (held.low >= threshold && !doubt) {
    const most = `${percent(held)} of the inputs that were classified correctly withstand every attack`;
    return say('robust', left === right ? `${most}.` : `${most}; ${strength}`);
  }
  if (doubt) return say('inconclusive', `${strength} But: ${doubt.text}`);
  return say(
    'inconclusive',
    `${strength} With so few inputs, the interval of those that withstand (${(100 * held.low).toFixed(0)} to ${(100 * held.high).toFixed(0)} %) reaches over the threshold of ${(100 * threshold).toFixed(0)} %.`,
  );
}
