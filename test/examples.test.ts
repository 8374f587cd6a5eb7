import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const readme = readFileSync('README.md', 'utf8');
const files = readdirSync('examples').filter((name) => name.endsWith('.ts'));

/** What an example's output must show. */
const checks: Readonly<Record<string, (stdout: string) => void>> = {
  'attack-a-hashed-network.ts': (stdout) => {
    const fooled = [...stdout.matchAll(/(\d+) of 200 fooled/g)].map((match) => Number(match[1]));
    expect(fooled).toHaveLength(3);
    expect(fooled[2]!).toBeGreaterThan(fooled[0]!);
    expect(fooled[2]!).toBeGreaterThan(100);
  },
  'audit-a-model.ts': (stdout) => {
    expect(stdout).toMatch(
      /^mnist-distilled: masked\nThe gradient that .* is exactly zero for (9\d\.\d|100\.0) % /m,
    );
    expect(stdout).toMatch(/All attacks together fool (9\d\.\d|100\.0) % /);
  },
};

describe.each(files)('examples/%s', (name) => {
  it('runs, and shows what it says', { timeout: 180_000 }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', `examples/${name}`]);
    expect(Object.keys(checks)).toContain(name);
    checks[name]!(stdout);
  });

  it('is shown in the README, or linked from it', () => {
    const code = readFileSync(`examples/${name}`, 'utf8');
    expect(readme.includes(code) || readme.includes(`(examples/${name})`)).toBe(true);
  });
});

it('all TypeScript in the README is an example', () => {
  const shown = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]);
  expect(shown.length).toBeGreaterThan(0);
  const examples = files.map((name) => readFileSync(`examples/${name}`, 'utf8'));
  expect(shown.filter((code) => !examples.includes(code ?? ''))).toEqual([]);
});
