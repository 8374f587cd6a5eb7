import type { Progress } from '../../core/base/progress.js';
import { silent } from '../../core/base/progress.js';
import type { FlatOperator } from '../../core/models/model-summary.js';
import { writeAtomically } from '../../node/store/files.js';
import { drawProgress, type Output } from './progress-display.js';
import { flatText } from './terminal-text.js';

/** The world as a command sees it. Only `main.ts` makes one from `process`; tests make their own. */
export interface Io {
  /** Results, and nothing else: this is what gets piped. */
  readonly stdout: Output;
  /** Progress, notes, warnings and errors. */
  readonly stderr: Output;
  /** Aborted by Ctrl-C: finish the step in progress, keep what is worth keeping, stop. */
  readonly signal: AbortSignal;
  /** Show where an error came from (FOOLPROOF_DEBUG=1). */
  readonly debug?: boolean;
}

/** Talk that is not a result; `--quiet` silences it. */
export interface Talk {
  readonly progress: Progress;
  say(line: string): void;
}

export function talk(io: Io, quiet = false): Talk {
  if (quiet) return { progress: silent, say: () => {} };
  return { progress: drawProgress(io.stderr), say: (line) => void io.stderr.write(`${line}\n`) };
}

export const warn = (io: Io, line: string): void => void io.stderr.write(`foolproof: warning: ${line}\n`);

/** Says through which operators an attack cannot see. */
export function warnOfFlat(io: Io, flat: readonly FlatOperator[]): void {
  if (flat.length === 0) return;
  warn(
    io,
    `no gradient flows back through ${flatText(flat)}: piecewise constant. What an attack cannot see there is no robustness.`,
  );
}

/** A command's result in both forms. */
export interface Result {
  /** For people, without a final line break. */
  readonly text: string;
  readonly data: unknown;
}

/**
 * Hands out a result: text on stdout, JSON to the file that was asked for. With `--json -` the JSON takes
 * stdout, so that it can be piped, and the text moves to stderr.
 */
export async function deliver(
  io: Io,
  result: Result,
  options: { readonly json?: string | undefined; readonly quiet?: boolean | undefined },
): Promise<void> {
  const json = `${JSON.stringify(result.data, null, 2)}\n`;
  if (options.json === '-') {
    io.stdout.write(json);
    if (!options.quiet) io.stderr.write(`${result.text}\n`);
    return;
  }
  if (options.json !== undefined) await writeAtomically(options.json, json);
  io.stdout.write(`${result.text}\n`);
}
