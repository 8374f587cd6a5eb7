import type { Command } from 'commander';
import type { Io } from '../terminal/io.js';
import { attack } from './attack-command.js';
import { audit } from './audit-command.js';
import { compress } from './compress-command.js';
import { gradient } from './gradient-command.js';
import { inhibit } from './inhibit-command.js';
import { inspect } from './inspect-command.js';
import { materialize } from './materialize-command.js';
import { reproduce } from './reproduce-command.js';
import { train } from './train-command.js';

/** Makes a command that talks to this world. */
export type CommandFactory = (io: Io) => Command;

/** Every command, in the order of the help text. A new one is one file and one line here. */
export const commands: readonly CommandFactory[] = [
  reproduce,
  train,
  compress,
  audit,
  attack,
  inspect,
  inhibit,
  materialize,
  gradient,
];
