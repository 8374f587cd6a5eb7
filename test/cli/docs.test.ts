import { readFileSync } from 'node:fs';
import { attackReportSchema, compressReportSchema, trainReportSchema } from 'foolproof/node';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commands } from '../../src/cli/commands/index.js';
import type { Io } from '../../src/cli/terminal/io.js';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');

/** Names of all properties of a JSON schema. */
function names(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own =
    'properties' in schema && typeof schema.properties === 'object'
      ? Object.keys(schema.properties ?? {})
      : [];
  return [...own, ...Object.values(schema).flatMap(names)];
}

describe('docs/cli.md', () => {
  it('has a section for every command', () => {
    for (const make of commands) expect(page).toContain(`\n## ${make({} as Io).name()}\n`);
  });

  it.each([
    ['attack', attackReportSchema],
    ['train', trainReportSchema],
    ['compress', compressReportSchema],
  ])('explains every field of the JSON of %s', (_name, schema) => {
    for (const name of new Set(names(z.toJSONSchema(schema))))
      expect(page).toMatch(new RegExp(`[\`.]${name}[\`.\\[]`));
  });
});
