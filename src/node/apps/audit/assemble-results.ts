import { resolveParameters } from '../../../core/attacks/index.js';
import { type Rate, rate } from '../../../core/base/statistics.js';
import { toolkitVersion } from '../../../core/base/toolkit-version.js';
import {
  type AuditedModel,
  type AuditResults,
  type AuditTrial,
  auditSchema,
} from '../../../core/evaluation/audit-schema.js';
import { formatOf } from '../../../core/evaluation/audited-format.js';
import { type Evidence, fooledUpTo } from '../../../core/evaluation/evidence.js';
import { findingsOf, mergedFindings, overall } from '../../../core/evaluation/findings/index.js';
import type { ModelTrial } from '../../../core/evaluation/model-trials.js';
import { evidenceOf } from '../../../core/evaluation/trial-evidence.js';
import { joined, type Outcome } from '../../../core/evaluation/trial-outcome.js';
import type { ModelUnderTest } from '../../../core/models/model-under-test.js';
import { environment } from '../../store/machine.js';
import { gallerySheet } from './audit-gallery.js';
import type { AuditOutcome, Judged, Measured } from './audit-options.js';
import { comparisons, transferMatrix } from './between-models.js';

/** Results of an audit from its chunks: findings, verdicts, comparisons. */
export async function assemble(measured: Measured): Promise<AuditOutcome> {
  const { models, data, runtime, attacked, stopped } = measured;
  const judged: Judged[] = [];
  for (const [s, model] of models.entries()) judged.push(await judge(model, s, measured));
  const classNames = models[0]?.classNames ?? data.classNames;
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
      classes: classNames.length,
      classNames: [...classNames],
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

async function judge(subject: ModelUnderTest, s: number, measured: Measured): Promise<Judged> {
  const { data, attacked, epsilon, epsilons, threshold } = measured;
  const chunk = joined(measured.chunks[s]!)!;
  const trials = measured.trials[s]!;
  const labels = Array.from(attacked, (index) => data.test.labels[index]!);
  const refusal = measured.refusals.get(subject);
  const evidence = evidenceOf(chunk, trials, labels, {
    epsilon,
    classes: subject.classes,
    ...(refusal !== undefined && { refusal }),
  });
  const findings = findingsOf(evidence);
  const summary = overall(evidence, findings, threshold);
  const sheet = await gallerySheet(subject, summary, trials, evidence, measured);
  const { path, sha256, bytes, producer, parameters, reshapings } = subject.provenance;
  const recorded = Object.values(reshapings).flatMap((chain) => chain.map(({ name }) => name));
  const model: AuditedModel = {
    ...{ id: subject.id, path, sha256, bytes, producer, parameters: parameters.stored },
    reshapings: [...new Set(recorded)],
    format: formatOf(subject, data.title),
    cleanAccuracy: share(evidence.correct),
    testAccuracy: null,
    trials: chunk.outcomes.map((outcome, i) => trialOf(outcome, trials[i]!, evidence)),
    findings: mergedFindings(findings).map((finding) => ({
      ...finding,
      numbers: finding.numbers.map(({ label, rate: value }) => ({ label, rate: { ...value } })),
      trials: [...finding.trials],
    })),
    verdict: summary.verdict,
    why: summary.why,
    robustAccuracy: summary.robustAccuracy,
    strongest: summary.strongest?.id ?? null,
    curve: epsilons.map((e) => ({ epsilon: e, robustAccuracy: worstCase(evidence, e) })),
    gallery: sheet
      ? {
          file: `gallery/${fileNameOf(s, measured.models)}.png`,
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
function fileNameOf(s: number, models: readonly ModelUnderTest[]): string {
  const names = models.map(({ id }) => fileName(id));
  return names.indexOf(names[s]!) === s ? names[s]! : `${names[s]}-${s + 1}`;
}

const share = (flags: Uint8Array): Rate =>
  rate(
    flags.reduce((sum, flag) => sum + flag, 0),
    flags.length,
  );

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
    untouched: trial.untouched,
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
  const sorted = [...distances].sort((a, b) => a - b);
  const at = (p: number) => sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))]!;
  return {
    count: sorted.length,
    quantiles: Object.fromEntries(PROBABILITIES.map((p) => [String(p), at(p)])),
  };
}
