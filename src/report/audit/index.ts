export { type AuditFigure, auditFigures, figures } from './figures/index.js';
export { type AuditParts, renderAudit } from './html.js';
export { auditMarkdown } from './markdown.js';
export { type AuditTextOptions, auditText } from './text.js';
