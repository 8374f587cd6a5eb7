import { type AuditOptions, auditPrepared, prepareAudit } from '../../node/apps/audit/audit-app.js';
import type { AuditOutcome } from '../../node/apps/audit/audit-options.js';
import { RunDirectory } from '../../node/store/run-directory.js';
import { assertCanDraw } from '../kit/drawing-packages.js';
import { auditFiles } from './audit-files.js';

/** What `writeAudit` takes: the options of `audit`, and where the report goes. */
export interface WriteAuditOptions extends Omit<AuditOptions, 'directory'> {
  /**
   * The folder that the report is written to. Finished attacks are kept there, so
   * that the same audit resumes.
   */
  readonly out: string;
}

/** What `writeAudit` results in. */
export interface WrittenAudit extends AuditOutcome {
  /** Files written, relative to the folder; `report.html` and `audit.json` among them. */
  readonly files: readonly string[];
}

/**
 * Audits models and writes the report of it, the results, the figures and the adversarial images:
 * `foolproof audit` as a function.
 *
 * @throws ToolkitError as `audit`; `package-missing`, `run-in-use`, `file-unwritable`
 */
export async function writeAudit({ out, ...options }: WriteAuditOptions): Promise<WrittenAudit> {
  await assertCanDraw();
  const prepared = await prepareAudit(options);
  try {
    const directory = await RunDirectory.open(out);
    try {
      const outcome = await auditPrepared(prepared, { ...options, directory });
      const files = await auditFiles(outcome);
      for (const [name, content] of files) await directory.write(name, content);
      return { ...outcome, files: [...files.keys()] };
    } finally {
      await directory.close();
    }
  } finally {
    await prepared.release();
  }
}
