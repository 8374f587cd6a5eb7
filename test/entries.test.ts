import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build, type Message } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { commands } from '../src/cli/commands/index.js';
import type { Io } from '../src/cli/terminal/io.js';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string } | string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
};

/** A bundle of an entry for the browser, and the packages that are in it. */
async function bundle(entry: string) {
  const result = await build({
    entryPoints: [entry],
    ...{ bundle: true, minify: true, write: false, format: 'esm', platform: 'browser', metafile: true },
    logLevel: 'silent',
  });
  const packages = Object.keys(result.metafile.inputs).flatMap(
    (file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [],
  );
  const [file] = result.outputFiles;
  return { bytes: file?.contents ?? new Uint8Array(), packages: [...new Set(packages)].sort() };
}

describe('the entries of the package', () => {
  it('are built from files that are there', () => {
    const entries = Object.entries(manifest.exports).filter(([name]) => name !== './package.json');
    expect(entries.map(([name]) => name)).toEqual(['.', './node', './report']);
    for (const [, target] of entries) {
      if (typeof target === 'string') throw new Error(`${target} has no types`);
      const source = target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts');
      expect(existsSync(source), source).toBe(true);
      expect(target.types).toBe(target.default.replace(/\.js$/, '.d.ts'));
    }
  });

  it('foolproof is bundled for a browser without shims', { timeout: 120_000 }, async () => {
    const { bytes, packages } = await bundle('src/core/index.ts');
    const [kib, gzip] = [bytes, gzipSync(bytes)].map(({ length }) => Math.round(length / 1024));
    console.log(
      `foolproof in the browser: ${kib} KiB minified, ${gzip} KiB gzipped, of ${packages.join(', ')}`,
    );
    // Whatever it needs is a dependency; no engine is among them.
    const known = { ...manifest.dependencies, ...manifest.optionalDependencies };
    expect(packages.filter((name) => !(name in known))).toEqual([]);
    expect(packages.filter((name) => name.startsWith('onnxruntime'))).toEqual([]);
    // Of zod all locales, unless it is imported as a namespace, of which bundlers leave out what is not used.
    expect(kib).toBeLessThan(700);
  });

  it('whose check sees what needs Node', { timeout: 60_000 }, async () => {
    const { errors } = (await bundle('src/node/runtime.ts').catch((error: unknown) => error)) as {
      readonly errors: readonly Message[];
    };
    expect(errors.map(({ text }) => text).join()).toMatch(/Could not resolve "worker_threads"/);
  });

  it('foolproof/node has every command as a function, but for the one that draws', async () => {
    const [node, report] = [await import('foolproof/node'), await import('foolproof/report')];
    const names = commands.map((make) => make({} as Io).name());
    const functions = names.map((name) => (name === 'reproduce' ? report : node) as Record<string, unknown>);
    expect(names.filter((name, i) => typeof functions[i]?.[name] !== 'function')).toEqual([]);
    expect(typeof report.writeAudit).toBe('function');
  });

  it('foolproof/node has all of foolproof, and nothing else under its names', async () => {
    const [core, node] = [await import('foolproof'), await import('foolproof/node')];
    const other = node as Record<string, unknown>;
    expect(Object.entries(core).filter(([name, value]) => other[name] !== value)).toEqual([]);
  });
});
