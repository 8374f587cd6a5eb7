import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import { lookUp } from '../../src/core/base/names.js';
import { stream } from '../support/toolkit.js';
import type { Target } from './target.js';
import { archives } from './targets/archives.js';
import { arrays } from './targets/arrays.js';
import { folders } from './targets/folders.js';
import { models } from './targets/models.js';

const cases = fileURLToPath(new URL('cases/', import.meta.url));

/** Targets that can be tried in this process: a name of a case begins with that of its target. */
const targets: Readonly<Record<string, Target>> = { models, arrays, archives, folders };

/** Cases of each target in the short run. */
const COUNTS: Readonly<Record<string, number>> = { models: 150, arrays: 2000, archives: 150, folders: 10 };

it('what was found once is refused like any other', async () => {
  for (const file of readdirSync(cases).filter((name) => name.endsWith('.bin'))) {
    const target = lookUp(targets, file.split('-')[0] ?? '', 'target');
    await target.run(new Uint8Array(readFileSync(cases + file))).catch((error: unknown) => {
      throw new Error(file, { cause: error });
    });
  }
});

describe('a short run with a fixed seed', () => {
  it.each(Object.keys(targets))('of %s finds nothing', async (name) => {
    const target = lookUp(targets, name, 'target');
    for (let index = 0; index < (COUNTS[name] ?? 10); index++) {
      const bytes = target.make(stream(1, name, index));
      await target.run(bytes).catch((error: unknown) => {
        throw new Error(`case ${index} of ${name}, seed 1`, { cause: error });
      });
    }
  });
});
