import { describe, expect, it } from 'vitest';
import { commands } from '../../../src/cli/commands/index.js';
import { adviceHint } from '../../../src/cli/terminal/advice-text.js';
import type { Io } from '../../../src/cli/terminal/io.js';
import { adviceCodes } from '../../../src/core/evaluation/findings/index.js';

const known = commands.map((make) => make({} as Io));
const flags = known.flatMap(({ options }) => options.map(({ long }) => long));
const names = known.map((command) => command.name());

describe('the hint of an advice', () => {
  it.each(adviceCodes)('%s names flags or commands that there are', (code) => {
    const hint = adviceHint({ code, data: {} });
    const named = hint.match(/--[a-z-]+/g) ?? [];
    const called = [...hint.matchAll(/foolproof ([a-z]+)/g)].map(([, name]) => name);
    expect(named.length + called.length).toBeGreaterThan(0);
    for (const flag of named) expect(flags).toContain(flag);
    for (const name of called) expect(names).toContain(name);
  });
});
