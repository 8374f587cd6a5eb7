import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TEXT_LIMITS } from '../core/base/limits.js';
import { shown } from '../core/base/text/index.js';

/** Signals that somebody sends; others are what a crash ends with. */
const SENT = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'] as const;

/** Exit codes of a shell for a process that a signal ended (128 + its number), and of Node without memory. */
const ABORTED = new Set([132, 133, 134, 135, 136, 137, 139]);

const USER = 2;

/**
 * Runs the program in a process of its own and ends as it does. Native code of the engine can end a process
 * (an integer divided by zero, memory that there is not); a model that makes it do so is a user error of one
 * line, like any other model that cannot be used.
 */
export async function supervise(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const main = fileURLToPath(import.meta.url).replace(/supervisor(\.[jt]s)$/, 'main$1');
  const child = spawn(process.execPath, [...process.execArgv, main, ...argv], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env,
  });
  const forward = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of SENT) process.on(signal, forward);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('exit', (...how) => resolve(how));
    child.on('error', () => resolve([USER, null]));
  });
  for (const each of SENT) process.removeListener(each, forward);
  const sent = SENT.find((each) => each === signal);
  if (sent) process.kill(process.pid, sent);
  else if (signal === null && !ABORTED.has(code ?? 0)) process.exitCode = code ?? USER;
  else {
    process.stderr.write(
      `foolproof: ${shown(crashText(argv, signal ?? `exit code ${code}`), TEXT_LIMITS.line)}\n`,
    );
    process.exitCode = USER;
  }
}

/** What is told of a crash: of which files, and what it probably means. */
export function crashText(argv: readonly string[], how: string): string {
  const files = argv.filter((argument) => /\.onnx$/i.test(argument) && existsSync(argument));
  const what = files.length > 0 ? files.map((file) => shown(file)).join(', ') : 'this command';
  const why = how === 'SIGKILL' ? 'probably there was not enough memory' : 'it cannot compute this model';
  return `${what}: ONNX Runtime ended the process that worked on it (${how}); ${why}.`;
}
