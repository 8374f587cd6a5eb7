import type { Rate } from '../../base/statistics.js';
import { MIN_DIFFERENCE } from '../evaluation-rule.js';
import { type Evidence, fooledUndefended, fooledUpTo, type Trial } from '../evidence.js';
import { bounded, difference, isNotable, pair, pairTrials, shareText } from './compare-trials.js';
import type { FindingKind, Observation } from './finding.js';

/** Success of one attack without and with the defence, on the same inputs and within the same budget. */
export interface Effect {
  readonly trial: Trial;
  readonly before: Rate;
  readonly after: Rate;
  /** What the defence took from it, as a share of the inputs. */
  readonly loss: number;
  /** Whether success fell notably. */
  readonly fell: boolean;
}

/** Undefined where the attack was not made on the model without its defence, or on no inputs. */
export function effectOf(evidence: Evidence, trial: Trial): Effect | undefined {
  const without = fooledUndefended(trial, evidence.epsilon);
  if (!without) return undefined;
  const paired = pair(evidence, without, fooledUpTo(trial, evidence.epsilon));
  const { a: before, b: after } = paired;
  if (before.value === null || after.value === null) return undefined;
  return { trial, before, after, loss: difference(paired), fell: isNotable(paired) };
}

/** The attack that a claim rests on, and all others, each with what the defence did to it. */
function claimOf(evidence: Evidence): { claim: Effect; others: Effect[] } | undefined {
  const claimed = evidence.trials.find(({ id }) => id === evidence.claim);
  const claim = claimed && effectOf(evidence, claimed);
  if (!claim) return undefined;
  const others = bounded(evidence).filter((trial) => trial !== claimed);
  return { claim, others: others.flatMap((trial) => effectOf(evidence, trial) ?? []) };
}

const effectText = ({ trial, before, after }: Effect): string =>
  `${trial.id} fools ${shareText(after)} with the defence and ${shareText(before)} without it`;

const observedEffects = (
  severity: Observation['severity'],
  text: string,
  effects: readonly Effect[],
): Observation => ({
  severity,
  text,
  numbers: effects.flatMap(({ trial, before, after }) => [
    { label: `${trial.id}, without the defence`, rate: before },
    { label: `${trial.id}, with it`, rate: after },
  ]),
  trials: effects.map(({ trial }) => trial.id),
});

export const sparedAttack: FindingKind = {
  id: 'spared-attack',
  title: 'The defence stops one attack and spares another',
  explains:
    'The attack that the claim rests on fails against the defended model, while another attack within the ' +
    'same budget fools notably more inputs and lost little or nothing to the defence. The inputs that fool ' +
    'the model are still there; only the first attacker has lost the gradient. That may be so without the ' +
    'defence already, where a saturated softmax hides the gradient.',
  source: 'Papernot et al. 2017; Athalye, Carlini and Wagner 2018',
  next: 'Quote the strongest attack. The smaller success rate says nothing about robustness.',
  look(evidence) {
    const found = claimOf(evidence);
    if (!found) return [];
    const { claim, others } = found;
    // An attack that always fooled most inputs and still does has lost nothing that others would have to
    // find.
    const looksStopped = claim.fell || (claim.after.high ?? 1) < 1 - evidence.rule.threshold;
    if (!looksStopped) return [];
    /**
     * What an attack may lose and still count as spared: nothing notable, or less than half of what the claim
     * lost.
     */
    const allowed = Math.max(claim.fell ? claim.loss / 2 : 0, MIN_DIFFERENCE);
    return others
      .filter(({ loss, trial }) => loss <= allowed && isNotable(pairTrials(evidence, trial, claim.trial)))
      .map((other) =>
        observedEffects('masking', `${effectText(claim)}; ${effectText(other)}.`, [claim, other]),
      );
  },
};

export const unconfirmedDefence: FindingKind = {
  id: 'unconfirmed-defence',
  title: 'The defence does not stop every attack, or only one was tried',
  explains:
    'A defence makes a model robust when every attack succeeds notably less often with it than without. ' +
    'One attack alone cannot show that, and an attack that the defence did not weaken speaks against it.',
  source: 'Carlini et al. 2019, section 4',
  next: 'Try attacks that do not depend on the same loss or gradient.',
  look(evidence) {
    const found = claimOf(evidence);
    if (!found) return [];
    const { claim, others } = found;
    if (others.length === 0)
      return [observedEffects('unreliable', `No other attack was made; ${effectText(claim)}.`, [claim])];
    const standing = [claim, ...others].filter(({ fell }) => !fell);
    if (standing.length === 0) return [];
    return [observedEffects('unreliable', `${standing.map(effectText).join('; ')}.`, standing)];
  },
};
