import type { Artifact, ArtifactStore, StepMeta, StepRecord, StoredStep } from './artifact-store.js';
import { sha256 } from './keys.js';
import { checkAddress, checkHash, damaged } from './step-address.js';

type Bytes = ReadonlyMap<string, Uint8Array>;

interface Kept {
  readonly meta: StepMeta;
  readonly artifacts: Bytes;
}

/** Finished steps in the memory of this process: for work that is not resumed. */
export class MemoryStore implements ArtifactStore {
  readonly #steps = new Map<string, Kept>();
  readonly #scratch = new Map<string, Map<string, Uint8Array>>();
  readonly #blobs = new Map<string, Uint8Array>();

  step(name: string, key: string): StoredStep {
    checkAddress(name, key);
    const address = `${name} ${key}`;
    const scratch = () => this.#scratch.get(address) ?? new Map<string, Uint8Array>();
    return {
      name,
      key,
      scratch: {
        read: async (file) => scratch().get(file),
        write: async (file, content) => {
          this.#scratch.set(address, new Map([...scratch(), [file, bytesOf(content)]]));
        },
        remove: async (file) => void scratch().delete(file),
      },
      find: async () => {
        const found = this.#steps.get(address);
        return found && recordOf(found);
      },
      commit: async (artifacts, meta) => {
        const kept = this.#steps.get(address) ?? keptOf(artifacts, meta);
        this.#steps.set(address, kept);
        this.#scratch.delete(address);
        return recordOf(kept);
      },
      read: async (artifact, hash) => {
        const bytes = this.#steps.get(address)?.artifacts.get(artifact);
        if (!bytes || sha256(bytes) !== hash) throw damaged(`${artifact} of ${name}`);
        return bytes;
      },
      discard: async () => void this.#steps.delete(address),
    };
  }

  async put(content: Uint8Array): Promise<string> {
    const hash = sha256(content);
    this.#blobs.set(hash, content.slice());
    return hash;
  }

  async get(hash: string): Promise<Uint8Array | undefined> {
    checkHash('hash of an artifact', hash);
    return this.#blobs.get(hash);
  }
}

const bytesOf = (content: Uint8Array | string): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content.slice();

/** The numbers go through JSON once, as if they had been written. */
const keptOf = (artifacts: ReadonlyMap<string, Uint8Array | string>, meta: StepMeta): Kept => ({
  meta: JSON.parse(JSON.stringify(meta)),
  artifacts: new Map([...artifacts].map(([file, content]) => [file, bytesOf(content)])),
});

const recordOf = ({ meta, artifacts }: Kept): StepRecord => ({
  meta,
  artifacts: new Map(
    [...artifacts].map(([file, bytes]): [string, Artifact] => [
      file,
      { bytes: bytes.length, sha256: sha256(bytes), read: async () => bytes },
    ]),
  ),
});
