import type { RunAuditOptions } from './audit-options.js';

/**
 * What the time may be overrun by, as a share of it, before a chunk is given up: its inputs are lost, those
 * before it are not. Chunks are short, so that little is lost.
 */
const GRACE = 0.02;

/** A signal for the steps of a round. */
export interface TimeLimit {
  /** Undefined where nothing ends the round. */
  readonly signal: AbortSignal | undefined;
  /** To be called when the round is over. */
  clear(): void;
}

/**
 * Aborts with the user's signal, or when the time that is allowed is over.
 * @param used seconds of it
 */
export function timeLimit(
  { signal, seconds }: Pick<RunAuditOptions, 'signal' | 'seconds'>,
  used: number,
): TimeLimit {
  if (seconds === undefined) return { signal, clear: () => {} };
  // Not `AbortSignal.any` of `AbortSignal.timeout`: Node 20 collects the latter, which then never fires.
  const limit = new AbortController();
  const milliseconds = Math.max(1, Math.round(1000 * ((1 + GRACE) * seconds - used)));
  // Longer than a timer can wait is as good as never.
  const timer = setTimeout(() => limit.abort(), Math.min(milliseconds, 2 ** 31 - 1));
  const stop = () => limit.abort(signal?.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  return {
    signal: limit.signal,
    clear() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    },
  };
}
