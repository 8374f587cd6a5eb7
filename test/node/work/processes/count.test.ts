import { describe, expect, it } from 'vitest';
import { automaticJobs, checkJobs, threadsOfEach } from '../../../../src/node/work/processes/count.js';

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

  it.each([0, -1, 1.5, Number.NaN])('cannot be %d', (jobs) =>
    expect(() => checkJobs(jobs)).toThrow(/jobs: expected a whole number, at least 1/),
  );
});
