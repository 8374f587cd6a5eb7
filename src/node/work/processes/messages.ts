import { type ErrorCode, type ErrorData, ToolkitError } from '../../../core/base/errors.js';
import type { Assignment } from '../assignment.js';

/** What a worker process must know before its first step. */
export interface WorkerSetup {
  /** The run directory that it reads inputs from and leaves results in. */
  readonly store: string;
  /** Of the engine, for steps that ask for no number. */
  readonly threads: number;
}

/** From the parent to a worker. Closing the channel tells it to leave at once. */
export type Order =
  /** Do this step, unless its result is there. */
  | { readonly type: 'step'; readonly assignment: Assignment; readonly setup: WorkerSetup }
  /** Keep a checkpoint and answer `stopped`. */
  | { readonly type: 'stop' };

/** From a worker to the parent. Results are not among it: those are steps in the run directory. */
export type Report =
  | { readonly type: 'begin'; readonly label: string; readonly total: number; readonly unit: string }
  | { readonly type: 'advance'; readonly done: number; readonly detail?: string }
  | { readonly type: 'end'; readonly summary?: string }
  /** The step is finished; `found` when its result was in the store already. */
  | { readonly type: 'finished'; readonly found: boolean }
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
