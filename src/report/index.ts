/**
 * `foolproof/report`: reports of audits and studies as self-contained HTML, Markdown, text and figures.
 *
 * What draws is loaded when it is first needed; the packages `vega`, `vega-lite` and
 * `sharp` are needed here alone.
 *
 * @module foolproof/report
 */

export { auditFiles } from './audit/audit-files.js';
export { type AuditParts, renderAudit } from './audit/audit-html.js';
export { auditMarkdown } from './audit/audit-markdown.js';
export { type AuditTextOptions, auditText } from './audit/audit-text.js';
export { type AuditFigure, auditFigures } from './audit/figures/index.js';
export { type WriteAuditOptions, type WrittenAudit, writeAudit } from './audit/write-audit.js';
export { type AuditExport, type AuditExportName, auditExports, type Exported } from './exports/index.js';
export { type GalleryRow, galleryPng } from './kit/gallery-png.js';
export { type RenderOptions, renderSvg } from './kit/svg.js';
export { type Figure, type FigureSection, figureName, figures } from './study/figures/index.js';
export { renderFigures } from './study/render-figures.js';
export { type Reproduced, reproduce } from './study/reproduce-files.js';
export { type ReportParts, renderReport } from './study/study-html.js';
