import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isToolkitError } from '../../../src/core/base/errors.js';
import { temporaryName } from '../../../src/node/store/files.js';
import { RunDirectory } from '../../../src/node/store/run-directory.js';
import { useTemporaryFolders } from './temporary.js';

const temporaryFolder = useTemporaryFolders();

/** A pid that belongs to no process: it did, a moment ago. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid!;
}

const holder = (changes: object): string =>
  JSON.stringify({
    pid: process.pid,
    host: hostname(),
    since: '2026-01-01T00:00:00Z',
    token: 't',
    ...changes,
  });

describe('paths', () => {
  it('keeps everything inside', async () => {
    const root = temporaryFolder();
    const outside = temporaryFolder();
    const run = await RunDirectory.open(root);
    await symlink(outside, join(root, 'out'));
    await symlink(join(outside, 'nothing'), join(root, 'dangling'));
    await mkdir(join(root, 'real'));
    await symlink(join(root, 'real'), join(root, 'in'));

    expect(run.path('a/b.json')).toBe(join(root, 'a', 'b.json'));
    expect(run.path('a/../b')).toBe(join(root, 'b'));
    expect(run.path('..a')).toBe(join(root, '..a'));
    expect(run.path('in/new/file')).toBe(join(root, 'in', 'new', 'file'));
    const bad = [
      '',
      '.',
      '..',
      '../x',
      'a/../../x',
      '/etc/passwd',
      'C:\\x',
      'a\0b',
      'out',
      'out/x/y',
      'dangling',
      'dangling/x',
    ];
    for (const name of bad)
      expect(() => run.path(name), name).toThrowError(/expected a relative path inside/);
    await expect(run.write('out/x', 'x')).rejects.toThrowError();
    expect(await readdir(outside)).toEqual([]);
    await run.close();
  });

  it('works below a root that is itself a link', async () => {
    const parent = temporaryFolder();
    await mkdir(join(parent, 'real'));
    await symlink(join(parent, 'real'), join(parent, 'link'));
    const run = await RunDirectory.open(join(parent, 'link'));
    await run.write('a/b', 'x');
    expect(await readFile(join(parent, 'real', 'a', 'b'), 'utf8')).toBe('x');
    await run.close();
  });

  it('writes, reads, removes', async () => {
    const run = await RunDirectory.open(join(temporaryFolder(), 'new', 'run'));
    expect(await run.has('a/b')).toBe(false);
    await run.write('a/b', 'text');
    expect(await run.has('a/b')).toBe(true);
    expect(await run.has('a')).toBe(false);
    expect(new TextDecoder().decode(await run.read('a/b'))).toBe('text');
    await run.remove('a');
    await expect(run.read('a/b')).rejects.toThrowError(/no such file/);
    await run.close();
  });
});

/** A temporary name of a process that cannot be: numbers end at 2^22 on Linux. */
const killed = (n: number) => temporaryName().replace(`-${process.pid}-`, `-${2 ** 30 + n}-`);

describe('open', () => {
  it('says when a file is in the way', async () => {
    const file = join(temporaryFolder(), 'file');
    await writeFile(file, '');
    await expect(RunDirectory.open(file)).rejects.toThrowError(/it is a file, not a folder/);
    await expect(RunDirectory.open(join(file, 'below'))).rejects.toThrowError(/a part of the path is a file/);
  });

  it('removes what a killed process left half-written, and nothing else', async () => {
    const root = temporaryFolder();
    await mkdir(join(root, 'steps', killed(1)), { recursive: true });
    await writeFile(join(root, 'steps', killed(2)), 'half');
    await writeFile(join(root, killed(3)), 'half');
    await writeFile(join(root, 'notes.tmp'), 'mine');
    for (const folder of ['scratch/train-1', 'artifacts', 'figures', 'gallery', 'models', 'outcomes/a']) {
      await mkdir(join(root, folder), { recursive: true });
      await writeFile(join(root, folder, killed(4)), 'half');
    }
    const run = await RunDirectory.open(root);
    expect((await readdir(root, { recursive: true })).sort()).toEqual([
      '.lock',
      'artifacts',
      'figures',
      'gallery',
      'models',
      'notes.tmp',
      'outcomes',
      join('outcomes', 'a'),
      'scratch',
      join('scratch', 'train-1'),
      'steps',
    ]);
    await run.close();
  });

  it('leaves alone what live processes write, and folders that are not of a run', async () => {
    const root = temporaryFolder();
    // The parent of this process lives as long as the test does.
    const [own, other] = [temporaryName(), temporaryName().replace(`-${process.pid}-`, `-${process.ppid}-`)];
    const elsewhere = join('node_modules', killed(1));
    await mkdir(join(root, 'node_modules'));
    await mkdir(join(root, 'outside'));
    await symlink(join(root, 'outside'), join(root, 'models'));
    const kept = [own, other, elsewhere, join('outside', killed(2))];
    for (const name of kept) await writeFile(join(root, name), 'being written');
    const run = await RunDirectory.open(root);
    for (const name of kept) expect(existsSync(join(root, name)), name).toBe(true);
    await run.close();
    // Of the same process number, but older than this process: an earlier run in a container.
    await utimes(join(root, own), 1, 1);
    await (await RunDirectory.open(root)).close();
    expect(existsSync(join(root, own))).toBe(false);
  });

  it('opens to read only: no lock, no cleaning, no writing', async () => {
    const root = temporaryFolder();
    const writer = await RunDirectory.open(root);
    await writeFile(join(root, temporaryName()), 'being written');
    const reader = await RunDirectory.open(root, { readOnly: true });
    expect((await readdir(root)).length).toBe(2);
    await expect(reader.write('a', 'x')).rejects.toThrowError(/read only/);
    await expect(reader.remove('a')).rejects.toThrowError(/read only/);
    await reader.close();
    expect(existsSync(join(root, '.lock'))).toBe(true);
    await writer.close();
    await expect(RunDirectory.open(join(root, 'no'), { readOnly: true })).rejects.toThrowError(
      /a run directory/,
    );
  });
});

