import { reasonOf } from '../node/store/files.js';
import { run } from './program.js';

/*
 * The program in a process of its own. Its parent (supervisor.ts) outlives an engine that ends the process.
 */

/**
 * Milliseconds in which one Ctrl-C may arrive twice, from the terminal and from a package runner in between.
 */
const SAME_KEYPRESS = 500;

const controller = new AbortController();
const signals = ['SIGINT', 'SIGTERM'] as const;

function stop(): void {
  if (controller.signal.aborted) return;
  controller.abort();
  process.stderr.write('\nfoolproof: stopping after this step; press Ctrl-C again to stop at once\n');
  // From then on the system's own way: it ends the process even while the engine is computing.
  setTimeout(restoreDefaults, SAME_KEYPRESS).unref();
}

function restoreDefaults(): void {
  for (const signal of signals) process.removeListener(signal, stop);
}

for (const signal of signals) process.on(signal, stop);

// The parent was killed: there is no reader of the result.
process.on('disconnect', () => process.exit());
process.channel?.unref();

// A reader that has seen enough (`| head`) is no error; a full disk behind stdout is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.exitCode = 2;
  process.stderr.write(`foolproof: the result could not be written to stdout (${reasonOf(error)}).\n`);
});
// There is no reader left.
process.stderr.on('error', () => {});

const { stdout, stderr, env } = process;
const debug = env.FOOLPROOF_DEBUG === '1';
const code = await run(process.argv.slice(2), { stdout, stderr, signal: controller.signal, debug });
// Not process.exit: results may still be on their way into a pipe.
process.exitCode ??= code;
