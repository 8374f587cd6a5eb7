import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ToolkitError } from '../../core/base/errors.js';

/** The largest file that is read unless the caller says otherwise: 2 GiB, also Node's own limit. */
export const defaultLimit = 2 ** 31 - 1;

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBUSY: 'the file is in use',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'something else with this name is in the way',
  EFBIG: 'the file would be larger than the system allows',
  EIO: 'the disk reported an error',
  EISDIR: 'it is a folder, not a file',
  ELOOP: 'its symbolic links lead in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'too many files are open on this machine',
  ENOENT: 'the folder does not exist',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EPERM: 'the operation is not permitted',
  EROFS: 'the disk is read-only',
};

/** The code of a file system error, or undefined for any other value. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A file system error in a few words that the user can act on. */
export function reasonOf(error: unknown): string {
  const code = errorCode(error);
  return (code && reasons[code]) ?? (error instanceof Error ? error.message : String(error));
}

const unwritable = (path: string, error: unknown): ToolkitError =>
  new ToolkitError('file-unwritable', { path, reason: reasonOf(error) }, { cause: error });

const isMissing = (error: unknown): boolean =>
  errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR';

/**
 * Every byte of a file.
 *
 * @param what what the file should be, for the message when it is missing, for example 'an ONNX model'
 * @param limit bytes; a larger file is refused before anything is read
 * @throws ToolkitError 'file-missing', 'file-unreadable' (folders and devices too) or 'file-too-large'
 */
export async function readFileBytes(path: string, what: string, limit = defaultLimit): Promise<Uint8Array> {
  const unreadable = (reason: string, cause?: unknown) =>
    new ToolkitError('file-unreadable', { path, reason }, { cause });
  try {
    // Checked before opening: opening a pipe would block until its other end opens.
    const kind = await stat(path);
    if (kind.isDirectory()) throw unreadable(`it is a folder; expected ${what}`);
    if (!kind.isFile()) throw unreadable(`it is not a regular file; expected ${what}`);
    if (kind.size > limit) throw new ToolkitError('file-too-large', { path, bytes: kind.size, limit });
    const handle = await open(path, 'r');
    try {
      // Files of /proc claim size 0, whatever they hold, and a file may grow while it is read.
      const bytes = kind.size === 0 ? await readUpTo(handle, limit) : await handle.readFile();
      if (bytes.length > limit)
        throw new ToolkitError('file-too-large', { path, bytes: bytes.length, limit });
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof ToolkitError) throw error;
    if (isMissing(error)) throw new ToolkitError('file-missing', { path, what }, { cause: error });
    throw unreadable(reasonOf(error), error);
  }
}

/** All bytes of a file, or one more than the limit. */
async function readUpTo(handle: FileHandle, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length <= limit) {
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(CHUNK),
      0,
      Math.min(CHUNK, limit + 1 - length),
    );
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
    if (length > MAX_SIZELESS) break;
  }
  return Buffer.concat(chunks);
}

const CHUNK = 2 ** 16;
/** Bytes that are read of a file that claims to have none; some of the system's have no end. */
const MAX_SIZELESS = 2 ** 26;

/** The name of a new temporary file or folder. */
export const temporaryName = (): string => `.foolproof-${process.pid}-${randomBytes(6).toString('hex')}.tmp`;

/** True for the names that `temporaryName` makes: left over when their process was killed. */
export const isTemporaryName = (name: string): boolean => /^\.foolproof-\d+-[0-9a-f]{12}\.tmp$/.test(name);

/** The number of the process that made a temporary name. */
export const pidOf = (temporary: string): number => Number(temporary.split('-')[1]);

export interface WriteOptions {
  /** Create the folders above the file when they are missing. */
  readonly parents?: boolean;
}

/** Writes bytes to a new file and makes sure that they are on the disk. */
async function writeDurably(path: string, content: Uint8Array | string): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a rename durable; systems that cannot sync a folder (Windows) do without. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * Writes a file so that at any moment, a crash included, `path` holds the old content or
 * the new one, never a part.
 *
 * A symbolic link stays a link: the file it leads to is replaced. Devices and pipes (`/dev/stdout`) cannot be
 * replaced and are written directly.
 *
 * @throws ToolkitError 'file-unwritable' on any failure; the old content is untouched and
 *   no temporary file remains
 */
