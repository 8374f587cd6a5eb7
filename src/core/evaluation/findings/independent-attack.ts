import { rate } from '../../base/statistics.js';
import { type Evidence, inputsOf, type Trial } from '../evidence.js';
import { bounded, fooled, shareText, strongest } from './compare-trials.js';
import { type FindingKind, observed } from './finding.js';

/** Share of the inputs that an attack must have been made on. */
const MIN_SHARE = 0.5;

/** Attacks that ask for no gradient of the model at all, on enough of the inputs. */
function independent(evidence: Evidence): Trial[] {
  const least = MIN_SHARE * evidence.correct.length;
  return bounded(evidence).filter(
    ({ role, ...trial }) =>
      (role === 'gradient-free' || role === 'substitute') && inputsOf({ role, ...trial }) >= least,
  );
}

export const noIndependentAttack: FindingKind = {
  id: 'no-independent-attack',
  title: "Nothing but the model's own gradient was tried",
  explains:
    'Attacks that follow a gradient fail where it is hidden, on a robust model and on any other. That a ' +
    'model is robust can only be said where at least one strong attack needed no gradient of it: one on ' +
    'scores, one on decisions alone, or the gradient of a substitute.',
  source: 'Carlini et al. 2019, section 4.3 (apply gradient-free attacks); Tramer et al. 2020',
  next: 'Make an attack without gradients on the same inputs, and let it run to its end.',
  look(evidence) {
    // Only audits ask for it, and they probe every model.
    if (!evidence.probes || evidence.refusal !== undefined) return [];
    const done = independent(evidence).filter(({ role }) => role === 'gradient-free');
    if (done.length > 0) return [];
    const made = rate(
      Math.max(0, ...evidence.trials.filter(({ role }) => role === 'gradient-free').map(inputsOf)),
      evidence.correct.length,
    );
    const text =
      `An attack without gradients was made on ${shareText(made)} of the inputs, so that a hidden gradient ` +
      'would not show.';
    return [observed('unreliable', text, { label: 'attacked without gradients', rate: made })];
  },
};

/** Which attacks a verdict of "robust" rests on: the strongest of those with and without the own gradient. */
export function basisText(evidence: Evidence): string {
  const others = independent(evidence);
  if (others.length === 0) return '';
  const own = bounded(evidence).filter(({ role }) => role === 'iterative' || role === 'longer');
  const best = strongest(evidence, own);
  const named = [...(best ? [best] : []), ...others].map(
    (trial) => `${trial.id} (${fooled(evidence, trial).count})`,
  );
  return ` It rests on ${named.join(', ')}.`;
}
