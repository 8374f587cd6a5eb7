import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The floors of docs/architecture.md: imports go down, never up; folders of one floor do not know each other. */
const FLOORS: Readonly<Record<string, number>> = {
  tensor: 0,
  store: 0,
  onnx: 1,
  // The engine takes models, so it may encode them.
  runtime: 1.5,
  autodiff: 2,
  reshaping: 2,
  models: 3,
  datasets: 3,
  training: 4,
  formats: 4,
  attacks: 4,
  analysis: 5,
  audit: 6,
  studies: 6,
  report: 7,
  cli: 8,
};
/** Loose files are the ground that everybody stands on, but for the public names, which stand on everything but the command line. */
const GROUND = -1;
const PUBLIC = 7.5;

const ROOT = 'src';
const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.includes('generated'))
  .map((name) => name.replaceAll('\\', '/'));

const roomOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : file);
const floorOf = (file: string) => (file.includes('/') ? FLOORS[roomOf(file)]! : file === 'index.ts' ? PUBLIC : GROUND);

interface Import {
  readonly from: string;
  readonly to: string;
}

const imports: Import[] = files.flatMap((from) => {
  const text = readFileSync(join(ROOT, from), 'utf8');
  return [...text.matchAll(/(?:from|import|import\()\s*'([^']+)'/g)].map(([, to]) => ({
    from,
    to: to!.startsWith('.') ? posix.normalize(posix.join(dirname(from), to!)).replace(/\.js$/, '.ts') : to!,
  }));
});
const local = imports.filter(({ to }) => files.includes(to) || to.includes('generated'));

describe('architecture', () => {
  it('every folder has a floor', () => {
    expect([...new Set(files.filter((f) => f.includes('/')).map(roomOf))].sort()).toEqual(Object.keys(FLOORS).sort());
    expect(local.length).toBeGreaterThan(100);
  });

  it('imports go down; siblings never meet', () => {
    const wrong = local.filter(
      ({ from, to }) => roomOf(from) !== roomOf(to) && floorOf(from) <= floorOf(to) && floorOf(to) !== GROUND,
    );
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('only the runtime imports an engine', () => {
    const engines = imports.filter(({ from, to }) => to.startsWith('onnxruntime') && roomOf(from) !== 'runtime');
    expect(engines).toEqual([]);
  });

  it('only the command line, the store, data sets and what runs studies on disk may need Node', () => {
    const allowed = ['cli', 'store', 'datasets', 'studies', 'report'];
    const node = imports.filter(({ from, to }) => to.startsWith('node:') && !allowed.includes(roomOf(from)));
    expect(node).toEqual([]);
  });

  it('importing the public names loads nothing that draws', () => {
    const seen = new Set(['index.ts']);
    const packages = new Set<string>();
    for (const file of seen) {
      const text = readFileSync(join(ROOT, file), 'utf8');
      // Static imports of values alone: types vanish, `import()` waits until it is called.
      for (const [, to] of text.matchAll(/^(?:import|export)(?! type) [^;]*?from '([^']+)';/gm)) {
        if (to!.startsWith('.')) seen.add(posix.normalize(posix.join(dirname(file), to!)).replace(/\.js$/, '.ts'));
        else packages.add(to!);
      }
    }
    expect(seen.size).toBeGreaterThan(50);
    expect([...packages].filter((name) => /^(vega|sharp|onnxruntime)/.test(name))).toEqual([]);
  });

  it('files stay readable', () => {
    const long = files.filter((f) => readFileSync(join(ROOT, f), 'utf8').split('\n').length > 330);
    expect(long.map((f) => relative('.', f))).toEqual([]);
  });
});