describe('open for a process that works for the one that holds the lock', () => {
  it('writes, but neither locks nor cleans', async () => {
    const root = temporaryFolder();
    await expect(RunDirectory.open(join(root, 'no'), { sharesLock: true })).rejects.toThrowError(
      /a run directory/,
    );
    const holder = await RunDirectory.open(root);
    const lock = await readFile(join(root, '.lock'), 'utf8');
    const temporary = join(root, killed(1));
    await writeFile(temporary, 'left by a dead process');
    const helpers = await Promise.all([1, 2].map(() => RunDirectory.open(root, { sharesLock: true })));
    await Promise.all(
      helpers.map((helper, i) => helper.step(`s${i}`, `${i}`.repeat(64)).commit(new Map([['a', `${i}`]]))),
    );
    for (const helper of helpers) await helper.close();
    for (const i of [0, 1]) {
      const found = await holder.step(`s${i}`, `${i}`.repeat(64)).find();
      expect(new TextDecoder().decode(await found?.artifacts.get('a')?.read())).toBe(`${i}`);
    }
    expect(await readFile(join(root, '.lock'), 'utf8')).toBe(lock);
    expect(existsSync(temporary)).toBe(true);
    await holder.close();
  });
});

describe('lock', () => {
  it('admits one at a time', async () => {
    const root = temporaryFolder();
    const first = await RunDirectory.open(root);
    const error = await RunDirectory.open(root).catch((reason: unknown) => reason);
    expect(isToolkitError(error, 'run-in-use') && error.message).toContain(
      `in use by process ${process.pid}, since 20`,
    );
    await first.close();
    await first.close();
    const second = await RunDirectory.open(root);
    await second.close();
    expect(await readdir(root)).toEqual([]);
  });

  it('admits one of many at once', async () => {
    const root = temporaryFolder();
    await writeFile(join(root, '.lock'), holder({ pid: await deadPid() }));
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => RunDirectory.open(root)));
    const opened = results.filter((result) => result.status === 'fulfilled');
    const refused = results.filter((result) => result.status === 'rejected');
    expect(opened.length).toBe(1);
    expect(refused.every((result) => isToolkitError(result.reason, 'run-in-use'))).toBe(true);
    await opened[0]!.value.close();
    expect(await readdir(root)).toEqual([]);
  });

  it('is taken over from a dead process and from nonsense', async () => {
    const root = temporaryFolder();
    for (const text of [holder({ pid: await deadPid() }), 'nonsense', '']) {
      await writeFile(join(root, '.lock'), text);
      const run = await RunDirectory.open(root);
      expect(JSON.parse(await readFile(join(root, '.lock'), 'utf8')).pid).toBe(process.pid);
      await run.close();
    }
  });

  it.runIf(existsSync('/proc/self/stat'))(
    'is taken over when the process id was given to another process',
    async () => {
      const root = temporaryFolder();
      await writeFile(join(root, '.lock'), holder({ birth: 'another boot:1' }));
      await (await RunDirectory.open(root)).close();
    },
  );

  it('of another machine is respected', async () => {
    const root = temporaryFolder();
    await writeFile(join(root, '.lock'), holder({ host: 'elsewhere', pid: 999_999_999 }));
    await expect(RunDirectory.open(root)).rejects.toThrowError(/on elsewhere, since 2026.* delete .*\.lock/);
  });

  it('outlives neither an exit nor a kill', async () => {
    const root = temporaryFolder();
    const module = new URL('../../../src/node/store/run-directory.ts', import.meta.url).href;
    const start = (then: string) => {
      const code = `const { RunDirectory } = await import(${JSON.stringify(module)});
        await RunDirectory.open(${JSON.stringify(root)}); console.log('open'); ${then}`;
      return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    };

    const leaving = start('process.exit(3)');
    expect(await once(leaving, 'exit')).toEqual([3, null]);
    expect(existsSync(join(root, '.lock'))).toBe(false);

    const killed = start('setInterval(() => {}, 1000)');
    await once(killed.stdout, 'data');
    await expect(RunDirectory.open(root)).rejects.toThrowError(`in use by process ${killed.pid}`);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(existsSync(join(root, '.lock'))).toBe(true);
    await (await RunDirectory.open(root)).close();
  });
});

describe('artifacts of no step', () => {
  it('that are damaged count as absent, and are put again', async () => {
    const run = await RunDirectory.open(temporaryFolder());
    const hash = await run.put(Uint8Array.of(1, 2, 3));
    await writeFile(join(run.root, 'artifacts', hash), 'damaged');
    expect(await run.get(hash)).toBeUndefined();
    await run.put(Uint8Array.of(1, 2, 3));
    expect(await run.get(hash)).toEqual(Uint8Array.of(1, 2, 3));
    await run.close();
  });
});
