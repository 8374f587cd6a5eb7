import { lstatSync, realpathSync } from 'node:fs';
import { lstat, readdir, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep, win32 } from 'node:path';
import { ToolkitError } from '../../core/base/errors.js';
import { errorCode, isTemporaryName, pidOf, readFileBytes, reasonOf, writeAtomically } from './files.js';
import { isRunning } from './processes.js';

/** A folder; no path read or written through it can leave it. */
export class Folder {
  /** The absolute path of the folder. */
  readonly root: string;

  constructor(
    root: string,
    readonly readOnly = false,
  ) {
    this.root = resolve(root);
  }

  /**
   * The absolute path of a file in this folder; it need not exist.
   *
   * @throws ToolkitError 'bad-value' for absolute paths, `..`, the folder itself, and
   *   symbolic links that lead out
   */
  path(name: string): string {
    const target = resolve(this.root, name);
    const inside = relative(this.root, target);
    const absolute = isAbsolute(name) || win32.isAbsolute(name);
    if (absolute || name.includes('\0') || inside === '' || inside.split(sep)[0] === '..')
      throw this.#refusal(name);
    this.#refuseEscape(name, target);
    return target;
  }

  /**
   * Writes a file atomically, with the folders above it. @throws ToolkitError 'bad-value', 'file-unwritable'
   */
  async write(name: string, content: Uint8Array | string): Promise<void> {
    this.#refuseChange();
    await writeAtomically(this.path(name), content, { parents: true });
  }

  /** @throws ToolkitError 'bad-value', 'file-missing', 'file-unreadable', 'file-too-large' */
  async read(name: string, what = 'a file of this run', limit?: number): Promise<Uint8Array> {
    return readFileBytes(this.path(name), what, limit);
  }

  /** True when a regular file of this name exists. */
  async has(name: string): Promise<boolean> {
    const kind = await stat(this.path(name)).catch(() => undefined);
    return kind?.isFile() ?? false;
  }

  /** Removes a file or folder with all it holds; one that is not there is fine. */
  async remove(name: string): Promise<void> {
    this.#refuseChange();
    await removeAll(this.path(name));
  }

  #refuseChange(): void {
    if (this.readOnly) throw new Error(`${this.root} was opened to read only`);
  }

  #refusal(name: string): ToolkitError {
    return new ToolkitError('bad-value', {
      what: 'name of a file in a run directory',
      expected: `a relative path inside ${this.root}`,
      received: `"${name}"`,
    });
  }

  /** Resolves the links of the part that exists already: what is created below it can hold no links yet. */
  #refuseEscape(name: string, target: string): void {
    const home = realpathIfPresent(this.root);
    if (home === undefined) return;
    for (let part = target; part !== this.root; part = dirname(part)) {
      const real = realpathIfPresent(part);
      if (real === undefined) {
        // A dangling link: writing through it would create a file at an unknown place.
        if (isLink(part)) throw this.#refusal(name);
        continue;
      }
      if (real !== home && !real.startsWith(home.endsWith(sep) ? home : home + sep))
        throw this.#refusal(name);
      return;
    }
  }
}

function realpathIfPresent(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new ToolkitError('file-unreadable', { path, reason: reasonOf(error) }, { cause: error });
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    // Nothing there, so no link either; a file within the path fails again when writing.
    return false;
  }
}

/** @throws ToolkitError 'file-unwritable' */
export async function removeAll(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw new ToolkitError('file-unwritable', { path, reason: reasonOf(error) }, { cause: error });
  }
}

/** Folders of a run directory in which files are written, and how many levels of them; others are ignored. */
const WRITTEN: Readonly<Record<string, number>> = {
  steps: 2,
  scratch: 2,
  outcomes: 2,
  artifacts: 1,
  figures: 1,
  gallery: 1,
  models: 1,
};

/**
 * Removes partial files of killed processes from a run directory: in the folder itself and in those that
 * runs write to. The folder may hold anything else (the current directory, say), and other processes may be
 * writing to it: their files stay. Links are not followed.
 */
export async function removeTemporaries(root: string): Promise<void> {
  await removeStale(root);
  for (const [name, levels] of Object.entries(WRITTEN)) {
    const folder = join(root, name);
    if (await isFolder(folder)) await removeStale(folder, levels - 1);
  }
}

async function removeStale(folder: string, levels = 0): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (isTemporaryName(entry.name)) {
      if (await isStale(path, entry.name)) await removeAll(path);
    } else if (levels > 0 && entry.isDirectory()) await removeStale(path, levels - 1);
  }
}

const isFolder = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => undefined))?.isDirectory() ?? false;

/** True unless the process in the name may still be writing. */
async function isStale(path: string, name: string): Promise<boolean> {
  const pid = pidOf(name);
  if (pid !== process.pid) return !isRunning(pid);
  // In a container every run may have the same process id: files older than this process are another's.
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined && found.mtimeMs < Date.now() - process.uptime() * 1000;
}
