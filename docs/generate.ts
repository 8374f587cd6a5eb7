import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { auditSchema } from '../src/core/evaluation/audit-schema.js';
import { resultsSchema } from '../src/node/apps/study/study-schema.js';
import { resultDocuments } from './generate-results.js';
import { support } from './generate-support.js';
import { verdicts } from './generate-verdicts.js';

/**
 * Writes the documents that are made from the code: `npm run docs`. A test holds them against the code, so
 * that they cannot fall behind.
 */
export function generatedDocuments(): Map<string, string> {
  return new Map([
    ['docs/support.md', support()],
    ['docs/results.schema.json', `${JSON.stringify(z.toJSONSchema(resultsSchema), null, 2)}\n`],
    ['docs/audit.schema.json', `${JSON.stringify(z.toJSONSchema(auditSchema), null, 2)}\n`],
    ['docs/verdicts.md', verdicts()],
    ...resultDocuments(),
  ]);
}

if (import.meta.url === `file://${process.argv[1]}`) {
  for (const [path, content] of generatedDocuments()) writeFileSync(path, content);
}
