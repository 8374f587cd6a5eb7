import { readFileSync, rmSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ToolkitError } from '../../core/base/errors.js';
import { errorCode, reasonOf, temporaryName } from './files.js';
import { isRunning } from './processes.js';

const holderSchema = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  /** When and in which boot the process began, where the system tells: process ids are used again. */
  birth: z.string().optional(),
  since: z.string(),
  token: z.string(),
});

type Holder = z.infer<typeof holderSchema>;

/** Releases the lock; calling it again does nothing. */
export type Release = () => Promise<void>;

/**
 * Takes the lock of this file, so that two processes do not work on the same files.
 *
 * The lock of a process that no longer exists is taken over. A lock from another machine (a shared disk) is
 * respected, since nothing here can tell whether its process is alive.
 *
 * @throws ToolkitError 'run-in-use' while another live process (or this one) holds it, 'file-unwritable'
 */
export async function acquireLock(path: string): Promise<Release> {
  const mine = newHolder();
  // Each round either takes the lock, meets a live holder, or removes one stale lock.
  for (let round = 0; round < 20; round += 1) {
    if (await create(path, mine)) return releaseOf(path, mine);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const holder = parse(text);
    if (holder && isAlive(holder)) throw inUse(path, holder);
    await discard(path, text);
  }
  throw inUse(path, undefined);
}

const newHolder = (): Holder => ({
  pid: process.pid,
  host: hostname(),
  birth: birthOf(process.pid),
  since: new Date().toISOString(),
  token: temporaryName(),
});

/** Linking a finished file makes the lock appear whole or not at all. */
async function create(path: string, holder: Holder): Promise<boolean> {
  const draft = join(dirname(path), temporaryName());
  const text = `${JSON.stringify(holder, null, 2)}\n`;
  try {
    await writeFile(draft, text, { flag: 'wx' });
    return await link(draft, path).then(
      () => true,
      (error) => {
        // ENOENT: a process that just got the lock has removed the draft.
        if (errorCode(error) === 'EEXIST' || errorCode(error) === 'ENOENT') return false;
        if (isWithoutLinks(error)) return createPlainly(path, text);
        throw error;
      },
    );
  } catch (error) {
    throw unwritable(path, error);
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

/** Some file systems (exFAT, some network disks) have no hard links. */
const isWithoutLinks = (error: unknown): boolean =>
  ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errorCode(error) ?? '');

async function createPlainly(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

const unwritable = (path: string, error: unknown): ToolkitError =>
  new ToolkitError('file-unwritable', { path, reason: reasonOf(error) }, { cause: error });

/** Undefined for text that no live process can have written: locks appear whole. */
function parse(text: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return true;
  if (!isRunning(holder.pid)) return false;
  const birth = birthOf(holder.pid);
  return holder.birth === undefined || birth === undefined || birth === holder.birth;
}

/** Linux only: the boot and the clock tick in which a process began. */
function birthOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold spaces; the start time is field 22, the 20th after it.
    const ticks = status.slice(status.lastIndexOf(')') + 2).split(' ')[19];
    return `${boot}:${ticks}`;
  } catch {
    return undefined;
  }
}

/**
 * Moves a stale lock aside before deleting it: when two processes try, only one can
 * have moved this very lock.
 */
async function discard(path: string, stale: string): Promise<void> {
  const aside = join(dirname(path), temporaryName());
  try {
    await rename(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw unwritable(path, error);
  }
  // Another process was faster and this is its new lock: put it back.
  const moved = await readFile(aside, 'utf8').catch(() => stale);
  if (moved !== stale) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

function releaseOf(path: string, mine: Holder): Release {
  const release = (): void => {
    process.off('exit', release);
    try {
      // Never another process's lock, should this one have been deleted by hand.
      if (parse(readFileSync(path, 'utf8'))?.token === mine.token) rmSync(path, { force: true });
    } catch {
      // The lock or the disk is gone; either way the next process finds this one ended and takes over.
    }
  };
  process.once('exit', release);
  return async () => release();
}

function inUse(path: string, holder: Holder | undefined): ToolkitError {
  const where = holder && holder.host !== hostname() ? ` on ${holder.host}` : '';
  const who = holder ? `process ${holder.pid}${where}, since ${holder.since}` : 'another process';
  return new ToolkitError('run-in-use', { path: dirname(path), holder: who, lock: path });
}
