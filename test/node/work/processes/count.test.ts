import { describe, expect, it } from 'vitest';
import { studyNamed } from '../../../../src/node/apps/study/index.js';
import { effectiveProfile } from '../../../../src/node/apps/study/profiles.js';
import { automaticJobs, queueOf, threadsOfEach } from '../../../../src/node/work/processes/count.js';

const GIB = 2 ** 30;

describe('the number of jobs', () => {
  it.each([
    [{ cores: 8, memory: 64 * GIB }, 8],
    [{ cores: 8, memory: 7 * GIB }, 3],
    [{ cores: 1, memory: 64 * GIB }, 1],
    [{ cores: 8, memory: 0 }, 1],
  ])('for %o is %d', (machine, jobs) => expect(automaticJobs(machine)).toBe(jobs));

  it.each([
    [2, 2, 1],
    [2, 8, 4],
    [3, 8, 2],
    [4, 2, 1],
  ])('%d on %d cores have %d threads each', (jobs, cores, threads) =>
    expect(threadsOfEach(jobs, cores)).toBe(threads),
  );
});

describe('the queue', () => {
  const { profiles, plan } = studyNamed('mnist');
  const [none, eighth, sixtyfourth] = plan(effectiveProfile(profiles, 'quick'), 1);

  it('begins with what takes longest', () => {
    const unfinished = [none, eighth, sixtyfourth].map((model, i) => ({
      model: model!,
      left: [5, 9, 7][i]!,
    }));
    expect(queueOf(unfinished).map((m) => m.id)).toEqual([eighth!.id, sixtyfourth!.id, none!.id]);
  });

  it('gives one training to one process, whatever its models are called', () => {
    const unfinished = [none!, { ...none!, id: 'again' }, eighth!].map((model) => ({ model, left: 1 }));
    expect(queueOf(unfinished).map((m) => m.id)).toEqual([none!.id, eighth!.id]);
  });
});
