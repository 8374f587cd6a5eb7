import type { AuditOutcome } from '../node/apps/audit/assemble-results.js';
import type { StudyOptions } from '../node/apps/study/index.js';
import type { Reproduced } from './study/reproduce-files.js';

/**
 * Runs a study in a run directory and leaves there the report, the results, the models and the figures. What
 * draws figures is loaded on the first call: it takes a second, and most programs never need it.
 *
 * @throws ToolkitError `interrupted`, `unknown-name`, `run-in-use`, `file-unwritable`
 */
export async function reproduce(options: StudyOptions): Promise<Reproduced> {
  return (await import('./study/reproduce-files.js')).reproduce(options);
}

/**
 * The report of an audit and everything beside it, by the name of the file: HTML, JSON, Markdown, figures,
 * adversarial images.
 */
export async function auditFiles(outcome: AuditOutcome): Promise<Map<string, Uint8Array | string>> {
  return (await import('./audit/audit-files.js')).auditFiles(outcome);
}
