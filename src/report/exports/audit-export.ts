import type { AuditResults } from '../../core/evaluation/audit-schema.js';
import type { GateCheck } from '../../node/apps/audit/gate.js';

/** What an export is made of. */
export interface Exported {
  readonly results: AuditResults;
  /** Conditions that the audit was to meet; none where no gate was set. */
  readonly gate: readonly GateCheck[];
}

/** A format of other programs that the results of an audit are written in. */
export interface AuditExport {
  readonly title: string;
  /** One line: which programs read it, and what for. */
  readonly help: string;
  /** The specification that the format follows. */
  readonly source: string;
  /** Name of the file where none is stated. */
  readonly file: string;
  /** The text of the file. */
  write(exported: Exported): string | Promise<string>;
}
