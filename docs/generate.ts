import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { rules } from '../src/core/autodiff/rules/index.js';
import { auditSchema } from '../src/core/evaluation/audit-schema.js';
import { resultsSchema } from '../src/node/apps/study/study-schema.js';
import { resultDocuments } from './generate-results.js';
import { verdicts } from './generate-verdicts.js';
import { wrap } from './wrap.js';

/**
 * Writes the documents that are made from the code: `npm run docs`. A test holds them against the code, so
 * that they cannot fall behind.
 */
export function generatedDocuments(): Map<string, string> {
  return new Map([
    ['docs/operators.md', operators()],
    ['docs/results.schema.json', `${JSON.stringify(z.toJSONSchema(resultsSchema), null, 2)}\n`],
    ['docs/audit.schema.json', `${JSON.stringify(z.toJSONSchema(auditSchema), null, 2)}\n`],
    ['docs/verdicts.md', verdicts()],
    ...resultDocuments(),
  ]);
}

function operators(): string {
  const rows = Object.entries(rules)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([op, rule]) => `| ${op} | ${rule.kind} | ${rule.kinks ?? ''} |`);
  return wrap(`# Operators that can be differentiated

Standard ONNX; older operator sets are upgraded to 20 when a model is read. \`exact\`: the derivative.
\`subgradient\`: the derivative, and at kinks and ties the choice in the last column (PyTorch's).
\`none\`: piecewise constant or not differentiable by nature; no gradient passes. A model with any other
operator is refused with a message that lists all such operators.

| operator | kind | at kinks and ties |
| --- | --- | --- |
${rows.join('\n')}
`);
}

if (import.meta.url === `file://${process.argv[1]}`) {
  for (const [path, content] of generatedDocuments()) writeFileSync(path, content);
}
