import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type ErrorCode, ToolkitError } from '../../../src/core/base/errors.js';
import {
  assertWritable,
  isTemporaryName,
  readFileBytes,
  temporaryName,
  writeAtomically,
} from '../../../src/node/store/files.js';
import { useTemporaryFolders } from './temporary.js';

/** What the disk does wrong in one test: `sync` fails after the bytes went in, as a full disk may. */
const fault = vi.hoisted(() => ({ at: '', code: '' }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  const fail = (): never => {
    throw Object.assign(new Error(`${fault.code}: injected`), { code: fault.code });
  };
  return {
    ...real,
    open: async (...parameters: Parameters<typeof real.open>) => {
      if (fault.at === 'open' && parameters[1] === 'wx') fail();
      const handle = await real.open(...parameters);
      if (fault.at === 'write') handle.writeFile = async () => fail();
      if (fault.at === 'sync') handle.sync = async () => fail();
      return handle;
    },
    rename: (...parameters: Parameters<typeof real.rename>) =>
      fault.at === 'rename' ? fail() : real.rename(...parameters),
  };
});

const temporaryFolder = useTemporaryFolders();
beforeEach(() => Object.assign(fault, { at: '', code: '' }));

async function failure(promise: Promise<unknown>): Promise<{ code: ErrorCode; message: string }> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ToolkitError);
  return error as ToolkitError;
}

describe('readFileBytes', () => {
  it('reads every byte', async () => {
    const path = join(temporaryFolder(), 'a');
    await writeFile(path, Uint8Array.of(0, 255, 10));
    expect(await readFileBytes(path, 'bytes', 3)).toEqual(Uint8Array.of(0, 255, 10));
  });

  it('says what is missing', async () => {
    const folder = temporaryFolder();
    const error = await failure(readFileBytes(join(folder, 'model.onnx'), 'an ONNX model'));
    expect(error.code).toBe('file-missing');
    expect(error.message).toContain('model.onnx: no such file; expected an ONNX model');
    await writeFile(join(folder, 'file'), '');
    expect((await failure(readFileBytes(join(folder, 'file', 'below'), 'x'))).code).toBe('file-missing');
  });

  it('refuses folders and devices', async () => {
    const error = await failure(readFileBytes(temporaryFolder(), 'an ONNX model'));
    expect(error.code).toBe('file-unreadable');
    expect(error.message).toContain('it is a folder; expected an ONNX model');
    expect((await failure(readFileBytes('/dev/null', 'x'))).message).toContain('not a regular file');
  });

  it('refuses files over the limit', async () => {
    const path = join(temporaryFolder(), 'a');
    await writeFile(path, 'four');
    expect((await failure(readFileBytes(path, 'x', 3))).code).toBe('file-too-large');
  });

  it.runIf(existsSync('/proc/self/status'))('applies the limit to files that claim to be empty', async () => {
    expect((await readFileBytes('/proc/self/status', 'x')).length).toBeGreaterThan(100);
    expect((await failure(readFileBytes('/proc/self/status', 'x', 10))).code).toBe('file-too-large');
  });
});

