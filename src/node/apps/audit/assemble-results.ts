import { resolveParameters } from '../../../core/attacks/index.js';
import { quantiles, type Rate, rate, rateOf as share } from '../../../core/base/statistics.js';
import { toolkitVersion } from '../../../core/base/toolkit-version.js';
import type { Effort, PlannedAttack } from '../../../core/evaluation/attack-suite.js';
import {
  type AuditedModel,
  type AuditResults,
  type AuditTrial,
  auditSchema,
} from '../../../core/evaluation/audit-schema.js';
import { formatOf } from '../../../core/evaluation/audited-format.js';
import { AUDIT_RULE } from '../../../core/evaluation/evaluation-rule.js';
import { type Evidence, fooledUpTo } from '../../../core/evaluation/evidence.js';
import { mergedFindings } from '../../../core/evaluation/findings/index.js';
import type { ModelTrial } from '../../../core/evaluation/model-trials.js';
import { classOrder, type Subject } from '../../../core/evaluation/subject.js';
import { evidenceOf } from '../../../core/evaluation/trial-evidence.js';
import { type Chunk, joined, type Outcome } from '../../../core/evaluation/trial-outcome.js';
import { judge as judgeEvidence } from '../../../core/evaluation/verdict.js';
import { environment } from '../../store/machine.js';
import { type GallerySheet, gallerySheet } from './audit-gallery.js';
import { comparisons, type Judged, transferMatrix } from './between-models.js';
import type { AuditOptions } from './run-audit.js';
import type { Refusals } from './throughput.js';

export interface AuditOutcome {
  readonly results: AuditResults;
  /** Adversarial images by the file that the results name. */
  readonly galleries: ReadonlyMap<string, GallerySheet>;
  /** Whether it was ended by the signal; what is there is from the inputs that were finished. */
  readonly stopped: boolean;
}

/** What was measured, before anybody thinks about it. */
export interface Measured extends AuditOptions {
  readonly seed: number;
  readonly planned: readonly PlannedAttack[];
  /** The suite that `planned` is; null for attacks of the caller's own. */
  readonly chosen: Effort | null;
  /** Why models have no gradient. */
  readonly refusals: Refusals;
  /** For each model. */
  readonly trials: readonly (readonly ModelTrial[])[];
  readonly chunks: readonly (readonly Chunk[])[];
  readonly epsilons: readonly number[];
  readonly attacked: Uint32Array;
  readonly threshold: number;
  readonly used: number;
  readonly stopped: boolean;
}

/** Results of an audit from its chunks: findings, verdicts, comparisons. */
export async function assemble(measured: Measured): Promise<AuditOutcome> {
  const { subjects, runtime, attacked, stopped } = measured;
  const judged: Judged[] = [];
  for (const [s, subject] of subjects.entries()) judged.push(await judge(subject, s, measured));
  const { data } = subjects[0]!;
  const results: AuditResults = {
    schema: 'foolproof.audit/1',
    toolkit: toolkitVersion,
    finished: new Date().toISOString(),
    environment: {
      onnxruntime: runtime.version,
      ...environment(),
      ...(runtime.device !== 'cpu' && { device: runtime.device }),
    },
    seed: measured.seed,
    norm: measured.norm,
    effort: measured.chosen,
    epsilon: measured.epsilon,
    rounding: measured.rounding ?? null,
    threshold: measured.threshold,
    time: { budget: measured.seconds ?? null, used: measured.used },
    data: {
      name: data.title,
      source: data.source,
      available: data.test.count,
      attacked: attacked.length,
      classes: data.classes,
      classNames: classOrder(subjects[0]!).map((k) => data.classNames[k]!),
      warnings: [...(measured.warnings ?? [])],
    },
    models: judged.map(({ model }) => model),
    transfer: transferMatrix(measured, judged),
    comparisons: comparisons(judged),
  };
  const sheets = judged.flatMap(({ model, sheet }) =>
    sheet && model.gallery ? [[model.gallery.file, sheet] as const] : [],
  );
  return { results: auditSchema.parse(results), galleries: new Map(sheets), stopped };
}

async function judge(subject: Subject, s: number, measured: Measured): Promise<Judged> {
  const { attacked, epsilon, epsilons, threshold } = measured;
  const chunk = joined(measured.chunks[s]!)!;
  const trials = measured.trials[s]!;
  const labels = Array.from(attacked, (index) => subject.data.test.labels[index]!);
  const refusal = measured.refusals.get(subject);
  const evidence = evidenceOf(chunk, trials, labels, {
    rule: { ...AUDIT_RULE, threshold },
    epsilon,
    classes: subject.classifier.classes,
    ...(refusal !== undefined && { refusal }),
  });
  const { findings, ...summary } = judgeEvidence(evidence);
  const sheet = await gallerySheet(subject, summary, trials, evidence, measured);
  const { id, path, sha256, bytes, producer, parameters, reshapings } = subject;
  const model: AuditedModel = {
    ...{ id, path, sha256, bytes, producer, parameters },
    reshapings: [...reshapings],
    format: formatOf(subject),
    cleanAccuracy: share(evidence.correct),
    testAccuracy: null,
    trials: chunk.outcomes.map((outcome, i) => trialOf(outcome, trials[i]!, evidence)),
    findings: mergedFindings(findings).map(({ advice, ...finding }) => ({
      ...finding,
      numbers: finding.numbers.map(({ label, rate: value }) => ({ label, rate: { ...value } })),
      trials: [...finding.trials],
      ...(advice && { advice: { code: advice.code, data: { ...advice.data } } }),
    })),
    verdict: summary.verdict,
    why: summary.why,
    robustAccuracy: summary.robustAccuracy,
    strongest: summary.strongest?.id ?? null,
    curve: epsilons.map((e) => ({ epsilon: e, robustAccuracy: worstCase(evidence, e) })),
    gallery: sheet
      ? {
          file: `gallery/${fileNameOf(s, measured.subjects)}.png`,
          trial: sheet.trial,
          items: sheet.items.map((i) => ({ ...i })),
        }
      : null,
  };
  return { model, evidence, summary, sheet };
}

/** Letters, digits, dots and dashes: ids are names of strangers' files. */
const fileName = (id: string): string => id.replace(/[^A-Za-z0-9.-]+/g, '-').replace(/^[.-]+/, '') || 'model';

/** With its number where another model's name makes the same. */
function fileNameOf(s: number, subjects: readonly Subject[]): string {
  const names = subjects.map(({ id }) => fileName(id));
  return names.indexOf(names[s]!) === s ? names[s]! : `${names[s]}-${s + 1}`;
}

/** Correct, and fooled by no trial up to this epsilon. */
function worstCase({ correct, trials }: Evidence, epsilon: number): Rate {
  const left = correct.slice();
  for (const trial of trials) {
    if (trial.role === 'unbounded') continue;
    fooledUpTo(trial, epsilon).forEach((hit, i) => {
      if (hit) left[i] = 0;
    });
  }
  return share(left);
}

function trialOf(outcome: Outcome, { planned, source, id }: ModelTrial, evidence: Evidence): AuditTrial {
  const { attack, role, objective } = planned;
  const trial = evidence.trials.find((t) => t.id === id)!;
  const inputs = evidence.correct.length;
  const some = (count: number | null): Rate | null => (count === null ? null : rate(count, inputs));
  return {
    id,
    attack: attack.name,
    title: attack.title,
    reference: attack.source,
    role,
    objective: attack.followsObjective && objective ? objective.name : null,
    from: source?.name ?? null,
    parameters: { ...resolveParameters(attack, planned.parameters) },
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
    stuck: some(outcome.stuck),
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
