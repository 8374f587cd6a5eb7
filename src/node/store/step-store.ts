import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { isToolkitError, ToolkitError } from '../../core/base/errors.js';
import { errorCode, reasonOf, syncFolder, temporaryName } from './files.js';
import { Folder, removeAll } from './folder.js';
import { contentKey, type Keyable, sha256 } from './keys.js';

/** JSON that describes a finished step: its parameters, timings, numbers. */
export type StepMeta = { readonly [name: string]: Json | undefined };
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

/** A finished step as it was committed. */
export interface StepRecord {
  readonly meta: StepMeta;
  readonly artifacts: ReadonlyMap<string, Uint8Array>;
}

const listName = 'step.json';

const listSchema = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  key: z.string(),
  meta: z.record(z.string(), z.json()),
  artifacts: z.record(z.string(), z.strictObject({ bytes: z.number().int().min(0), sha256: z.string() })),
  /** The content key of everything above. */
  seal: z.string(),
});

type StepList = z.infer<typeof listSchema>;

/** One step of a run: a folder that holds all of its artifacts, or does not exist. */
export class Step {
  /** Relative to the run directory, `steps/<name>-<first 16 of key>`. */
  readonly folderName: string;
  /** Where unfinished work is kept, such as checkpoints. It outlives a kill and is removed by `commit`. */
  readonly scratch: Folder;
  readonly #run: Folder;
  readonly #scratchName: string;

  /**
   * @param key 64 hexadecimal digits, from `contentKey` of everything that determines the result
   * @throws ToolkitError 'bad-value' for a name or key that makes no file name
   */
  constructor(
    run: Folder,
    readonly name: string,
    readonly key: string,
  ) {
    check('name of a step', 'letters, digits, dots and dashes', /^[a-z0-9][a-z0-9._-]{0,99}$/i, name);
    check('key of a step', '64 hexadecimal digits', /^[0-9a-f]{64}$/, key);
    const id = `${name}-${key.slice(0, 16)}`;
    this.#run = run;
    this.folderName = `steps/${id}`;
    this.#scratchName = `scratch/${id}`;
    this.scratch = new Folder(run.path(this.#scratchName), run.readOnly);
  }

  /** Writes all artifacts, then publishes the step atomically, replacing an older one of the same key. */
  async commit(artifacts: ReadonlyMap<string, Uint8Array | string>, meta: StepMeta = {}): Promise<void> {
    if (this.#run.readOnly) throw new Error(`${this.#run.root} was opened to read only`);
    const target = this.#run.path(this.folderName);
    const draft = new Folder(join(dirname(target), temporaryName()));
    try {
      await mkdir(draft.root, { recursive: true });
      const listed: StepList['artifacts'] = {};
      for (const [name, content] of artifacts) {
        if (draft.path(name) === draft.path(listName)) {
          throw new ToolkitError('bad-value', {
            what: 'name of an artifact',
            expected: 'another name',
            received: name,
          });
        }
        await draft.write(name, content);
        listed[name] = { bytes: Buffer.byteLength(content), sha256: sha256(content) };
      }
      // Through JSON once, so that the seal covers what a reader will parse (no undefined, no -0).
      const plain: z.infer<typeof listSchema>['meta'] = JSON.parse(JSON.stringify(meta));
      const body = { format: 1 as const, name: this.name, key: this.key, meta: plain, artifacts: listed };
      await draft.write(listName, `${JSON.stringify({ ...body, seal: sealOf(body) }, null, 2)}\n`);
      await replace(draft.root, target);
      await syncFolder(dirname(target));
    } catch (error) {
      await removeAll(draft.root).catch(() => undefined);
      // Named after the step: the draft has no name that a user knows, and it is gone.
      const reason = isToolkitError(error, 'file-unwritable')
        ? error.data.reason
        : errorCode(error) && reasonOf(error);
      if (!reason) throw error;
      throw new ToolkitError('file-unwritable', { path: target, reason }, { cause: error });
    }
    await this.#run.remove(this.#scratchName);
  }

  /**
   * The committed step, or undefined when there is none. Every byte is checked against `step.json`;
   * a damaged step counts as absent and is removed (unless the run was opened to read only), so
   * that it is computed again.
   *
   * @throws ToolkitError 'file-unreadable' when the disk refuses: that says nothing
   *   about the step, which stays
   */
  async load(): Promise<StepRecord | undefined> {
    const folder = new Folder(this.#run.path(this.folderName));
    const record = await this.#read(folder);
    // Also when nothing was found: a folder without its list is a partial step.
    if (!record && !this.#run.readOnly) await this.discard();
    return record;
  }

  /** Removes the committed step; its scratch folder stays. */
  async discard(): Promise<void> {
    await this.#run.remove(this.folderName);
  }

  async #read(folder: Folder): Promise<StepRecord | undefined> {
    const text = await readIfPresent(folder, listName);
    const list = text && parse(new TextDecoder().decode(text));
    if (!list || list.key !== this.key || list.name !== this.name) return undefined;
    const artifacts = new Map<string, Uint8Array>();
    for (const [name, expected] of Object.entries(list.artifacts)) {
      const bytes = await readIfPresent(folder, name);
      if (bytes?.length !== expected.bytes || sha256(bytes) !== expected.sha256) return undefined;
      artifacts.set(name, bytes);
    }
    return { meta: list.meta, artifacts };
  }
}

/**
 * Replaces a folder by another. Processes of a run whose parent was killed outlive it for a moment, and one
 * of them may be committing the same step.
 */
async function replace(draft: string, target: string): Promise<void> {
  for (let round = 1; ; round += 1) {
    const aside = join(dirname(target), temporaryName());
    try {
      await rename(target, aside);
      await removeAll(aside);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
    try {
      return await rename(draft, target);
    } catch (error) {
      const occupied = ['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '');
      if (!occupied || round === 20) throw error;
    }
  }
}

function check(what: string, expected: string, pattern: RegExp, received: string): void {
  if (!pattern.test(received))
    throw new ToolkitError('bad-value', { what, expected, received: `"${received}"` });
}

const sealOf = (body: Omit<StepList, 'seal'>): string => contentKey(body as unknown as Keyable);

function parse(text: string): StepList | undefined {
  try {
    const { seal, ...body } = listSchema.parse(JSON.parse(text));
    return seal === sealOf(body) ? { ...body, seal } : undefined;
  } catch {
    return undefined;
  }
}

async function readIfPresent(folder: Folder, name: string): Promise<Uint8Array | undefined> {
  try {
    return await folder.read(name);
  } catch (error) {
    if (isToolkitError(error, 'file-missing')) return undefined;
    throw error;
  }
}
