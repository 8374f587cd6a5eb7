import { describe, expect, it } from 'vitest';
import { shown, shownData, shownJson, shownLines } from '../../../../src/core/base/text/index.js';

/** What a terminal obeys: controls of both sets, formats, breaks of lines. */
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe('shown', () => {
  it.each([
    ['\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m'],
    ['\x1b]0;title\x07', '\\x1b]0;title\\x07'],
    ['a\nb\r\tc\0', 'a\\nb\\r\\tc\\0'],
    ['\x9b31m', '\\x9b31m'],
    ['abc\u202etxt.exe', 'abc\\u{202e}txt.exe'],
    ['line\u2028sep', 'line\\u{2028}sep'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['half \ud800 of one', 'half \\u{d800} of one'],
    ['conv1.weight', 'conv1.weight'],
    ['Grüße, 猫, می\u200cخواهم', 'Grüße, 猫, می\u200cخواهم'],
  ])('writes %j so that nothing obeys it', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it('leaves the middle of a long text out', () => {
    const text = `begin${'x'.repeat(1e6)}end`;
    expect(shown(text)).toHaveLength(120);
    expect(shown(text)).toMatch(/^begin.*…x+end$/);
    expect(shown('\0'.repeat(1e6), 50).length).toBeLessThanOrEqual(50);
  });

  it('keeps lines of text that is ours, and nothing else', () => {
    expect(shownLines('a\nb\x1b[2J')).toBe('a\nb\\x1b[2J');
  });
});

describe('shownData', () => {
  it('cleans strings and keys at any depth, and nothing else', () => {
    const data = { 'a\n': ['b\0', { c: '\x1b', n: 1, none: null }], typed: Uint8Array.of(1) };
    expect(shownData(data)).toEqual({
      'a\\n': ['b\\0', { c: '\\x1b', n: 1, none: null }],
      typed: Uint8Array.of(1),
    });
  });
});

describe('shownJson', () => {
  it('is safe to print, and reads back as the same data', () => {
    const data = { '\x9b\u202e': ['\x7f', 'tag\u{e0041}', 'a\nb'], plain: 'ü' };
    const json = shownJson(JSON.stringify(data, null, 2));
    expect(json.replaceAll('\n', '')).not.toMatch(OBEYED);
    expect(JSON.parse(json)).toEqual(data);
  });
});
