import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { isRunning } from '../../src/node/store/processes.js';
import { program, workplace } from './support.js';

const place = workplace();
/** Trainings that no test waits for the end of. */
const argv = [
  ...program.slice(1),
  ...['reproduce', '--jobs', '2', '--models', 'none,hash:1/8', '--figures', '3', '--train-images', '12800'],
  ...['--test-images', '20', '--samples', '10', '--out', place.path('run')],
];

const groups: number[] = [];
afterAll(() => {
  for (const group of groups) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // Gone, as it should be.
    }
  }
});

interface Started {
  readonly child: ChildProcess;
  readonly err: () => string;
  readonly done: Promise<number | null>;
}

/** The program in a process group of its own, as a shell starts it. */
function start(): Started {
  const child = spawn(program[0], argv, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  groups.push(child.pid!);
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  return { child, err: () => err, done: once(child, 'close').then(([code]) => code) };
}

const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
};

/** Both models are at work. */
const bothWork = ({ err, child }: Started) =>
  until(
    () =>
      child.exitCode !== null ||
      ['Uncompressed', 'HashNet 1/8'].every((label) => err().includes(`${label}: `)),
  );

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

describe.runIf(existsSync(`/proc/${process.pid}/task/${process.pid}/children`))('reproduce --jobs', () => {
  it('hears Ctrl-C, stands a kill, and goes on from there', { timeout: 600_000 }, async () => {
    await interrupt(start());
    const left = list('scratch').filter((name) => name.endsWith('checkpoint.npz'));
    expect(left).toHaveLength(2);

    const killed = start();
    await bothWork(killed);
    // The program works in a process of its own, which starts those that train.
    const workers = childrenOf(killed.child.pid!).flatMap(childrenOf);
    expect(workers.length).toBeGreaterThanOrEqual(2);
    killed.child.kill('SIGKILL');
    // At once: what the killed one left must not be in the way.
    const next = start();
    await until(() => !workers.some(isRunning));
    // They left in the middle of their work.
    expect(list('steps').filter((name) => !name.startsWith('train-threads'))).toEqual([]);
    await interrupt(next);
  });
});

/** Ctrl-C as a terminal does it: every process of the group gets the signal. */
async function interrupt(started: Started): Promise<void> {
  await bothWork(started);
  process.kill(-started.child.pid!, 'SIGINT');
  expect(await started.done).toBe(130);
  expect(started.err()).toMatch(/\nfoolproof: study interrupted; finished work is kept\. .*\n$/);
  expect(started.err()).not.toMatch(/\n {4}at |Error/);
}

const list = (folder: string): string[] =>
  existsSync(place.path(`run/${folder}`))
    ? readdirSync(place.path(`run/${folder}`), { recursive: true, encoding: 'utf8' })
    : [];
