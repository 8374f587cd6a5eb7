import { describe, expect, it } from 'vitest';
import { isToolkitError } from '../../../../src/core/base/errors.js';
import type { Report } from '../../../../src/node/work/processes/messages.js';
import { runPool } from '../../../../src/node/work/processes/pool.js';
import { Stopped } from '../../../../src/node/work/processes/worker-process.js';

const entry = new URL('../../../studies/jobs/stand-in.mjs', import.meta.url);
const task = { root: '', study: '', profile: '', seed: 1, threads: 1 };

interface Heard {
  readonly lane: number;
  readonly id: string;
  readonly report: Report;
}

/** Has models done that are called after what happens to them. */
function pool(
  ids: readonly string[],
  jobs: number,
  options: { signal?: AbortSignal; hear?: (all: Heard[]) => void } = {},
) {
  const heard: Heard[] = [];
  let lanes = 0;
  const listener = () => {
    const lane = lanes++;
    return ({ id }: { id: string }, report: Report) => {
      heard.push({ lane, id, report });
      options.hear?.(heard);
    };
  };
  const queue = ids.map((id) => ({ id, label: `The model that ${id}` }));
  const done = runPool({
    entry,
    task,
    queue,
    jobs,
    listener,
    ...(options.signal && { signal: options.signal }),
  });
  return { heard, done, lanes: () => lanes };
}

/** Processes that said that they wait. */
const waiting = (heard: readonly Heard[]): number[] =>
  heard.flatMap(({ report }) => (report.type === 'begin' ? [Number(report.label.split(' ')[1])] : []));

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the pool', () => {
  it('does everything, and tells what is reported of which model', async () => {
    const { done, heard, lanes } = pool(['works', 'reports', 'works'], 2);
    expect(await done).toBe(4);
    expect(lanes()).toBe(2);
    expect(heard.filter((h) => h.report.type === 'finished')).toHaveLength(3);
    expect(heard.find((h) => h.report.type === 'begin')).toMatchObject({
      id: 'reports',
      report: { label: 'train' },
    });
  });

  it('starts no more processes than there are models', async () => {
    const { done, lanes } = pool(['works'], 5);
    await done;
    expect(lanes()).toBe(1);
  });

  it.each([
    ['refuses', /^training: the loss stopped being a finite number at step 3\. Less\.$/, 'diverged'],
    ['has a bug', /^x is undefined$/, undefined],
    ['is killed', /^The model that is killed: .*SIGKILL.* memory .*The same command goes on/, 'worker-ended'],
    ['crashes', /^The model that crashes: .*exit code 1/, 'worker-ended'],
  ] as const)('stops the others when a worker %s', async (id, message, code) => {
    const { done, heard } = pool(['waits', id, 'works'], 2);
    const error = await done.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Error);
    const { message: text, cause } = error as Error & { cause: Error };
    expect(text).toMatch(message);
    expect(text).not.toMatch(/\n/);
    if (code) expect(isToolkitError(error, code)).toBe(true);
    if (id === 'crashes') expect(cause.stack).toContain('last words');
    // The one that waited has stopped, and what was left was not begun.
    for (const pid of waiting(heard)) expect(isAlive(pid)).toBe(false);
    expect(heard.some((h) => h.id === 'works')).toBe(false);
  });

  it('stops after the signal, and leaves no process', async () => {
    const controller = new AbortController();
    const hear = (all: Heard[]) => {
      if (waiting(all).length === 2) controller.abort();
    };
    const { done, heard } = pool(['waits', 'waits', 'works'], 2, { signal: controller.signal, hear });
    await expect(done).rejects.toBeInstanceOf(Stopped);
    expect(waiting(heard).map(isAlive)).toEqual([false, false]);
    await expect(pool(['works'], 1, { signal: controller.signal }).done).rejects.toBeInstanceOf(Stopped);
  });

  it('begins nothing more when a worker finishes while it is told to stop', async () => {
    const { done, heard } = pool(['finishes', 'refuses', 'works'], 2);
    await expect(done).rejects.toThrow(/Less/);
    expect(heard.some((h) => h.id === 'works')).toBe(false);
  });

  it('stops when a worker was told to by the system, busy or still starting', async () => {
    await expect(pool(['waits', 'is told to stop'], 2).done).rejects.toBeInstanceOf(Stopped);
    const hear = (all: Heard[]) => {
      // The stand-in has no handler, as a worker has none while it starts.
      for (const pid of waiting(all)) process.kill(pid, 'SIGINT');
    };
    await expect(pool(['waits'], 1, { hear }).done).rejects.toBeInstanceOf(Stopped);
  });
});