describe('writeAtomically', () => {
  it('writes text and bytes, and replaces', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.json');
    await writeAtomically(path, 'first');
    await writeAtomically(path, Uint8Array.of(104, 105));
    expect(await readFile(path, 'utf8')).toBe('hi');
    expect(await readdir(folder)).toEqual(['a.json']);
  });

  it('creates folders only when asked', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a', 'b', 'c');
    const error = await failure(writeAtomically(path, 'x'));
    expect(error.message).toContain('the folder does not exist');
    await writeAtomically(path, 'x', { parents: true });
    expect(await readFile(path, 'utf8')).toBe('x');
  });

  it('keeps a symbolic link and replaces what it leads to', async () => {
    const folder = temporaryFolder();
    await mkdir(join(folder, 'real'));
    await writeFile(join(folder, 'real', 'a'), 'old');
    await symlink(join(folder, 'real', 'a'), join(folder, 'link'));
    await writeAtomically(join(folder, 'link'), 'new');
    expect((await fs.lstat(join(folder, 'link'))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(folder, 'real', 'a'), 'utf8')).toBe('new');
  });

  it('does not write over a folder or below a file', async () => {
    const folder = temporaryFolder();
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'file'), 'kept');
    expect((await failure(writeAtomically(join(folder, 'sub'), 'x'))).message).toContain(
      'it is a folder, not a file',
    );
    for (const options of [{}, { parents: true }]) {
      const error = await failure(writeAtomically(join(folder, 'file', 'a'), 'x', options));
      expect(error.message).toContain('a part of the path is a file');
    }
    expect((await readdir(folder)).sort()).toEqual(['file', 'sub']);
    expect(await readdir(join(folder, 'sub'))).toEqual([]);
  });

  // A pipe of its own: should this ever break, it must not be a device of the machine that is replaced.
  it.skipIf(process.platform === 'win32')('writes into a pipe and does not replace it', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    await assertWritable(path);
    const reader = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [received] = await Promise.all([text(reader.stdout), writeAtomically(path, 'through')]);
      expect(received).toBe('through');
    } finally {
      reader.kill();
    }
    expect((await fs.stat(path)).isFIFO()).toBe(true);
    expect(await readdir(folder)).toEqual(['pipe']);
  });

  it.each([
    ['open', 'EACCES', 'permission denied'],
    ['open', 'EROFS', 'the disk is read-only'],
    ['write', 'ENOSPC', 'no space left on the disk'],
    ['sync', 'EIO', 'the disk reported an error'],
    ['rename', 'EPERM', 'the operation is not permitted'],
  ])('leaves the old content and nothing else when %s fails with %s', async (at, code, reason) => {
    const folder = temporaryFolder();
    const path = join(folder, 'a');
    await writeAtomically(path, 'old');
    Object.assign(fault, { at, code });
    const error = await failure(writeAtomically(path, 'new content'));
    expect(error.code).toBe('file-unwritable');
    expect(error.message).toContain(`${path}: cannot be written (${reason})`);
    expect(await readdir(folder)).toEqual(['a']);
    expect(await readFile(path, 'utf8')).toBe('old');
  });
});

describe('assertWritable', () => {
  it('accepts what can be written and leaves no trace', async () => {
    const folder = temporaryFolder();
    await assertWritable(join(folder, 'new'));
    await writeFile(join(folder, 'there'), 'kept');
    await assertWritable(join(folder, 'there'));
    await assertWritable(join(folder, 'a', 'b', 'c'), { parents: true });
    expect(await readdir(folder)).toEqual(['there']);
    expect(await readFile(join(folder, 'there'), 'utf8')).toBe('kept');
  });

  it.each([
    ['a folder', 'sub', {}, /it is a folder/],
    ['a missing folder', 'no/file', {}, /the folder does not exist/],
    ['a path below a file', 'file/a', {}, /a part of the path is a file/],
    ['a path below a file, with parents', 'file/a/b', { parents: true }, /a part of the path is a file/],
    ['a long name', 'x'.repeat(300), {}, /the name is too long/],
  ])('refuses %s', async (_, name, options, reason) => {
    const folder = temporaryFolder();
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'file'), '');
    const error = await failure(assertWritable(join(folder, name), options));
    expect(error.code).toBe('file-unwritable');
    expect(error.message).toMatch(reason);
  });

  it('notices a full or read-only disk', async () => {
    const folder = temporaryFolder();
    Object.assign(fault, { at: 'open', code: 'EROFS' });
    expect((await failure(assertWritable(join(folder, 'a')))).message).toContain('the disk is read-only');
    Object.assign(fault, { at: 'sync', code: 'ENOSPC' });
    expect((await failure(assertWritable(join(folder, 'a')))).message).toContain('no space left');
    expect(await readdir(folder)).toEqual([]);
  });
});

it('recognises its own temporary names only', () => {
  expect(isTemporaryName(temporaryName())).toBe(true);
  for (const name of ['.foolproof', 'a.tmp', '.foolproof-x-0123456789ab.tmp', 'notes']) {
    expect(isTemporaryName(name)).toBe(false);
  }
});
