import type { AuditExport } from './audit-export.js';
import { cyclonedx } from './cyclonedx.js';
import { junit } from './junit.js';
import { markdown } from './markdown.js';
import { modelIndex } from './model-index.js';
import { sarif } from './sarif.js';

export type { AuditExport, Exported } from './audit-export.js';

/** Every format that the results of an audit are exported to, by name. A new one is one file and one line here. */
export const auditExports = {
  junit,
  sarif,
  markdown,
  'model-index': modelIndex,
  cyclonedx,
} as const satisfies Readonly<Record<string, AuditExport>>;

/** The name of a registered export. */
export type AuditExportName = keyof typeof auditExports;
