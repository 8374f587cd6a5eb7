import type { Target } from '../target.js';
import { archives } from './archives.js';
import { argumentLists } from './argument-lists.js';
import { arrays } from './arrays.js';
import { engine } from './engine.js';
import { folders } from './folders.js';
import { models } from './models.js';
import { program } from './program.js';

/** Everything that is tried. A new target is one file and one line here. */
export const targets = {
  models,
  arrays,
  archives,
  folders,
  arguments: argumentLists,
  engine,
  program,
} as const satisfies Readonly<Record<string, Target>>;

export type TargetName = keyof typeof targets;
