import { type ErrorCode, type ErrorData, ToolkitError } from '../../../core/base/errors.js';
import type { StudyProfile } from '../../apps/study/profiles.js';

/** All that a worker process must know to do its part of a study: from these it makes the same plan as its parent. */
export interface Task {
  /** The run directory. */
  readonly root: string;
  /** Name of the study. */
  readonly study: string;
  readonly profile: string;
  readonly overrides?: Partial<StudyProfile>;
  readonly seed: number;
  /** Of the engine. */
  readonly threads: number;
}

/** From the parent to a worker. Closing the channel tells it to leave at once. */
export type Order =
  /** Do everything that is planned for this model. */
  | { readonly type: 'model'; readonly id: string; readonly task: Task }
  /** Keep a checkpoint and answer `stopped`. */
  | { readonly type: 'stop' };

/** From a worker to the parent. Results are not among it: those are steps in the run directory. */
export type Report =
  | { readonly type: 'begin'; readonly label: string; readonly total: number; readonly unit: string }
  /** `worked`: cost of what is done of this model, what was found finished included. */
  | { readonly type: 'advance'; readonly done: number; readonly detail?: string; readonly worked: number }
  | { readonly type: 'end'; readonly summary?: string }
  /** The model is done; `computed` counts its steps that were not found finished. */
  | { readonly type: 'finished'; readonly computed: number }
  | { readonly type: 'failed'; readonly error: PackedError }
  | { readonly type: 'stopped' };

/** An error as it travels between processes: user errors as their data, anything else as text. */
export type PackedError =
  | { readonly code: ErrorCode; readonly data: ErrorData[ErrorCode]; readonly stack: string }
  | { readonly message: string; readonly stack: string };

export function packError(error: unknown): PackedError {
  const stack = stackOf(error);
  if (error instanceof ToolkitError) return { code: error.code, data: error.data, stack };
  return { message: error instanceof Error ? error.message : String(error), stack };
}

/** The error as it was thrown; where that was is in its cause. */
export function unpackError(packed: PackedError): Error {
  const cause = Object.assign(new Error('in a worker process'), { stack: packed.stack });
  return 'code' in packed
    ? new ToolkitError(packed.code, packed.data, { cause })
    : new Error(packed.message, { cause });
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
