import { describe, expect, it } from 'vitest';
import { judge, mnistClaims } from '../../../src/node/apps/study/claims.js';
import { blocks, fillBlocks } from '../../../src/report/study/study-markdown.js';
import { fixture } from './fixture.js';

const judged = (results = fixture()) => ({ ...results, claims: judge(mnistClaims, results) });
const runs = [
  { name: 'saturated', results: judged() },
  { name: 'regularized', results: judged(fixture(true)) },
];

describe('Markdown blocks', () => {
  it.each(Object.keys(blocks))('%s has rows of one width and no hole', (name) => {
    const text = blocks[name]!(runs);
    expect(text).not.toMatch(/undefined|NaN|Infinity|\[object/);
    const lines = text.split('\n').filter((line) => line.startsWith('|'));
    const cells = (line: string) => line.replaceAll('\\|', '').split('|').length;
    expect(new Set(lines.map(cells)).size).toBeLessThanOrEqual(1);
    if (name !== 'details') expect(lines.length).toBeGreaterThan(2);
  });

  it('puts runs side by side, also models that only one of them has', () => {
    const accuracy = blocks.accuracy!(runs).split('\n');
    expect(accuracy[0]).toBe('| model | stored weights | file | saturated | regularized |');
    const row = accuracy.find((line) => line.includes('1/16'))!;
    expect(row).toContain('not measured');
    expect(row).toMatch(/99\.11 % \(\d/);
  });

  it('shows every claim with both verdicts and the numbers of both', () => {
    const { claims } = runs[0]!.results;
    for (const { statement } of claims) {
      expect(blocks.claims!(runs)).toContain(statement);
      expect(blocks.details!(runs)).toContain(`: ${statement}`);
    }
    expect(blocks.details!(runs).match(/^- regularized: /gm)).toHaveLength(claims.length);
  });

  it('survives results without anything', () => {
    const empty = { ...fixture(), models: [], attacks: [], verdicts: [], gradients: [], claims: [] };
    for (const block of Object.values(blocks))
      expect(() => block([{ name: 'none', results: empty }])).not.toThrow();
  });
});

describe('fillBlocks', () => {
  const block = (name: string, inside: string) => `<!-- begin:${name} -->\n${inside}<!-- end:${name} -->`;

  it('replaces what is inside and nothing else, and again gives the same', () => {
    const document =
      `# Title\n\n${block('claims', 'stale words\n')}\nmy ` + `words\n${block('accuracy', '')}\nend\n`;
    const filled = fillBlocks(document, runs);
    expect(filled).toContain(`\n${blocks.claims!(runs)}\n<!-- end:claims -->\nmy words\n`);
    expect(filled).not.toContain('stale words');
    expect(filled.endsWith('\nend\n')).toBe(true);
    expect(fillBlocks(filled, runs)).toBe(filled);
  });

  it('refuses unknown blocks and ones without an end', () => {
    expect(() => fillBlocks(block('clams', ''), runs)).toThrow(/no block named clams/);
    expect(() => fillBlocks('<!-- begin:claims -->\n', runs)).toThrow(/no end/);
  });
});
