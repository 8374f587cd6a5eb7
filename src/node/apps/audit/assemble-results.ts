import { type AuditedModel, type AuditResults, auditSchema } from '../../../core/evaluation/audit-schema.js';
import { mergedFindings } from '../../../core/evaluation/findings/index.js';
import { robustCurve } from '../../../core/evaluation/robust-curve.js';
import { type Finished, metaOf } from '../../work/executor.js';
import type { Plan, Step } from '../../work/plan.js';
import type { Provenance } from '../../work/provenance.js';
import { type AuditAbout, auditOf, partsOf } from './audit-about.js';
import { type GallerySheet, gallerySheet } from './audit-gallery.js';
import type { AuditOutcome } from './audit-options.js';
import { comparisons, transferMatrix } from './between-models.js';
import { type JudgedModel, judgedModel, share } from './judged-model.js';

/** How an audit went, which its steps do not tell. */
export interface Course {
  /** Seconds. */
  readonly used: number;
  readonly stopped: boolean;
}

/**
 * The results of an audit: a fold over the finished steps of its plan.
 *
 * @param finished every step of the plan by its id
 * @throws ToolkitError `corrupt-data` for images that were damaged meanwhile
 */
export async function assembleAudit(
  plan: Plan,
  finished: ReadonlyMap<string, Finished>,
  { used, stopped }: Course,
): Promise<AuditOutcome> {
  const about = auditOf(plan);
  const judged = judgedModels(plan, finished);
  const sheets = new Map<string, GallerySheet>();
  for (const [at, { gallery }] of about.models.entries()) {
    const [step] = partsOf(plan, 'gallery', at);
    const sheet = step && (await gallerySheet(finishedOf(step, finished)));
    if (sheet) sheets.set(gallery, sheet);
  }
  const { toolkit, finished: time, earlier: _, ...environment } = latest(finished);
  const { data, seconds } = about;
  const results: AuditResults = {
    schema: 'foolproof.audit/1',
    toolkit,
    finished: time,
    environment,
    seed: about.seed,
    norm: about.norm,
    effort: about.effort,
    epsilon: about.epsilon,
    rounding: about.rounding,
    threshold: about.threshold,
    time: { budget: seconds, used },
    data: {
      name: data.name,
      source: data.source,
      available: data.available,
      attacked: judged[0]?.evidence.correct.length ?? 0,
      classes: data.classNames.length,
      classNames: data.classNames,
      warnings: data.warnings,
    },
    models: judged.map((model) => modelRow(model, sheets.get(model.about.gallery), about)),
    transfer: transferMatrix(judged, about),
    comparisons: comparisons(judged),
  };
  return { results: auditSchema.parse(results), galleries: sheets, stopped };
}

/** Every model of an audit, by its finished chunks. */
export function judgedModels(plan: Plan, finished: ReadonlyMap<string, Finished>): JudgedModel[] {
  const about = auditOf(plan);
  return about.models.map((model, at) => {
    const chunks = partsOf(plan, 'chunk', at).map((step) => finishedOf(step, finished));
    const [probe] = partsOf(plan, 'probe', at);
    return judgedModel(model, chunks, about, probe && metaOf(finishedOf(probe, finished), 'probe').probes);
  });
}

function finishedOf({ id }: Step, finished: ReadonlyMap<string, Finished>): Finished {
  const found = finished.get(id);
  if (!found) throw new Error(`step ${id} is not finished`);
  return found;
}

function modelRow(
  { about, evidence, findings, summary, trials }: JudgedModel,
  sheet: GallerySheet | undefined,
  { epsilons }: Pick<AuditAbout, 'epsilons'>,
): AuditedModel {
  const { id, path, sha256, bytes, producer, parameters, reshapings, redFlags, format, batch } = about;
  return {
    ...{ id, path, sha256, bytes, producer, parameters, reshapings, redFlags, format, batch },
    ...(evidence.probes && { probes: evidence.probes }),
    cleanAccuracy: share(evidence.correct),
    testAccuracy: about.testAccuracy,
    trials: [...trials],
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
    curve: robustCurve(evidence, epsilons).map((point) => ({ ...point })),
    gallery: sheet
      ? { file: about.gallery, trial: sheet.trial, items: sheet.items.map((item) => ({ ...item })) }
      : null,
  };
}

/** Provenance of the step that was finished last. */
function latest(finished: ReadonlyMap<string, Finished>): Provenance {
  const [first, ...others] = [...finished.values()].map(({ provenance }) => provenance);
  if (!first) throw new Error('an audit without steps');
  return others.reduce((last, step) => (step.finished > last.finished ? step : last), first);
}
