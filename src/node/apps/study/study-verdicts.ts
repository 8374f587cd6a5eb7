import { STUDY_RULE } from '../../../core/evaluation/evaluation-rule.js';
import type { Evidence, Trial } from '../../../core/evaluation/evidence.js';
import { strongest } from '../../../core/evaluation/findings/compare-trials.js';
import { effectOf } from '../../../core/evaluation/findings/defence-findings.js';
import { defenceFindings } from '../../../core/evaluation/findings/index.js';
import { judge } from '../../../core/evaluation/verdict.js';
import { checkSameInputs, type DecodedOutcomes } from './attack-outcomes.js';
import type { Results } from './study-schema.js';

/** Evaluations of J that the paper's protocol may have followed; every other attack is a check on it. */
const PROTOCOLS = ['cross-entropy', 'cross-entropy-clipped'];
const TRANSFER = 'transfer';

/** A trial of the evidence, with what tells it apart in the results. */
interface Run extends Trial {
  readonly variant: string;
  readonly objective: string;
}

/** One attack on an inhibited model, and the same attack on the model as trained. */
interface BeforeAndAfter {
  readonly inhibited: DecodedOutcomes;
  readonly trained: DecodedOutcomes;
}

/**
 * For each model, evaluation of J and tau above 0: whether gradient inhibition made the model robust or
 * masked its gradient. Beside the paper's protocol stand the other objectives and the transfer from the model
 * without inhibition, on the same inputs and at the same epsilon; each beside its own success without
 * inhibition.
 *
 * @throws ToolkitError `data-mismatch` when attacks on one model were made on different inputs
 */
export function verdictsOf(runs: readonly DecodedOutcomes[]): Results['verdicts'] {
  const fgsm = runs.filter((run) => run.attack === 'fgsm');
  return fgsm.flatMap((own) => {
    const { variant, objective, tau } = own;
    if (tau === 0 || variant !== '' || !PROTOCOLS.includes(objective)) return [];
    const beside = runsBeside(fgsm, own);
    return own.budgets.flatMap((budget) => verdictAt(beside, own, budget) ?? []);
  });
}

/** Every run at the tau of `own` on its model, with the run as trained of the same objective. */
function runsBeside(fgsm: readonly DecodedOutcomes[], own: DecodedOutcomes): BeforeAndAfter[] {
  const same = fgsm.filter((run) => run.model === own.model);
  return same.flatMap((inhibited): BeforeAndAfter[] => {
    const { variant, objective } = inhibited;
    if (inhibited.tau !== own.tau || (variant !== '' && variant !== TRANSFER)) return [];
    // Without inhibition the transfer is the attack itself.
    const trained = same.find((run) => run.tau === 0 && run.variant === '' && run.objective === objective);
    if (!trained) return [];
    for (const run of [inhibited, trained]) checkSameInputs(own, run);
    return [{ inhibited, trained }];
  });
}

function verdictAt(
  runs: readonly BeforeAndAfter[],
  own: DecodedOutcomes,
  budget: number,
): Results['verdicts'][number] | undefined {
  const { model, objective, tau } = own;
  const trials = runs.flatMap((run) => runAt(run, budget) ?? []);
  const claim = trials.find((t) => t.variant === '' && t.objective === objective);
  if (!claim) return undefined;
  const evidence = studyEvidence(own, trials, { claim: claim.id, epsilon: budget });
  const effect = effectOf(evidence, claim);
  if (!effect) return undefined;
  const others = trials.filter((trial) => trial !== claim);
  const { verdict } = judge(evidence, defenceFindings);
  const best = strongest(evidence, others);
  return {
    model,
    objective,
    tau,
    budget,
    before: effect.before,
    after: effect.after,
    fell: effect.fell,
    others: others.flatMap((trial) => {
      const other = effectOf(evidence, trial);
      if (!other) return [];
      const { before, after } = other;
      return [{ variant: trial.variant, objective: trial.objective, before, after }];
    }),
    verdict,
    strongest: best ? others.indexOf(best) : null,
  };
}

/**
 * At this epsilon alone: with inhibition fewer were tried, and Algorithm 1's count would hold that against
 * it.
 */
function runAt({ inhibited, trained }: BeforeAndAfter, budget: number): Run | undefined {
  if (![inhibited, trained].every((run) => run.budgets.includes(budget))) return undefined;
  const { attack, variant, objective } = inhibited;
  return {
    id: [attack, variant, objective].filter(Boolean).join(' '),
    attack,
    variant,
    objective,
    role: variant === TRANSFER ? 'transfer' : 'one-step',
    budgets: [budget],
    fooledAt: [inhibited.fooledAt(budget)],
    undefended: [trained.fooledAt(budget)],
  };
}

function studyEvidence(
  own: DecodedOutcomes,
  trials: readonly Trial[],
  about: Pick<Evidence, 'claim' | 'epsilon'>,
): Evidence {
  const labels = own.labels();
  return {
    rule: STUDY_RULE,
    ...about,
    classes: Math.max(...labels, 0) + 1,
    labels,
    correct: own.correct(),
    trials,
  };
}
