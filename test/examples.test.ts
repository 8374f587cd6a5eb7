import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const files = readdirSync('examples').filter((name) => name.endsWith('.ts'));

describe.each(files)('examples/%s', (name) => {
  it('runs, and the network is fooled more often the further the pixels may move', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', `examples/${name}`]);
    const fooled = [...stdout.matchAll(/(\d+) of 200 fooled/g)].map((match) => Number(match[1]));
    expect(fooled).toHaveLength(3);
    expect(fooled[2]!).toBeGreaterThan(fooled[0]!);
    expect(fooled[2]!).toBeGreaterThan(100);
  });

  it('is what the README shows', () => {
    expect(readFileSync('README.md', 'utf8')).toContain(readFileSync(`examples/${name}`, 'utf8'));
  });
});
