import type { Runtime } from '../runtime/runtime.js';
import type { StatedFormat } from './stated-format.js';

/** What the detection of an input format is told. */
export interface DetectOptions {
  readonly runtime: Runtime;
  /** How messages name the model. */
  readonly source?: string | undefined;
  readonly stated?: StatedFormat | undefined;
  readonly threads?: number | undefined;
  readonly batchSize?: number | undefined;
  /** Whether every run of the engine gets exactly `batchSize` images; see `Engine`. */
  readonly exact?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears how many candidates are measured, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** With a name for the model. */
export type NamedDetectOptions = DetectOptions & { readonly source: string };
