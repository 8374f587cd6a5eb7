import { ToolkitError } from '../../core/base/errors.js';
import { findIn } from '../../core/base/names.js';
import type { Progress } from '../../core/base/progress.js';
import type { Dataset } from '../../core/data/dataset.js';
import { type DatasetDescriptor, datasets } from '../datasets/index.js';
import { datasetDigest } from '../datasets/split-digest.js';
import type { ArtifactStore } from '../store/artifact-store.js';
import { decodeDataset, encodeDataset } from './data-artifact.js';
import type { DataReference } from './data-reference.js';

interface Attendance {
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Where steps of this process get their data from. Each data set is loaded once. */
export class DataSource {
  readonly #loaded = new Map<string, Promise<Dataset>>();

  /**
   * @param store holds data that cannot be loaded by their name, see `putDataset`
   * @param known data that this process has loaded already, by their digest
   */
  constructor(
    private readonly store: ArtifactStore,
    known: ReadonlyMap<string, Dataset> = new Map(),
  ) {
    for (const [digest, dataset] of known) this.#loaded.set(digest, Promise.resolve(dataset));
  }

  /**
   * @throws ToolkitError `data-mismatch` when the data of this digest are not to be had here, and as the
   *   loader of the name
   */
  load(reference: DataReference, attendance: Attendance = {}): Promise<Dataset> {
    const { digest } = reference;
    const loading = this.#loaded.get(digest) ?? this.#find(reference, attendance);
    this.#loaded.set(digest, loading);
    loading.catch(() => this.#loaded.delete(digest));
    return loading;
  }

  async #find({ name, digest }: DataReference, attendance: Attendance): Promise<Dataset> {
    const bytes = await this.store.step(STEP, digest).find();
    const kept = bytes?.artifacts.get(ARTIFACT);
    if (kept) return decodeDataset(await kept.read(), name);
    // Data at a path would be found by their name alone on the machine that they lie on.
    const known = findIn<DatasetDescriptor>(datasets, name);
    const loaded = known?.needsPath === false ? await known.load(attendance) : undefined;
    const received = loaded && datasetDigest(loaded);
    if (loaded && received === digest) return loaded;
    throw new ToolkitError('data-mismatch', {
      what: `data ${name}`,
      expected: `those of the digest ${digest.slice(0, 16)}`,
      received: received ? `others, of ${received.slice(0, 16)}` : 'none: they are not in the store',
    });
  }
}

/** Data lie in the store as the artifact of a step whose key is their digest. */
const STEP = 'data';
const ARTIFACT = 'data.npz';

/**
 * Puts data into the store for steps that run elsewhere: data of the user's own, which
 * have no name to be loaded by.
 */
export async function putDataset(store: ArtifactStore, dataset: Dataset): Promise<DataReference> {
  const digest = datasetDigest(dataset);
  await store.step(STEP, digest).commit(new Map([[ARTIFACT, encodeDataset(dataset)]]), {});
  return { name: dataset.name, digest };
}
