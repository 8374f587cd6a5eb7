import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The layers of docs/architecture.md, lowest first: a file imports from its own layer and from lower ones.
 * Types count: a type that looks upwards couples as much as a value does.
 */
const LAYERS = [
  'core/base/',
  'core/tensor/',
  'core/onnx/',
  'core/runtime/',
  'core/autodiff/',
  'core/reshaping/',
  'core/models/',
  'core/quantization/',
  'core/data/',
  'core/formats/',
  'core/training/',
  'core/attacks/',
  'core/evaluation/',
  'core/index.ts',
  'node/store/',
  'node/runtime.ts',
  'node/datasets/',
  'node/subject/',
  'node/work/',
  'node/apps/',
  'node/index.ts',
  'report/',
  'cli/',
] as const;

/** Imports that still look upwards, and cycles that are still there. Entries are removed, never added. */
const UPWARD_EXCEPTIONS: readonly string[] = [];
const CYCLE_EXCEPTIONS: readonly string[] = [];

const ROOT = 'src';
const MAX_LINES = 330;

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replaceAll('\\', '/'));

/** Files and packages that a file imports: static, dynamic, types, `new URL` of a worker. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/(?:from|import|import\(|new URL\()\s*'([^']+)'/g)].map(([, to = '']) =>
    to.startsWith('.') ? posix.normalize(posix.join(dirname(file), to)).replace(/\.js$/, '.ts') : to,
  );
}

const graph = new Map(files.map((file) => [file, importsOf(file)]));
const layerOf = (file: string) => LAYERS.findIndex((layer) => file.startsWith(layer));

/** Strongly connected components of more than one file (Tarjan 1972), each sorted. */
function cycles(): string[] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[] = [];
  const visit = (file: string) => {
    order.set(file, order.size);
    let least = order.size - 1;
    stack.push(file);
    for (const to of graph.get(file) ?? []) {
      if (!graph.has(to)) continue;
      if (!order.has(to)) visit(to);
      if (stack.includes(to)) least = Math.min(least, low.get(to) ?? order.get(to) ?? least);
    }
    low.set(file, least);
    if (least !== order.get(file)) return;
    const component = stack.splice(stack.indexOf(file));
    if (component.length > 1) found.push(component.sort().join(' '));
  };
  for (const file of files) if (!order.has(file)) visit(file);
  return found.sort();
}

/** Everything that a file reaches, the files between included; packages by name. */
function reached(file: string): Map<string, string> {
  const from = new Map<string, string>([[file, '']]);
  for (const at of from.keys()) {
    for (const to of graph.get(at) ?? []) if (!from.has(to)) from.set(to, at);
  }
  return from;
}

describe('architecture', () => {
  it('every file has a layer', () => {
    expect(files.filter((file) => layerOf(file) < 0)).toEqual([]);
    expect(LAYERS.filter((layer) => !existsSync(join(ROOT, layer)) && layer.endsWith('/'))).toEqual([]);
  });

  it('every relative import is a file', () => {
    const broken = [...graph].flatMap(([from, all]) =>
      all.filter((to) => to.endsWith('.ts') && !graph.has(to)).map((to) => `${from} -> ${to}`),
    );
    expect(broken).toEqual([]);
    expect([...graph.values()].flat().length).toBeGreaterThan(1000);
  });

  it('imports go down', () => {
    const upward = [...graph].flatMap(([from, all]) =>
      all.filter((to) => graph.has(to) && layerOf(from) < layerOf(to)).map((to) => `${from} -> ${to}`),
    );
    expect(upward.sort()).toEqual([...UPWARD_EXCEPTIONS].sort());
  });

  it('no files import each other in a circle, types included', () => {
    expect(cycles()).toEqual([...CYCLE_EXCEPTIONS].sort());
  });

  it('the core reaches no Node module, directly or through others', () => {
    const wrong = files
      .filter((file) => file.startsWith('core/'))
      .flatMap((file) =>
        [...reached(file)].filter(([to]) => to.startsWith('node:')).map(([to, by]) => `${by} -> ${to}`),
      );
    expect([...new Set(wrong)]).toEqual([]);
  });

  it('only the runtimes import an engine', () => {
    const engines = [...graph].flatMap(([from, all]) =>
      all.filter((to) => to.startsWith('onnxruntime')).map(() => from),
    );
    expect(
      [...new Set(engines)].every((file) => file.startsWith('core/runtime/') || file === 'node/runtime.ts'),
    ).toBe(true);
  });

  it('packages that an installation may lack are loaded when they are needed, by one file of a layer', () => {
    const optional = /from '(vega|vega-lite|sharp)'|import\('(vega|vega-lite|sharp)'\)/;
    // Types are gone when the program runs.
    const code = (file: string) => readFileSync(join(ROOT, file), 'utf8').replace(/import type [^;]*?;/g, '');
    const needing = files.filter((file) => optional.test(code(file)));
    expect(needing.sort()).toEqual(['node/datasets/sharp.ts', 'report/kit/drawing-packages.ts']);
    expect(needing.filter((file) => /from '(vega|sharp)/.test(code(file)))).toEqual([]);
  });

  it('files stay readable', () => {
    const long = files.filter((f) => readFileSync(join(ROOT, f), 'utf8').split('\n').length > MAX_LINES);
    expect(long.filter((f) => !f.includes('generated'))).toEqual([]);
  });
});
