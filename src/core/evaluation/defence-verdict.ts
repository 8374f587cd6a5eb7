import { compareRates, type Rate } from '../base/statistics.js';

export const verdictNames = ['masked', 'fooled', 'robust', 'inconclusive'] as const;

/** What the success rates of several attacks say together about a model that was hardened. */
export type DefenceVerdict = (typeof verdictNames)[number];

/** Success of one attack without and with the defence, on the same inputs and within the same budget. */
export interface Effect {
  readonly before: Rate;
  readonly after: Rate;
}

/** Differences below this are called none, however many inputs resolve them. */
export const NOTABLE = 0.05;
/** A model that is fooled on more than half of its inputs is called robust by nobody. */
const MOST = 0.5;

/** Clearly, and by something worth speaking of: the 95 % intervals are apart, and at least five percentage points lie between. */
const notablyAbove = (rate: Rate, base: Rate): boolean =>
  compareRates(rate, base) === 'higher' && rate.value! - base.value! >= NOTABLE - 1e-9;

/** Whether the success of an attack fell notably. */
export const hasFallen = ({ before, after }: Effect): boolean => notablyAbove(before, after);

/**
 * Whether a defence made a model robust or blinded the attacker (gradient masking: Papernot et al. 2017; Athalye, Carlini
 * and Wagner 2018, "Obfuscated Gradients Give a False Sense of Security").
 *
 * - `masked`: the protocol fell notably or fools less than half of the inputs; but another attack succeeds notably more often than the protocol, and the defence took from it nothing notable or less
 *   than half of what it took from the protocol. The inputs that fool the model are still there. That may be so without the
 *   defence already, where a saturated softmax hides the gradient.
 * - `fooled`: not masked, and some attack clearly fools most inputs.
 * - `robust`: the protocol fell notably, every other attack fell notably too, and none fools more than half of the inputs with the
 *   upper end of its interval. Robust against these attacks: a stronger one may still be found.
 * - `inconclusive`: none of these, among others when there is no other attack.
 *
 * @param protocol the attack that the claim rests on
 * @param others attacks that do not need the gradient that the protocol follows
 * @returns the verdict, and the position of the other attack that succeeds most often, -1 when there is none
 */
export function defenceVerdict(
  protocol: Effect,
  others: readonly Effect[],
): { readonly verdict: DefenceVerdict; readonly strongest: number } {
  const strongest = others.reduce(
    (best, { after }, i) => ((after.value ?? -1) > (others[best]?.after.value ?? -1) ? i : best),
    -1,
  );
  return { verdict: verdictOf(protocol, others), strongest };
}

function verdictOf(protocol: Effect, others: readonly Effect[]): DefenceVerdict {
  const measured = ({ before, after }: Effect) => before.value !== null && after.value !== null;
  if (!measured(protocol)) return 'inconclusive';
  const known = others.filter(measured);
  const loss = ({ before, after }: Effect) => before.value! - after.value!;
  const spared = (other: Effect) =>
    loss(other) <= Math.max(hasFallen(protocol) ? loss(protocol) / 2 : 0, NOTABLE);
  // An attack that always fooled most inputs and still does has lost nothing that others would have to find.
  const quiet = hasFallen(protocol) || protocol.after.high! < MOST;
  if (quiet && known.some((other) => notablyAbove(other.after, protocol.after) && spared(other)))
    return 'masked';
  const all = [protocol, ...known];
  if (all.some(({ after }) => after.low! > MOST)) return 'fooled';
  const robust = known.length > 0 && all.every((effect) => hasFallen(effect) && effect.after.high! < MOST);
  return robust ? 'robust' : 'inconclusive';
}
