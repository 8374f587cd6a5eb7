import { describe, expect, it } from 'vitest';
import { isToolkitError } from '../../../../src/core/base/errors.js';
import { type Progress, silent } from '../../../../src/core/base/progress.js';
import { Stopped } from '../../../../src/node/work/executor.js';
import { PlanState } from '../../../../src/node/work/plan-state.js';
import { runPool } from '../../../../src/node/work/processes/pool.js';
import { context, planOf, resultOf, training } from '../../../support/plans.js';

const entry = new URL('./fake-worker.mjs', import.meta.url);
const setup = { store: '', threads: 1 };

/** Has steps done that are called after what happens to them: earlier ones first. */
function pool(
  names: readonly string[],
  jobs: number,
  { signal, onBegin }: { signal?: AbortSignal; onBegin?: (begun: readonly string[]) => void } = {},
) {
  const ids = names.map((name, i) => (names.indexOf(name) === i ? name : `${name} ${i}`));
  const steps = ids.map((id, i) => ({ ...training(id, i, ids.length - i), title: `The step that ${id}` }));
  const plan = planOf(...steps);
  /** Of what was begun: the lane, the id and what is shown. */
  const begun: string[] = [];
  const shown: string[] = [];
  const finished: string[] = [];
  let lanes = 0;
  const progress: Progress = {
    ...silent,
    overall: (share) => shown.push(`overall ${share.toFixed(2)}`),
    lane: () => {
      lanes += 1;
      return {
        ...silent,
        begin: (label, total, unit) => shown.push(`${label}: ${total} ${unit}`),
        advance: (done, detail) => shown.push(`${done} ${detail}`),
        end: (summary) => shown.push(`${summary}`),
      };
    },
  };
  const done = (async () => {
    const running = runPool({
      entry,
      setup,
      plan,
      jobs,
      progress,
      found: [],
      state: new PlanState(plan, context),
      resultOf: async ({ key }) => resultOf(key),
      onReport: ({ id }, report) => {
        if (report.type === 'begin') {
          begun.push(`${id}: ${report.label}`);
          onBegin?.(begun);
        }
      },
      ...(signal && { signal }),
    });
    for await (const { step, found } of running) finished.push(`${step.id}${found ? ' (found)' : ''}`);
  })();
  return { begun, shown, finished, done, lanes: () => lanes };
}

/** Processes that said that they wait. */
const waiting = (begun: readonly string[]): number[] =>
  begun.flatMap((text) => (/: waits \d+$/.test(text) ? [Number(text.split(' ').at(-1))] : []));

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the pool', () => {
  it('does everything, and shows what is reported of which step', async () => {
    const { done, finished, shown, lanes } = pool(['works', 'reports', 'finds', 'works'], 2);
    await done;
    expect(lanes()).toBe(2);
    expect(finished.sort()).toEqual(['finds (found)', 'reports', 'works', 'works 3']);
    // By its title in the plan, whatever the step calls it.
    expect(shown).toContain('The step that reports: 3 images');
    expect(shown).toContain('2 loss');
    expect(shown).toContain('good');
    expect(shown.at(-1)).toBe('overall 1.00');
  });

  it('starts no more processes than there are steps', async () => {
    const { done, lanes } = pool(['works'], 5);
    await done;
    expect(lanes()).toBe(1);
  });

  it.each([
    ['refuses', /^training: the loss stopped being a finite number at step 3\. Less\.$/, 'diverged'],
    ['has a bug', /^x is undefined$/, undefined],
    [
      'is killed',
      /^The step that is killed: .*SIGKILL.* memory .*The same command resumes it/,
      'worker-ended',
    ],
    ['crashes', /^The step that crashes: .*exit code 1/, 'worker-ended'],
  ] as const)('stops the others when a worker %s', async (id, message, code) => {
    const { done, begun, finished } = pool(['waits', id, 'works'], 2);
    const error = await done.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Error);
    const { message: text, cause } = error as Error & { cause: Error };
    expect(text).toMatch(message);
    expect(text).not.toMatch(/\n/);
    if (code) expect(isToolkitError(error, code)).toBe(true);
    if (id === 'crashes') expect(cause.stack).toContain('last words');
    // The one that waited has stopped, and what was left was not begun.
    for (const pid of waiting(begun)) expect(isAlive(pid)).toBe(false);
    expect(finished).toEqual([]);
  });

  it('stops after the signal, and leaves no process', async () => {
    const controller = new AbortController();
    const onBegin = (begun: readonly string[]) => {
      if (waiting(begun).length === 2) controller.abort();
    };
    const { done, begun } = pool(['waits', 'waits', 'works'], 2, { signal: controller.signal, onBegin });
    await expect(done).rejects.toBeInstanceOf(Stopped);
    expect(waiting(begun).map(isAlive)).toEqual([false, false]);
    await expect(pool(['works'], 1, { signal: controller.signal }).done).rejects.toBeInstanceOf(Stopped);
  });

  it('stops when nobody listens any more', async () => {
    const plan = planOf(training('works', 1, 3), training('waits', 2, 2));
    let pid = 0;
    const running = runPool({
      entry,
      setup,
      plan,
      jobs: 2,
      found: [],
      state: new PlanState(plan, context),
      resultOf: async ({ key }) => resultOf(key),
      onReport: (_, report) => {
        if (report.type === 'begin') pid = Number(report.label.split(' ').at(-1));
      },
    });
    for await (const { step } of running) {
      expect(step.id).toBe('works');
      while (pid === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      break;
    }
    expect(isAlive(pid)).toBe(false);
  });

  it('begins nothing more when a worker finishes while it is told to stop', async () => {
    const { done, finished } = pool(['finishes', 'refuses', 'works'], 2);
    await expect(done).rejects.toThrow(/Less/);
    expect(finished).not.toContain('works');
  });

  it('stops when a worker was told to by the system, busy or still starting', async () => {
    await expect(pool(['waits', 'is told to stop'], 2).done).rejects.toBeInstanceOf(Stopped);
    const onBegin = (begun: readonly string[]) => {
      // The fake has no handler, as a worker has none while it starts.
      for (const pid of waiting(begun)) process.kill(pid, 'SIGINT');
    };
    await expect(pool(['waits'], 1, { onBegin }).done).rejects.toBeInstanceOf(Stopped);
  });
});
