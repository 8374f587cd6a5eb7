import { mkdir, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ToolkitError } from '../../core/base/errors.js';
import type { ArtifactStore } from './artifact-store.js';
import { isTemporaryName, reasonOf } from './files.js';
import { Folder, removeTemporaries } from './folder.js';
import { FolderStep } from './folder-step.js';
import { sha256 } from './keys.js';
import { acquireLock, type Release } from './lock.js';
import { checkHash } from './step-address.js';

export interface OpenOptions {
  /**
   * Read only: the directory must exist, is neither locked nor cleaned, and others may work in it meanwhile.
   */
  readonly readOnly?: boolean;
  /**
   * Work for the process that holds the lock: the directory must exist, is neither locked nor cleaned, and
   * may be written to. The holder and its other processes may be writing too, each to its own steps.
   */
  readonly sharesLock?: boolean;
}

/**
 * The folder of one run: results, figures and a cache of finished steps, all plain files.
 *
 * ```
 * <root>/steps/<name>-<key>/step.json    what the step holds, with checksums
 * <root>/steps/<name>-<key>/...          its artifacts
 * <root>/scratch/<name>-<key>/...        checkpoints of a step that is not finished
 * <root>/artifacts/<sha256>              bytes that steps start from and that no step has made
 * <root>/.lock                           the process that works here now
 * ```
 */
export class RunDirectory extends Folder implements ArtifactStore {
  #release: Release | undefined;

  private constructor(root: string, readOnly: boolean, release?: Release) {
    super(root, readOnly);
    this.#release = release;
  }

  /**
   * Opens a run directory, creating it with its parents when it is missing, and locks it until `close` or the
   * end of the process. Partial files of killed processes are removed.
   *
   * @throws ToolkitError 'run-in-use' while another process works in it, 'file-unwritable', and with
   *   `readOnly` or `sharesLock` 'file-missing'
   */
  static async open(root: string, options: OpenOptions = {}): Promise<RunDirectory> {
    const folder = resolve(root);
    if (options.readOnly || options.sharesLock) {
      const kind = await stat(folder).catch(() => undefined);
      if (!kind?.isDirectory())
        throw new ToolkitError('file-missing', { path: root, what: 'a run directory' });
      return new RunDirectory(folder, options.readOnly === true);
    }
    try {
      await mkdir(folder, { recursive: true });
    } catch (error) {
      // mkdir says EEXIST for a file in the way, which would read as if the folder were there.
      const isFile = await stat(folder).then(
        (kind) => !kind.isDirectory(),
        () => false,
      );
      const reason = isFile ? 'it is a file, not a folder' : reasonOf(error);
      throw new ToolkitError('file-unwritable', { path: root, reason }, { cause: error });
    }
    const release = await acquireLock(join(folder, '.lock'));
    try {
      await removeTemporaries(folder);
    } catch (error) {
      await release();
      throw error instanceof ToolkitError
        ? error
        : new ToolkitError('file-unreadable', { path: root, reason: reasonOf(error) }, { cause: error });
    }
    return new RunDirectory(folder, false, release);
  }

  step(name: string, key: string): FolderStep {
    return new FolderStep(this, name, key);
  }

  async put(content: Uint8Array): Promise<string> {
    const hash = sha256(content);
    if (!(await this.get(hash))) await this.write(`artifacts/${hash}`, content);
    return hash;
  }

  async get(hash: string): Promise<Uint8Array | undefined> {
    checkHash('hash of an artifact', hash);
    const name = `artifacts/${hash}`;
    if (!(await this.has(name))) return undefined;
    const bytes = await this.read(name);
    return sha256(bytes) === hash ? bytes : undefined;
  }

  /** Whether no work was begun here: no step is finished, and none has left a checkpoint. */
  async isEmpty(): Promise<boolean> {
    const entries = ['steps', 'scratch'].map((folder) => readdir(this.path(folder)).catch(() => []));
    return (await Promise.all(entries)).flat().every(isTemporaryName);
  }

  /** Releases the lock. Calling it again does nothing. */
  async close(): Promise<void> {
    await this.#release?.();
    this.#release = undefined;
  }
}
