import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cacheRoot } from '../../../src/node/datasets/cache-folder.js';

it.each<[string, Record<string, string>, string, string]>([
  ['the variable first', { FOOLPROOF_CACHE: '/data/fp', XDG_CACHE_HOME: '/x' }, 'linux', '/data/fp'],
  ['the XDG folder', { XDG_CACHE_HOME: '/x' }, 'linux', join('/x', 'foolproof')],
  [
    'the default for a relative XDG folder',
    { XDG_CACHE_HOME: 'x' },
    'linux',
    join(homedir(), '.cache', 'foolproof'),
  ],
  ['the default', {}, 'darwin', join(homedir(), '.cache', 'foolproof')],
  ['the local folder of Windows', { LOCALAPPDATA: '/local' }, 'win32', join('/local', 'foolproof', 'cache')],
  ['its default', {}, 'win32', join(homedir(), 'AppData', 'Local', 'foolproof', 'cache')],
])('the cache is in %s', (_, env, platform, expected) => {
  expect(cacheRoot(env, platform)).toBe(expected);
});
