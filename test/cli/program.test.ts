import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
import type { Io } from '../../src/cli/terminal/io.js';
import { toolkitVersion } from '../../src/core/base/toolkit-version.js';
import { cli, Sink } from './support.js';

const io = { stdout: new Sink(), stderr: new Sink(), signal: new AbortController().signal } as unknown as Io;
const all = commands.map((command) => command(io));

describe('help', () => {
  it('lists every command with a description', async () => {
    const { code, out, err } = await cli(['--help']);
    expect([code, err]).toEqual([0, '']);
    for (const command of all) expect(out).toContain(`  ${command.name()} `);
    expect(out).toContain('Examples:');
  });

  it.each(all.map((command) => [command.name(), command] as const))(
    '%s explains itself',
    async (name, command) => {
      const { code, out, err } = await cli([name, '--help']);
      expect([code, err]).toEqual([0, '']);
      expect(command.description()).not.toBe('');
      for (const option of command.options) {
        expect(out).toContain(option.long);
        expect(option.description).not.toBe('');
      }
      const examples = out.split('Examples:')[1]!;
      expect(examples.match(/\$ foolproof /g)!.length).toBeGreaterThanOrEqual(2);
    },
  );

  it('prints the version', async () => {
    expect(await cli(['--version'])).toEqual({ code: 0, out: `${toolkitVersion}\n`, err: '' });
  });

  it('says what there is when called without a command', async () => {
    const { code, out, err } = await cli([]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('Commands:');
  });
});

describe('usage errors', () => {
  it.each([
    ['an unknown command', ['atack'], /unknown command 'atack'; did you mean attack\?/],
    [
      'an unknown flag',
      ['attack', 'm.onnx', '--epslon', '1'],
      /unknown option '--epslon'; did you mean --epsilon\?/,
    ],
    ['a missing argument', ['attack'], /missing required argument 'model'/],
    ['too many arguments', ['inspect', 'a', 'b'], /too many arguments/],
    ['a flag without its value', ['train', '--out'], /'--out <file>' argument missing/],
    ['a missing flag', ['train'], /required option '--out <file>' not specified/],
    [
      'an unknown attack',
      ['attack', 'm', '--attack', 'fgms'],
      /unknown attack "fgms"; did you mean "fgsm"\? Known: fgsm/,
    ],
    ['an unknown objective', ['gradient', 'm', '--out', 'g', '--objective', 'x'], /unknown objective "x"/],
    [
      'an unknown data set',
      ['attack', 'm', '--dataset', 'mnits'],
      /unknown data set "mnits"; did you mean "mnist"/,
    ],
    ['an unknown optimizer', ['train', '--out', 'o', '--optimizer', 'adan'], /did you mean "adam"/],
    ['an unknown schedule', ['train', '--out', 'o', '--schedule', 'cosin'], /did you mean "cosine"/],
    [
      'an unknown profile',
      ['reproduce', '--profile', 'quik'],
      /unknown profile "quik"; did you mean "quick"/,
    ],
    ['an unknown reshaping', ['train', '--out', 'o', '--compression', 'hahs:1/4'], /did you mean "hash"/],
    ['a rate of zero', ['train', '--out', 'o', '--compression', 'hash:0'], /hash rate: expected/],
    ['a rate beyond one', ['train', '--out', 'o', '--compression', 'hash:2'], /hash rate: expected/],
    ['a rate that is no number', ['train', '--out', 'o', '--compression', 'hash:x'], /hash rate: expected/],
    [
      'a defence as compression',
      ['train', '--out', 'o', '--compression', 'inhibit:1'],
      /see foolproof inhibit/,
    ],
    ['an architecture', ['train', '--out', 'o', '--arch', '784-X3-10'], /at position 5 expected a layer/],
    ['an even kernel', ['train', '--out', 'o', '--kernel', '4'], /--kernel: expected an odd number/],
    ['no epochs', ['train', '--out', 'o', '--epochs', '0'], /--epochs: expected a whole number/],
    ['half an epoch', ['train', '--out', 'o', '--epochs', '0.5'], /--epochs: expected a whole number/],
    ['a negative batch', ['train', '--out', 'o', '--batch-size', '-1'], /--batch-size: expected/],
    [
      'a learning rate',
      ['train', '--out', 'o', '--learning-rate', 'fast'],
      /--learning-rate: expected a number/,
    ],
    [
      'a learning rate of zero',
      ['train', '--out', 'o', '--learning-rate', '0'],
      /--learning-rate: expected more than 0/,
    ],
    ['a negative seed', ['train', '--out', 'o', '--seed', '-1'], /--seed: expected a whole number/],
    ['a seed beyond 2^53', ['train', '--out', 'o', '--seed', '9007199254740993'], /--seed: expected/],
    ['a seed in words', ['attack', 'm', '--seed', 'one'], /--seed: expected/],
    ['no samples', ['attack', 'm', '--samples', '0'], /--samples: expected a whole number, at least 1/],
    ['samples in words', ['attack', 'm', '--samples', 'some'], /--samples: expected/],
    ['a negative epsilon', ['attack', 'm', '--epsilon', '-0.1'], /--epsilon: expected numbers from 0 to 1/],
    ['a large epsilon', ['attack', 'm', '--epsilon', '0.1,1.5'], /received "1.5"/],
    ['a hole in a list', ['attack', 'm', '--epsilon', '0.1,,0.2'], /received ""/],
    ['an epsilon over zero', ['attack', 'm', '--epsilon', '8/0'], /received "8\/0"/],
    ['a repeated epsilon', ['attack', 'm', '--epsilon', '0.5,0.1,1/2'], /every budget once/],
    ['a negative tau', ['inhibit', 'm', '--out', 'o', '--tau', '-0.1'], /--tau: expected a number from 0/],
    ['a tau that is no number', ['inhibit', 'm', '--out', 'o', '--tau', 'NaN'], /--tau: expected/],
    ['a data set without its path', ['train', '--out', 'o', '--dataset', 'npz'], /needs a path.*--data/],
    [
      'a bad number of jobs',
      ['reproduce', '--jobs', 'many'],
      /--jobs: .*from 1 to 256, or auto, received "many"/,
    ],
    ['no jobs', ['reproduce', '--jobs', '0'], /--jobs: expected a whole number from 1 to 256, or auto/],
    ['a bad compression in a list', ['reproduce', '--models', 'none,hash:9'], /hash rate/],
  ])('%s is one line and code 2', async (_title, argv, expected) => {
    const { code, out, err } = await cli(argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(expected);
    expect(err).toMatch(/^foolproof: [^\n]+\n$/);
  });
});
