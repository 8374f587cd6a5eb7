import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const COLUMNS = 110;

/** Words that this project once used in a sense of its own, and what the field says. */
const DIALECT: readonly (readonly [wrong: RegExp, right: string])[] = [
  [/\bgo(es)? on (where|from (here|there|that))\b|\bthe same command goes on\b/gi, 'resumes'],
  [/(?<!un)usual(?!ly)/gi, 'default; ordinary'],
  [/\bstrangers?\b/gi, 'third-party model'],
  [/\bpatients?\b/gi, 'known model'],
  [/\btakes? (its|their) images\b/gi, 'input format'],
  [/\bcounts? (its|their) classes\b/gi, 'class order'],
  [/\bwithst(and|ood)\w*/gi, 'is robust to; no attack succeeds'],
  [/\bnobody('s)?\b/gi, 'no attack; the name of the thing'],
  [/\blook-?alikes?\b/gi, 'gradient masking'],
  [/\bwhat it leaves\b/gi, 'writes'],
  [/\b(seen through|found out)\b/gi, 'detected and reported'],
  [/\b[Ff]ates?\b|(?<=[a-z])Fates?\b/g, 'outcome'],
  [/\btrails?\b/gi, 'provenance'],
  [/\broom(s|Of)?\b/gi, 'slack; space'],
  [/\bthe house\b/gi, 'architecture'],
  [/\bstand-ins?\b/gi, 'fake; surrogate'],
  [/\bScribe\b/g, 'NodeWriter'],
  [/(?<!Promise\.)\braces?\b(?! condition)/gi, 'screening'],
  [/\bcontenders?\b/gi, 'survivors'],
  [/\b[Pp]aces?\b|(?<=[a-z])Pace\b/g, 'throughput'],
  [/\bslopes\b/gi, 'gradients'],
  [/\ba kill can cost\b/gi, 'checkpoint interval'],
  [/\b(MOST|LEAST)(_|\b)|\b(ENOUGH|HAIR)\b/g, 'MAX_..., MIN_..., TOLERANCE'],
  [/\b(a|such) hair\b/gi, 'tolerance'],
  [/\bmend(s|ed)?\b/gi, 'fix; user error'],
];

/** Names that several files of src share. Entries are removed, never added. */
const SHARED_NAMES: readonly string[] = [
  'definitions-section.ts',
  'footer-section.ts',
  'gallery-section.ts',
  'number-text.ts',
  'runtime.ts',
];

/** Folders whose files are named after the same families of operators. */
const MIRRORED = /^src\/core\/(autodiff\/rules|onnx\/lowering|onnx\/operators)\//;

/** Files that programs write. */
const GENERATED = /^src\/core\/onnx\/generated\/|^docs\/(api|results|tools\/node_modules)\/|\/fixtures\//;

/** Parts of documents that programs write. */
const BLOCK = /^<!-- begin:[\s\S]*?^<!-- end:/gm;

/** The same number of lines without anything in them. */
const emptied = (text: string): string => text.replace(/.+/g, '');

const files = ['src', 'test', 'bench', 'examples', 'docs']
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
      join(folder, name).replaceAll('\\', '/'),
    ),
  )
  .concat('README.md')
  .filter((file) => /\.(ts|mjs|md)$/.test(file) && !GENERATED.test(file))
  .map((path) => ({ path, text: readFileSync(path, 'utf8').replace(BLOCK, emptied) }));

/** What cannot be wrapped: a line that is one regular expression, or one piece of encoded data. */
const UNBREAKABLE = /^\s*\/.*\/[a-z]*,?$|^\s*'[A-Za-z0-9+/=]+';$/;

/** Columns of a line; of Markdown without tables and addresses, which cannot be wrapped. */
function columns(path: string, line: string): number {
  if (!path.endsWith('.md')) return UNBREAKABLE.test(line) ? 0 : [...line].length;
  return /^\s*\|/.test(line) ? 0 : [...line.replace(/\]\([^)]*\)|https?:\S+/g, ']')].length;
}

describe('language', () => {
  it(`code and prose end at ${COLUMNS} columns`, () => {
    const long = files.flatMap(({ path, text }) =>
      text
        .split('\n')
        .map((line, i) => ({ where: `${path}:${i + 1}`, columns: columns(path, line) }))
        .filter(({ columns }) => columns > COLUMNS),
    );
    expect(files.length).toBeGreaterThan(300);
    expect(long).toEqual([]);
  });

  it('code, help texts and documents use the terms of the field', () => {
    const found = files
      .filter(({ path }) => /^(src|docs|examples)\/|^README/.test(path))
      .flatMap(({ path, text }) => {
        // Sentences go on in the next line, behind the mark of a comment.
        const flat = text.replace(/\n\s*(\*(?!\/)|\/\/)?\s*/g, ' ');
        return DIALECT.flatMap(([wrong, right]) =>
          [...flat.matchAll(wrong)].map(
            ({ 0: word, index }) =>
              `${path}: "${flat.slice(Math.max(0, index - 30), index + word.length + 20)}": ${right}`,
          ),
        );
      });
    expect(found).toEqual([]);
  });

  it('the name of a file of src says which one it is', () => {
    const names = files
      .filter(({ path }) => path.startsWith('src/') && !MIRRORED.test(path))
      .map(({ path }) => basename(path))
      .filter((name) => name !== 'index.ts');
    const shared = new Set(names.filter((name, i) => names.indexOf(name) !== i));
    expect([...shared].sort()).toEqual([...SHARED_NAMES].sort());
  });
});
