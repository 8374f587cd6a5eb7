import type { RunAuditOptions } from './audit-options.js';

/**
 * What the time may be overrun by before a chunk is given up: its inputs are lost, those before it are not.
 */
const GRACE = 1.25;

/** Aborts with the user's signal, or when a chunk that is not the first takes much longer than it should. */
export function chunkSignal(
  { signal, seconds }: Pick<RunAuditOptions, 'signal' | 'seconds'>,
  used: number,
  isFirst: boolean,
): AbortSignal | undefined {
  if (seconds === undefined || isFirst) return signal;
  const deadline = AbortSignal.timeout(Math.max(1, Math.round(1000 * (GRACE * seconds - used))));
  return signal ? AbortSignal.any([signal, deadline]) : deadline;
}
