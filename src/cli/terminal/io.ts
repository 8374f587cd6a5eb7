import type { Progress } from '../../core/base/progress.js';
import { silent } from '../../core/base/progress.js';
import type { FlatOperator } from '../../core/models/model-summary.js';
import { writeAtomically } from '../../node/store/files.js';
import { drawProgress, type Output } from './progress-display.js';
import { jsonText, Screen } from './screen.js';
import { flatText } from './terminal-text.js';

/** Streams and signals of the program. Only `main.ts` makes them from `process`; tests make their own. */
export interface Streams {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted by Ctrl-C: finish the step in progress, keep what is worth keeping, stop. */
  readonly signal: AbortSignal;
  /** Show where an error came from (FOOLPROOF_DEBUG=1). */
  readonly debug?: boolean;
}

/** What a command prints on. */
export interface Io extends Omit<Streams, 'stdout' | 'stderr'> {
  /** Results, and nothing else: this is what gets piped. */
  readonly stdout: Screen;
  /** Progress, notes, warnings and errors. */
  readonly stderr: Screen;
}

export const ioOf = ({ stdout, stderr, ...others }: Streams): Io => ({
  ...others,
  stdout: new Screen(stdout),
  stderr: new Screen(stderr),
});

/** Progress and notes, which are no result; `--quiet` silences them. */
export interface Talk {
  readonly progress: Progress;
  say(line: string): void;
}

export function talk(io: Io, quiet = false): Talk {
  if (quiet) return { progress: silent, say: () => {} };
  return { progress: drawProgress(io.stderr.stream), say: (line) => io.stderr.line(line) };
}

export const warn = (io: Io, line: string): void => io.stderr.line(`foolproof: warning: ${line}`);

/** Names the operators that stop gradients. */
export function warnOfFlat(io: Io, flat: readonly FlatOperator[]): void {
  if (flat.length === 0) return;
  warn(
    io,
    `no gradient flows back through ${flatText(flat)}: piecewise constant. What an attack cannot see there ` +
      'is no robustness.',
  );
}

/** A command's result in both forms. */
export interface Result<T> {
  readonly data: T;
  /** To be read, without a final line break; made from data that are safe to print. */
  readonly text: (data: T) => string;
}

/**
 * Hands out a result: text on stdout, JSON to the file that was asked for. With `--json -` the JSON takes
 * stdout, so that it can be piped, and the text moves to stderr.
 */
export async function deliver<T>(
  io: Io,
  { data, text }: Result<T>,
  options: { readonly json?: string | undefined; readonly quiet?: boolean | undefined },
): Promise<void> {
  if (options.json === '-') {
    io.stdout.json(data);
    if (!options.quiet) io.stderr.text(data, text);
    return;
  }
  if (options.json !== undefined) await writeAtomically(options.json, jsonText(data));
  io.stdout.text(data, text);
}
