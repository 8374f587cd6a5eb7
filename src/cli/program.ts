import { Command, CommanderError } from 'commander';
import { isToolkitError, ToolkitError } from '../core/base/errors.js';
import { toolkitVersion } from '../core/base/toolkit-version.js';
import { commands } from './commands/index.js';
import { examples } from './flags/common-flags.js';
import { messageOf } from './hints.js';
import { type Io, ioOf, type Streams } from './terminal/io.js';

/** Exit codes; docs/cli.md explains them. */
const OK = 0;
const BUG = 1;
const USER = 2;
const NOT_ROBUST = 3;
const INTERRUPTED = 130;

/**
 * Runs the program once.
 *
 * @param argv arguments after the program's name
 * @returns the exit code: 0 done, 2 a user error, 3 a model that fails its audit, 130
 *   interrupted, 1 a bug
 */
export async function run(argv: readonly string[], streams: Streams): Promise<number> {
  const io = ioOf(streams);
  try {
    await program(io).parseAsync([...argv], { from: 'user' });
    return OK;
  } catch (error) {
    return report(error, io);
  }
}

function program(io: Io): Command {
  const root = new Command('foolproof')
    .description('Can an attacker fool the compressed neural network you really deploy?')
    .version(toolkitVersion, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand(false)
    .addHelpText(
      'after',
      examples(
        [
          'train --compression hash:1/64 --out h64.onnx',
          'Train a HashNet on MNIST that stores one weight in 64',
        ],
        ['attack h64.onnx --attack fgsm', 'See how easily it is fooled'],
        ['train --help', 'What a command can do'],
      ),
    );
  for (const command of commands) root.addCommand(command(io));
  for (const command of [root, ...root.commands]) {
    command
      .exitOverride()
      .configureOutput({
        writeOut: (text) => io.stdout.own(text),
        writeErr: (text) => io.stderr.own(text),
        // Worded by `report`, like every other error.
        outputError: () => {},
      })
      .helpOption('-h, --help', command === root ? 'explain a command' : 'explain this command');
  }
  return root;
}

/** One clear line on stderr, and the exit code. A stack trace only where it was asked for. */
function report(error: unknown, io: Io): number {
  const say = (line: string) => io.stderr.line(`foolproof: ${line.replace(/\s*\n\s*/g, ' ')}`);
  if (io.debug && !(error instanceof CommanderError)) io.stderr.own(`${stackOf(error)}\n`);
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return OK;
    // "(outputHelp)": called without a command, the help text is the whole answer.
    if (error.code !== 'commander.help') say(usage(error.message));
    return USER;
  }
  if (error instanceof ToolkitError) {
    say(messageOf(error));
    if (isToolkitError(error, 'interrupted') || isToolkitError(error, 'stopped')) return INTERRUPTED;
    return isToolkitError(error, 'not-robust') ? NOT_ROBUST : USER;
  }
  if (io.signal.aborted && error === io.signal.reason) {
    say('stopped; nothing was written. Run the command again.');
    return INTERRUPTED;
  }
  const message = error instanceof Error ? error.message : String(error);
  say(`this is a bug in foolproof: ${message}. FOOLPROOF_DEBUG=1 shows where it happened; please report it.`);
  return BUG;
}

/** Commander's message in our form: "unknown option '--x'; did you mean --y? See foolproof --help." */
function usage(message: string): string {
  const text = message
    .replace(/^error: /, '')
    .replace(/\s*\(Did you mean (?:one of )?(.*?)\?\)/, '; did you mean $1?')
    .trim();
  return `${text}${/[.?]$/.test(text) ? '' : '.'} --help explains the usage.`;
}

const stackOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
};
