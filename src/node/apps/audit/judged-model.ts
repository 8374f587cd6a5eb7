import { quantiles, rate, rateOf } from '../../../core/base/statistics.js';
import type { AuditTrial } from '../../../core/evaluation/audit-schema.js';
import { AUDIT_RULE } from '../../../core/evaluation/evaluation-rule.js';
import { type Evidence, fooledUpTo } from '../../../core/evaluation/evidence.js';
import type { Finding } from '../../../core/evaluation/findings/index.js';
import type { Probes } from '../../../core/evaluation/probes/index.js';
import { evidenceOf } from '../../../core/evaluation/trial-evidence.js';
import { beside, type Chunk, joined, type Outcome } from '../../../core/evaluation/trial-outcome.js';
import { judge, type Summary } from '../../../core/evaluation/verdict.js';
import { type Finished, metaOf } from '../../work/executor.js';
import { parametersOf } from '../../work/plan.js';
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
  const parts = inputsOf(chunks);
  const chunk = joined(parts.map(({ chunk }) => chunk));
  if (!chunk) throw new Error(`no inputs of ${about.id} were attacked`);
  const { refusal, classes, batch, format } = about;
  const labels = parts.flatMap((part) => part.labels);
  const evidence = evidenceOf(chunk, about.trials, labels, {
    rule: { ...AUDIT_RULE, threshold },
    epsilon,
    classes,
    ...(refusal !== null && { refusal }),
    ...(probes && { probes }),
    ...(batch && { batch }),
    ...(format.tied.length > 0 && { tied: format.tied }),
  });
  const { findings, ...summary } = judge(evidence);
  return {
    about,
    evidence,
    findings,
    summary,
    trials: about.trials.flatMap((trial) => {
      const outcome = chunk.outcomes.find((made) => made.trial === trial.id);
      return outcome ? [trialRow(trial, outcome, evidence)] : [];
    }),
  };
}

/** Steps by the inputs that they are about, in their order: the trials on some inputs may be several steps. */
function inputsOf(steps: readonly Finished[]): { chunk: Chunk; labels: readonly number[] }[] {
  const groups = new Map<number, Finished[]>();
  for (const step of steps) {
    const { from } = parametersOf(step.step, 'audit-chunk');
    groups.set(from, [...(groups.get(from) ?? []), step]);
  }
  const sorted = [...groups].sort(([a], [b]) => a - b);
  return sorted.flatMap(([, group]) => {
    const metas = group.map((step) => metaOf(step, 'audit-chunk'));
    const chunk = beside(metas);
    return chunk ? [{ chunk, labels: metas[0]?.labels ?? [] }] : [];
  });
}

function trialRow(about: TrialAbout, outcome: Outcome, evidence: Evidence): AuditTrial {
  const trial = evidence.trials.find((t) => t.id === about.id);
  if (!trial) throw new Error(`trial ${about.id} was not made`);
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
