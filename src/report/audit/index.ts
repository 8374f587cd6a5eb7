export { type AuditParts, renderAudit } from './audit-html.js';
export { auditMarkdown } from './audit-markdown.js';
export { type AuditTextOptions, auditText } from './audit-text.js';
export { type AuditFigure, auditFigures, figures } from './figures/index.js';
