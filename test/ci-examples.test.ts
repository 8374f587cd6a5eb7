import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { audit } from '../src/cli/commands/audit-command.js';
import { ioOf } from '../src/cli/terminal/io.js';
import { auditExports } from '../src/report/exports/index.js';

const folder = new URL('../examples/ci/', import.meta.url);

/** Every `npx foolproof` command of a pipeline, wherever it stands, as arguments. */
function commands(value: unknown): string[][] {
  if (typeof value === 'string') {
    const [, found] = /^npx foolproof (.+)$/s.exec(value) ?? [];
    return found === undefined ? [] : [found.trim().split(/\s+/)];
  }
  return value && typeof value === 'object' ? Object.values(value).flatMap(commands) : [];
}

const quiet = { write: () => true, isTTY: false } as never;
const io = ioOf({ stdout: quiet, stderr: quiet, signal: new AbortController().signal });

describe.each(readdirSync(folder))('examples/ci/%s', (name) => {
  const text = readFileSync(new URL(name, folder), 'utf8');

  it('audits with flags that there are', async () => {
    const found = commands(parse(text));
    expect(found).not.toEqual([]);
    for (const [command, ...args] of found) {
      expect(command).toBe('audit');
      let options: { failUnder?: unknown; export?: unknown } = {};
      const parser = audit(io)
        .exitOverride()
        .configureOutput({ writeErr: () => {} });
      parser.action((_, given: typeof options) => {
        options = given;
      });
      await parser.parseAsync(args, { from: 'user' });
      expect(options.failUnder).toBe(0.4);
      // What later steps read is what is exported.
      const exported = (options.export as { name: keyof typeof auditExports }[]).map(
        ({ name: format }) => `audit/${auditExports[format].file}`,
      );
      for (const [file] of text.matchAll(/audit\/audit\.[a-z.]+/g)) expect(exported).toContain(file);
    }
  });
});
