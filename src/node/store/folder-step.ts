import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { isToolkitError, ToolkitError } from '../../core/base/errors.js';
import type { Artifact, ArtifactInfo, Scratch, StepMeta, StepRecord, StoredStep } from './artifact-store.js';
import { errorCode, reasonOf, syncFolder, temporaryName } from './files.js';
import { Folder, removeAll } from './folder.js';
import { contentKey, type Keyable, sha256 } from './keys.js';
import { checkAddress, damaged } from './step-address.js';

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

/** One step of a run directory: a folder that holds all of its artifacts, or does not exist. */
export class FolderStep implements StoredStep {
  /** Relative to the run directory, `steps/<name>-<first 16 of key>`. */
  readonly folderName: string;
  readonly scratch: Scratch;
  readonly #run: Folder;
  readonly #scratchName: string;

  /** @throws ToolkitError `bad-value` for a name or key that makes no file name */
  constructor(
    run: Folder,
    readonly name: string,
    readonly key: string,
  ) {
    checkAddress(name, key);
    const id = `${name}-${key.slice(0, 16)}`;
    this.#run = run;
    this.folderName = `steps/${id}`;
    this.#scratchName = `scratch/${id}`;
    this.scratch = scratchOf(new Folder(run.path(this.#scratchName), run.readOnly));
  }

  /** Writes all artifacts and then lets the step appear at once. */
  async commit(
    artifacts: ReadonlyMap<string, Uint8Array | string>,
    meta: StepMeta = {},
  ): Promise<StepRecord> {
    if (this.#run.readOnly) throw new Error(`${this.#run.root} was opened to read only`);
    const target = this.#run.path(this.folderName);
    const draft = new Folder(join(dirname(target), temporaryName()));
    try {
      await mkdir(draft.root, { recursive: true });
      const list = await this.#write(draft, artifacts, meta);
      const kept = (await this.#place(draft.root, target)) ?? this.#record(list);
      await this.#run.remove(this.#scratchName);
      return kept;
    } catch (error) {
      await removeAll(draft.root).catch(() => undefined);
      // Named after the step: no user knows the draft, and it is gone.
      const reason = isToolkitError(error, 'file-unwritable')
        ? error.data.reason
        : errorCode(error) && reasonOf(error);
      if (!reason) throw error;
      throw new ToolkitError('file-unwritable', { path: target, reason }, { cause: error });
    }
  }

  /**
   * Every byte is checked against `step.json`.
   *
   * @throws ToolkitError 'file-unreadable' when the disk refuses: that says nothing
   *   about the step, which stays
   */
  async find(): Promise<StepRecord | undefined> {
    const list = await this.#sound();
    // Also when nothing was found: a folder without its list is half a step.
    if (!list && !this.#run.readOnly) await this.discard();
    return list && this.#record(list);
  }

  async read(artifact: string, hash: string): Promise<Uint8Array> {
    const bytes = await readIfPresent(this.#folder(), artifact);
    if (!bytes || sha256(bytes) !== hash) throw damaged(`${artifact} of ${this.folderName}`);
    return bytes;
  }

  async discard(): Promise<void> {
    await this.#run.remove(this.folderName);
  }

  #folder(): Folder {
    return new Folder(this.#run.path(this.folderName));
  }

  #record({ meta, artifacts }: StepList): StepRecord {
    const entries = Object.entries(artifacts).map(([name, info]): [string, Artifact] => [
      name,
      { ...info, read: () => this.read(name, info.sha256) },
    ]);
    return { meta, artifacts: new Map(entries) };
  }

  async #write(
    draft: Folder,
    artifacts: ReadonlyMap<string, Uint8Array | string>,
    meta: StepMeta,
  ): Promise<StepList> {
    const listed: Record<string, ArtifactInfo> = {};
    for (const [name, content] of artifacts) {
      if (draft.path(name) === draft.path(listName)) {
        const what = 'name of an artifact';
        throw new ToolkitError('bad-value', { what, expected: 'another name', received: name });
      }
      await draft.write(name, content);
      listed[name] = { bytes: Buffer.byteLength(content), sha256: sha256(content) };
    }
    // Through JSON once, so that the seal is made of what a reader will find (no undefined, no -0).
    const plain: StepList['meta'] = JSON.parse(JSON.stringify(meta));
    const body = { format: 1 as const, name: this.name, key: this.key, meta: plain, artifacts: listed };
    const list = { ...body, seal: sealOf(body) };
    await draft.write(listName, `${JSON.stringify(list, null, 2)}\n`);
    return list;
  }

  /**
   * Moves a draft to its place. Processes of a run whose parent was killed live a moment longer than it, and
   * two machines may be given the same step, so that another one may have been there before.
   *
   * @returns the step that was there before and stays; undefined when the draft has taken the place
   */
  async #place(draft: string, target: string): Promise<StepRecord | undefined> {
    for (let round = 1; ; round += 1) {
      try {
        await rename(draft, target);
        await syncFolder(dirname(target));
        return undefined;
      } catch (error) {
        // EPERM is what Windows says.
        const occupied = ['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(errorCode(error) ?? '');
        if (!occupied || round === 20) throw error;
      }
      const found = await this.find();
      if (!found) continue;
      await removeAll(draft);
      return found;
    }
  }

  /** The list of a step that is all there, byte for byte. */
  async #sound(): Promise<StepList | undefined> {
    const folder = this.#folder();
    const text = await readIfPresent(folder, listName);
    const list = text && parse(new TextDecoder().decode(text));
    if (!list || list.key !== this.key || list.name !== this.name) return undefined;
    for (const [name, expected] of Object.entries(list.artifacts)) {
      const bytes = await readIfPresent(folder, name);
      if (bytes?.length !== expected.bytes || sha256(bytes) !== expected.sha256) return undefined;
    }
    return list;
  }
}

const scratchOf = (folder: Folder): Scratch => ({
  read: (name) => readIfPresent(folder, name),
  write: (name, content) => folder.write(name, content),
  remove: (name) => folder.remove(name),
});

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
