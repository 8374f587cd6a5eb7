import { compareRates, type Rate } from '../statistics.js';

export const verdictNames = ['fooled', 'masked', 'robust', 'inconclusive'] as const;

/** What the success rates of several attacks say together about a model that was hardened. */
export type DefenceVerdict = (typeof verdictNames)[number];

export interface DefenceEvidence {
  /** Success of the protocol that the claim rests on, without and with the defence. */
  readonly before: Rate;
  readonly after: Rate;
  /** Success, with the defence, of attacks that do not need the gradient that the protocol follows. */
  readonly others: readonly Rate[];
}

/**
 * Whether a defence made a model robust or blinded the attacker (gradient masking: Papernot et al. 2017; Athalye, Carlini
 * and Wagner 2018, "Obfuscated Gradients Give a False Sense of Security").
 *
 * - `masked`: the protocol succeeds clearly less often than before, but another attack within the same budget clearly more
 *   often than it. The inputs that fool the model are still there.
 * - `fooled`: not masked, and the protocol succeeds not clearly less often than before, or still on most inputs. There is no
 *   robustness to explain.
 * - `robust`: no other attack succeeds clearly more often, each clearly less often than the protocol did before, and none on
 *   most inputs. Robust against these attacks: a stronger one may still be found.
 * - `inconclusive`: none of these, among others when there is no other attack.
 *
 * "Clearly" means that 95 % Wilson intervals do not overlap.
 *
 * @returns the verdict, and the position of the other attack that succeeds most often, -1 when there is none
 */
export function defenceVerdict({ before, after, others }: DefenceEvidence): {
  readonly verdict: DefenceVerdict;
  readonly strongest: number;
} {
  const strongest = others.reduce(
    (best, other, i) => ((other.value ?? -1) > (others[best]?.value ?? -1) ? i : best),
    -1,
  );
  return { verdict: verdictOf(before, after, others), strongest };
}

/** A model that is fooled on more than half of its inputs is called robust by nobody. */
const MOST = 0.5;

function verdictOf(before: Rate, after: Rate, others: readonly Rate[]): DefenceVerdict {
  if (before.value === null || after.value === null) return 'inconclusive';
  if (compareRates(after, before) !== 'lower') return 'fooled';
  if (others.some((other) => compareRates(other, after) === 'higher')) return 'masked';
  if (after.value > MOST) return 'fooled';
  const all = others.every((other) => compareRates(other, before) === 'lower' && (other.value ?? 1) <= MOST);
  return others.length > 0 && all ? 'robust' : 'inconclusive';
}
