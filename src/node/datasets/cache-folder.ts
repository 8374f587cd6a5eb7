import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { Folder } from '../store/folder.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where data that were fetched are kept, outside of every project: `FOOLPROOF_CACHE` when it is set, else
 * `foolproof` in the place that the system has for such files (`LOCALAPPDATA` on Windows; `XDG_CACHE_HOME`,
 * by default `~/.cache`, elsewhere).
 */
export function cacheRoot(env: Environment = process.env, platform: string = process.platform): string {
  if (env.FOOLPROOF_CACHE) return env.FOOLPROOF_CACHE;
  if (platform === 'win32')
    return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'foolproof', 'cache');
  const home = env.XDG_CACHE_HOME;
  // The XDG specification: a path that is not absolute is invalid and counts as unset.
  return join(home && isAbsolute(home) ? home : join(homedir(), '.cache'), 'foolproof');
}

/** The cache of one data set; nothing written through it leaves its folder. */
export const cacheFolder = (name: string, env?: Environment): Folder =>
  new Folder(join(cacheRoot(env), name));
