import { quantiles, type Rate, rate, rateOf } from '../../../core/base/statistics.js';
import type { AuditTrial } from '../../../core/evaluation/audit-schema.js';
import { AUDIT_RULE } from '../../../core/evaluation/evaluation-rule.js';
import { type Evidence, fooledUpTo } from '../../../core/evaluation/evidence.js';
import type { Finding } from '../../../core/evaluation/findings/index.js';
import type { Probes } from '../../../core/evaluation/probes/index.js';
import { evidenceOf } from '../../../core/evaluation/trial-evidence.js';
import { joined, type Outcome } from '../../../core/evaluation/trial-outcome.js';
import { judge, type Summary } from '../../../core/evaluation/verdict.js';
import { type Finished, metaOf } from '../../work/executor.js';
import type { AuditAbout, ModelAbout, TrialAbout } from './audit-about.js';

/** A model with what its finished chunks say. */
export interface JudgedModel {
  readonly about: ModelAbout;
  readonly evidence: Evidence;
  readonly findings: readonly Finding[];
  readonly summary: Summary;
  readonly trials: readonly AuditTrial[];
}

/**
 * Chunks merged, evidence, findings, verdict: everything that follows from the measurements on one model.
 *
 * @param chunks in the order of the inputs, at least one
 */
export function judgedModel(
  about: ModelAbout,
  chunks: readonly Finished[],
  { epsilon, threshold }: Pick<AuditAbout, 'epsilon' | 'threshold'>,
  probes?: Probes,
): JudgedModel {
  const parts = chunks.map((chunk) => metaOf(chunk, 'audit-chunk'));
  const chunk = joined(parts);
  if (!chunk) throw new Error(`no inputs of ${about.id} were attacked`);
  const { refusal, classes, batch } = about;
  const labels = parts.flatMap((part) => part.labels);
  const evidence = evidenceOf(chunk, about.trials, labels, {
    rule: { ...AUDIT_RULE, threshold },
    epsilon,
    classes,
    ...(refusal !== null && { refusal }),
    ...(probes && { probes }),
    ...(batch && { batch }),
  });
  const { findings, ...summary } = judge(evidence);
  return {
    about,
    evidence,
    findings,
    summary,
    trials: about.trials.map((trial, i) => trialRow(trial, chunk.outcomes[i], evidence)),
  };
}

function trialRow(about: TrialAbout, outcome: Outcome | undefined, evidence: Evidence): AuditTrial {
  const trial = evidence.trials.find((t) => t.id === about.id);
  if (!trial || !outcome) throw new Error(`trial ${about.id} was not made`);
  const inputs = evidence.correct.length;
  return {
    ...about,
    inputs,
    points: outcome.budgets.map((epsilon) => {
      const hits = fooledUpTo(trial, epsilon);
      const right = evidence.correct;
      const count = (test: (i: number) => boolean) => hits.reduce((sum, _, i) => sum + Number(test(i)), 0);
      return {
        epsilon,
        fooled: rate(
          count((i) => right[i] === 1 && hits[i] === 1),
          right.reduce((sum, flag) => sum + flag, 0),
        ),
        robustAccuracy: rate(
          count((i) => right[i] === 1 && hits[i] === 0),
          inputs,
        ),
        success: rate(
          count((i) => hits[i] === 1),
          inputs,
        ),
      };
    }),
    untouched: rate(outcome.untouched, inputs),
    zeroGradients: trial.zeroGradients ?? null,
    silent: trial.silent ?? null,
    stuck: outcome.stuck === null ? null : rate(outcome.stuck, inputs),
    ...(outcome.otherForm !== undefined && { otherForm: rate(outcome.otherForm, inputs) }),
    distances: distancesOf(outcome.distances),
    seconds: outcome.seconds,
    queries: outcome.queries,
  };
}

const PROBABILITIES = [0.1, 0.25, 0.5, 0.75, 0.9];

function distancesOf(distances: readonly number[]): AuditTrial['distances'] {
  if (distances.length === 0) return null;
  return { count: distances.length, quantiles: quantiles(distances, PROBABILITIES) };
}

export const share = rateOf;

/** Correct, and fooled by no trial up to this epsilon. */
export function robustAt({ correct, trials }: Evidence, epsilon: number): Rate {
  const left = correct.slice();
  for (const trial of trials) {
    if (trial.role === 'unbounded') continue;
    fooledUpTo(trial, epsilon).forEach((hit, i) => {
      if (hit) left[i] = 0;
    });
  }
  return share(left);
}
