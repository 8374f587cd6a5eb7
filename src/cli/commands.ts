import type { Command } from 'commander';
import { attack } from './attack.js';
import { audit } from './audit.js';
import { gradient } from './gradient.js';
import { inhibit } from './inhibit.js';
import { inspect } from './inspect.js';
import type { Io } from './io.js';
import { materialize } from './materialize.js';
import { reproduce } from './reproduce.js';
import { train } from './train.js';

/** Makes a command that talks to this world. */
export type CommandFactory = (io: Io) => Command;

/** Every command, in the order of the help text. A new one is one file and one line here. */
export const commands: readonly CommandFactory[] = [
  reproduce,
  train,
  audit,
  attack,
  inspect,
  inhibit,
  materialize,
  gradient,
];
