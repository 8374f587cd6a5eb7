import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Rule } from '../src/core/autodiff/rule.js';
import { ruleSets } from '../src/core/autodiff/rules/index.js';
import { auditSchema } from '../src/core/evaluation/audit-schema.js';
import { lowerings } from '../src/core/onnx/lowering/index.js';
import { isOperatorName } from '../src/core/onnx/operators/index.js';
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
  const row = ([op, rule]: readonly [string, Rule]) => {
    const estimate = estimates[op]?.kind === 'straight-through' ? 'straight-through' : '';
    const how = isOperatorName(op) && op in lowerings ? 'rewritten' : rule.kind;
    return `| ${op} | ${how} | ${estimate} | ${rule.kinks ?? ''} |`;
  };
  const exact = Object.entries<Rule>(ruleSets.exact).sort(([a], [b]) => a.localeCompare(b));
  const estimates: Readonly<Record<string, Rule>> = ruleSets.straightThrough;
  const isRead = ([op, { kind }]: readonly [string, Rule]) => kind !== 'unsupported' || op in lowerings;
  const rows = exact.filter(isRead).map(row);
  const others = exact.filter((entry) => !isRead(entry)).map(([op]) => `\`${op}\``);
  return wrap(`# Operators that can be differentiated

Standard ONNX, and operators of other domains with their domain; older operator sets are upgraded to
20 when a model is read. \`exact\`: the derivative. \`subgradient\`: the derivative, and at kinks
and ties the choice in the last column (PyTorch's). \`none\`: piecewise constant or not
differentiable by nature; no gradient passes. \`rewritten\`: differentiated as the standard
operators that it stands for. The set \`straightThrough\` of rules uses the estimate where there is
one, for models that quantize. A model with any other operator is refused with a message that lists
all such operators.

| operator | derivative | estimate | at kinks and ties |
| --- | --- | --- | --- |
${rows.join('\n')}

## Operators of known shape without a derivative

${others.join(', ')}
`);
}

if (import.meta.url === `file://${process.argv[1]}`) {
  for (const [path, content] of generatedDocuments()) writeFileSync(path, content);
}
