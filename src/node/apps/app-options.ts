import { ToolkitError } from '../../core/base/errors.js';
import type { Progress } from '../../core/base/progress.js';
import type { Dataset } from '../../core/data/dataset.js';
import type { StatedFormat } from '../../core/formats/stated-format.js';
import type { ModelUnderTest } from '../../core/models/model-under-test.js';
import type { Runtime } from '../../core/runtime/runtime.js';
import type { DataChoice } from '../subject/load-data.js';

/** What every application takes. */
export interface AppOptions {
  /** Default: `nodeRuntime()`. */
  readonly runtime?: Runtime | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How the engine is run. */
export interface EngineOptions {
  /**
   * Images for each run of the engine; default 128. Of a model whose answers depend on the others in its
   * batch, the batch size of deployment; default: the one that the file fixes, else 1.
   */
  readonly batchSize?: number | undefined;
  /** Threads inside one operator; default: the engine's own choice (all cores). */
  readonly threads?: number | undefined;
}

/** Which data an application works on. */
export interface DataOptions {
  /** Data, their name (`mnist`), or the path of an `.npz` file or a folder. */
  readonly data?: string | Dataset | undefined;
  /** The path that a data set of this name needs. */
  readonly dataPath?: string | undefined;
  /** [height, width] that images of a folder are stretched to; default: what the model takes. */
  readonly resize?: readonly [number, number] | undefined;
}

/** How models are brought together with their data. */
export interface PreparationOptions {
  /**
   * What is known of their input format; the rest is read from the file beside a model, its metadata, or
   * found by trying.
   */
  readonly stated?: StatedFormat | undefined;
  /** Hears of each model when it is ready, before anything is done with it. */
  readonly onModel?: ((model: ModelUnderTest) => void) | undefined;
  /** Hears of the data when they are loaded. */
  readonly onData?: ((data: Dataset) => void) | undefined;
}

/** How `prepareAll` is told which data an application works on. */
export function dataOf(options: DataOptions & AppOptions): DataChoice | Dataset {
  const { data = DEFAULT_DATA, dataPath, resize, progress, signal } = options;
  return typeof data === 'string' ? { data, dataPath, resize, progress, signal } : data;
}

/** The data set that is used unless another one is chosen. */
export const DEFAULT_DATA = 'mnist';

/**
 * Work of which nothing is kept when it is stopped.
 * @throws ToolkitError `stopped` after the signal, and whatever the work throws
 */
export async function stoppable<T>(
  what: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
    throw new ToolkitError('stopped', { what }, { cause: error });
  }
}