export async function writeAtomically(
  path: string,
  content: Uint8Array | string,
  options: WriteOptions = {},
): Promise<void> {
  try {
    const kind = await stat(path).catch(ignoreMissing);
    if (kind?.isDirectory()) throw new ToolkitError('file-unwritable', { path, reason: reasons.EISDIR! });
    if (kind && !kind.isFile()) return await writeFile(path, content);
    const target = kind ? await realpath(path) : path;
    const folder = dirname(target);
    if (options.parents) await mkdir(folder, { recursive: true });
    const temporary = join(folder, temporaryName());
    try {
      await writeDurably(temporary, content);
      await rename(temporary, target);
    } catch (error) {
      // The first failure is the one to report, not one of the clean-up.
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
    await syncFolder(folder);
  } catch (error) {
    throw error instanceof ToolkitError ? error : unwritable(path, error);
  }
}

/** For `stat` of a target that need not exist yet; a file within the path (ENOTDIR) is still an error. */
function ignoreMissing(error: unknown): undefined {
  if (errorCode(error) === 'ENOENT') return undefined;
  throw error;
}

/**
 * Checks early, before an hour of work, that a later `writeAtomically(path)` can work: the target
 * is not a folder, and a file can really be created beside it (asking for permissions is not
 * enough on every file system).
 *
 * @throws ToolkitError 'file-unwritable'
 */
export async function assertWritable(path: string, options: WriteOptions = {}): Promise<void> {
  try {
    const kind = await stat(path).catch(ignoreMissing);
    if (kind?.isDirectory()) throw new ToolkitError('file-unwritable', { path, reason: reasons.EISDIR! });
    if (kind && !kind.isFile()) return;
    const parent = dirname(resolve(kind ? await realpath(path) : path));
    const probe = join(options.parents ? await nearestFolder(parent) : parent, temporaryName());
    try {
      await writeDurably(probe, '');
    } finally {
      await rm(probe, { force: true });
    }
  } catch (error) {
    throw error instanceof ToolkitError ? error : unwritable(path, error);
  }
}

/** What a path leads to: the same text for all paths to one file, links and hard links too. */
async function identityOf(path: string): Promise<string> {
  const kind = await stat(path).catch(() => undefined);
  if (kind) return `${kind.dev}:${kind.ino}`;
  const parent = await realpath(dirname(resolve(path))).catch(() => dirname(resolve(path)));
  return join(parent, basename(path));
}

/**
 * Refuses outputs that would replace what a command reads, or each other, whatever their paths look like.
 * Devices and pipes can be both.
 *
 * @param outputs paths of files and folders; undefined where none was asked for
 * @param inputs the same
 * @throws ToolkitError `bad-value` naming the output
 */
export async function assertSeparate(
  outputs: readonly (string | undefined)[],
  inputs: readonly (string | undefined)[],
): Promise<void> {
  const taken = new Map<string, string>();
  for (const input of inputs) if (input) taken.set(await identityOf(input), `${input}, which is read`);
  for (const output of outputs) {
    if (output === undefined || output === '-') continue;
    const kind = await stat(output).catch(() => undefined);
    if (kind && !kind.isFile() && !kind.isDirectory()) continue;
    const identity = await identityOf(output);
    const other = taken.get(identity);
    if (other !== undefined) {
      const expected = 'another file than the inputs and the other outputs';
      throw new ToolkitError('bad-value', { what: `output ${output}`, expected, received: other });
    }
    taken.set(identity, `${output}, which is written already`);
  }
}

/** Files beside a model that are read with it. */
export const besideModel = (path: string): readonly string[] => [
  path,
  `${path}.json`,
  `${path.replace(/\.onnx$/i, '')}.json`,
  `${path}.data`,
];

/** The closest ancestor that exists (the root of the file system always does). */
async function nearestFolder(folder: string): Promise<string> {
  const kind = await stat(folder).catch(ignoreMissing);
  if (kind || basename(folder) === '') return folder;
  return nearestFolder(dirname(folder));
}
