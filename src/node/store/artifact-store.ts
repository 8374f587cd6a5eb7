/** JSON data. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

/** JSON that describes a finished step: its numbers, where it was computed. */
export type StepMeta = { readonly [name: string]: Json | undefined };

/** What is known of an artifact without reading it. */
export interface ArtifactInfo {
  readonly bytes: number;
  /** Of the content, in hexadecimal. */
  readonly sha256: string;
}

/** A file that a finished step has left. */
export interface Artifact extends ArtifactInfo {
  /** @throws ToolkitError `corrupt-data` when the bytes are not those of the hash any more */
  read(): Promise<Uint8Array>;
}

/** A finished step as it was committed. */
export interface StepRecord {
  readonly meta: StepMeta;
  readonly artifacts: ReadonlyMap<string, Artifact>;
}

/** Files of unfinished work. They outlive a kill and go when their step is committed. */
export interface Scratch {
  /** Undefined when there is no such file. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Replaces the older file at once: a reader sees one of them, never a part. */
  write(name: string, content: Uint8Array | string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** The place of one step, whether it is finished or not. */
export interface StoredStep {
  readonly name: string;
  readonly key: string;
  /** For checkpoints. */
  readonly scratch: Scratch;
  /**
   * The finished step, or undefined when there is none. One that is found to be damaged counts as absent, and
   * is removed where the store may be changed.
   */
  find(): Promise<StepRecord | undefined>;
  /**
   * Keeps a finished step, all of it or nothing, and empties its scratch folder. The first writer wins: a
   * step that is there already stays as it is.
   *
   * @returns what is kept
   */
  commit(artifacts: ReadonlyMap<string, Uint8Array | string>, meta: StepMeta): Promise<StepRecord>;
  /**
   * Bytes of one artifact. @throws ToolkitError `corrupt-data` when they are missing or not those of the hash
   */
  read(artifact: string, sha256: string): Promise<Uint8Array>;
  /** Removes the finished step; its scratch folder stays. */
  discard(): Promise<void>;
}

/**
 * Where finished steps, their artifacts and the checkpoints of unfinished ones are kept: a folder, memory, or
 * an object store over many machines. The store is the only truth about what is finished; who runs steps may
 * ask it at any time.
 */
export interface ArtifactStore {
  /**
   * @param name kind of the step
   * @param key 64 hexadecimal digits, the hash of everything that determines the result
   * @throws ToolkitError `bad-value` for a name or key that is none
   */
  step(name: string, key: string): StoredStep;
  /**
   * Keeps bytes that belong to no step, such as a model to be audited. @returns their
   * SHA-256, by which they are found
   */
  put(content: Uint8Array): Promise<string>;
  /** What was put; undefined when it is absent or damaged. */
  get(sha256: string): Promise<Uint8Array | undefined>;
}
