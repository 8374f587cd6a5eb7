import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isToolkitError } from '../../../../src/core/base/errors.js';
import { type Progress, silent } from '../../../../src/core/base/progress.js';
import { runStudy, type StudyOptions, type StudyOutcome } from '../../../../src/node/apps/study/index.js';
import { nodeRuntime } from '../../../../src/node/runtime.js';
import { RunDirectory } from '../../../../src/node/store/run-directory.js';
import { threadsOfEach } from '../../../../src/node/work/processes/count.js';

// Worker processes inherit the flags of this one; the sources need a loader that the test
// runner replaces by its own.
const flags = ['--import', 'tsx'];
beforeAll(() => void process.execArgv.push(...flags));
afterAll(() => void process.execArgv.splice(-flags.length));

const tiny = {
  architecture: '784-C4k3-F16-10',
  trainImages: 320,
  epochs: 1,
  models: ['none', 'hash:1/8'],
  testImages: 50,
  inhibitedTestImages: 50,
  attackSamples: 20,
  iterativeSamples: 5,
  figures: ['7'],
};
/** Training, accuracy and one attack of two models. */
const STEPS = 2 * 3;

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function folder(): Promise<string> {
  folders.push(await mkdtemp(join(tmpdir(), 'foolproof-jobs-')));
  return folders.at(-1)!;
}

async function study(root: string, options: Partial<StudyOptions>): Promise<StudyOutcome> {
  const directory = await RunDirectory.open(root);
  try {
    const runtime = await nodeRuntime({ threads: threadsOfEach(2, availableParallelism()) });
    return await runStudy(directory, { runtime, profile: 'quick', seed: 7, overrides: tiny, ...options });
  } finally {
    await directory.close();
  }
}

const timeless = ({ results }: StudyOutcome) => ({ ...results, finished: '' });
const temporaries = async (root: string) =>
  (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.tmp'));

/** Lanes that are listened to. */
function lanes(
  onAdvance: (done: number) => void = () => {},
): Progress & { readonly begun: string[]; share: number } {
  const begun: string[] = [];
  const lane = { ...silent, begin: (label: string) => void begun.push(label), advance: onAdvance };
  const progress = { ...silent, begun, share: 0, lane: () => lane };
  progress.overall = (share: number) => {
    progress.share = share;
  };
  return progress;
}

describe('models side by side', { timeout: 300_000 }, () => {
  it('give what one process gives, stopped in between or not', async () => {
    const root = await folder();
    const controller = new AbortController();
    // As soon as both are at work.
    const seen = lanes(() => seen.begun.length >= 2 && controller.abort());
    const stopped = await study(root, { jobs: 2, signal: controller.signal, progress: seen }).catch(
      (e: unknown) => e,
    );
    expect(isToolkitError(stopped, 'interrupted')).toBe(true);
    expect(await temporaries(root)).toEqual([]);

    const progress = lanes();
    const outcome = await study(root, { jobs: 2, progress });
    expect(progress.begun.filter((label) => label.includes('train')).length).toBeGreaterThan(0);
    expect(progress.share).toBeCloseTo(1);
    expect(outcome.reused).toBeLessThan(STEPS);

    const again = lanes();
    const found = await study(root, { jobs: 2, progress: again });
    expect([found.reused, again.begun]).toEqual([STEPS, []]);
    // However many threads there are now: trainings keep those that they were begun with.
    expect((await study(root, { runtime: await nodeRuntime() })).reused).toBe(STEPS);
    expect(found.results).toEqual(outcome.results);
    expect(timeless(outcome)).toEqual(timeless(await study(await folder(), {})));
  });

  it('say what went wrong in a worker as if it had been here', async () => {
    const root = await folder();
    const overrides = { ...tiny, learningRate: 1e12, epochs: 3 };
    const error = await study(root, { jobs: 2, overrides }).catch((e: unknown) => e);
    expect(isToolkitError(error, 'diverged') && error.data.what).toBe('training');
    expect(await temporaries(root)).toEqual([]);
  });

  it('need a number and the engine that other processes have', async () => {
    const root = await folder();
    await expect(study(root, { jobs: 0 })).rejects.toThrow(
      /jobs: expected a whole number, at least 1, received 0/,
    );
    const runtime = { ...(await nodeRuntime()), name: 'another' };
    await expect(study(root, { jobs: 2, runtime })).rejects.toThrow(/jobs: expected 1 with another/);
  });
});
