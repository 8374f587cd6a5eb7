import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ruleSets } from '../../src/core/autodiff/rules/index.js';

const page = readFileSync('docs/support.md', 'utf8');

describe('docs/support.md', () => {
  it('has a row for every operator', () => {
    for (const op of Object.keys(ruleSets.exact)) expect(page).toContain(`\n| ${op} |`);
  });

  it('rests on comparisons of many networks from both exporters, of which few differ', () => {
    const exports: readonly { model: string; exporter: string; gradient: number | null }[] = JSON.parse(
      readFileSync('docs/support-exports.json', 'utf8'),
    );
    for (const exporter of ['PyTorch (TorchScript)', 'PyTorch (dynamo)']) {
      const own = exports.filter((each) => each.exporter === exporter);
      const made = own.filter(({ gradient }) => gradient !== null);
      expect(new Set(own.map(({ model }) => model)).size).toBeGreaterThanOrEqual(60);
      expect(made.length / own.length).toBeGreaterThanOrEqual(0.95);
      for (const { gradient } of made) expect(gradient ?? 0).toBeLessThan(1e-2);
    }
  });
});
