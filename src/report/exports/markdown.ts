import { auditMarkdown } from '../audit/audit-markdown.js';
import type { AuditExport } from './audit-export.js';

/** Markdown: the summary of a job, a comment on a merge request. */
export const markdown: AuditExport = {
  title: 'Markdown summary',
  help: 'the summary of a GitHub Actions job ($GITHUB_STEP_SUMMARY), comments on merge requests',
  source: 'GitHub Flavored Markdown',
  file: 'audit.md',
  write({ results, gate }) {
    const lines = gate.map(
      ({ model, required, passed, measured }) =>
        `- ${passed ? '✅' : '❌'} \`${model.replaceAll('`', "'")}\`: ${required}; ${measured}`,
    );
    const summary = auditMarkdown(results);
    return lines.length === 0 ? summary : `${summary}\n### Gate\n\n${lines.join('\n')}\n`;
  },
};
