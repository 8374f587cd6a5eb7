import { describe, expect, it } from 'vitest';
import { Schedule } from '../../../../src/node/apps/audit/time-schedule.js';

/** A clock that somebody else moves. */
function clocked(allowed?: number) {
  let seconds = 1000;
  const schedule = new Schedule(allowed, { now: () => 1000 * seconds });
  const wait = (more: number) => {
    seconds += more;
  };
  return { schedule, wait };
}

describe('Schedule without a limit', () => {
  it('takes what is done within twenty seconds, so that no more than that is ever lost', () => {
    const { schedule, wait } = clocked();
    expect(schedule.next(1000, 1e9)).toBe(1);
    expect(schedule.next(1000, 5)).toBe(4);
    expect(schedule.next(1000, 0.001)).toBe(16);
    wait(1e6);
    schedule.record(16, 1.6);
    expect(schedule.next(1000, 1e9)).toBe(128);
    expect(schedule.next(5, 1e9)).toBe(5);
    expect(schedule.next(0, 1e9)).toBe(0);
    schedule.record(16, 32);
    expect(schedule.next(1000, 1e9)).toBe(8);
    schedule.record(1, 600);
    expect(schedule.next(1000, 1e9)).toBe(1);
  });
});

describe('the first chunk', () => {
  it.each([
    ['a fast model', 0.001, 1000, 16],
    ['fewer inputs than that', 0.001, 3, 3],
    ['a slow one: no more than is lost without regret', 5, 1000, 4],
    ['sizes are even, so that another run makes the same', 6, 1000, 2],
    ['a hopeless one: there must be an answer', 1e6, 1000, 1],
    ['no measurement of it', 0, 1000, 16],
  ])('%s', (_, worst, left, size) => {
    expect(clocked(100).schedule.next(left, worst)).toBe(size);
  });

  it('has less time where little is allowed, or much is gone', () => {
    expect(clocked(20).schedule.next(1000, 5)).toBe(2);
    const { schedule, wait } = clocked(20);
    wait(4);
    expect(schedule.next(1000, 5)).toBe(1);
    wait(1000);
    expect(schedule.next(1000, 5)).toBe(1);
  });
});

describe('later chunks', () => {
  it('fit the time that is left at the pace of the last one, whatever was feared', () => {
    const { schedule, wait } = clocked(100);
    wait(16);
    schedule.record(16, 4.8);
    expect(schedule.next(1000, 1e9)).toBe(64);
    wait(6.4);
    schedule.record(64, 6.4);
    expect(schedule.next(1000, 1e9)).toBe(128);
    expect(schedule.next(100, 1e9)).toBe(100);
  });

  it.each([
    [60, 1000, 16],
    [80, 1000, 16],
    [96, 1000, 2],
    [98, 1000, 1],
    [99.5, 1000, 1],
    [99.8, 1000, 0],
    // The last ones go together, however few.
    [96, 3, 3],
    [98, 3, 1],
    [200, 1000, 0],
    [200, 1, 0],
  ])('after %d of 100 seconds, at one a second, of %d: %d', (used, left, size) => {
    const { schedule, wait } = clocked(100);
    wait(used);
    schedule.record(used, used);
    expect(schedule.next(left, 0)).toBe(size);
  });

  it('use the time that is left, however slow a loaded machine was at first', () => {
    const { schedule, wait } = clocked(180);
    expect(schedule.next(1000, 100)).toBe(1);
    wait(83);
    schedule.record(4, 83);
    expect(schedule.next(1000, 100)).toBe(1);
    wait(4);
    schedule.record(1, 4);
    expect(schedule.next(1000, 100)).toBe(4);
  });

  it('charge what an earlier run spent on kept ones, and do not take reading for working', () => {
    const { schedule, wait } = clocked(100);
    wait(0.1);
    schedule.record(16, 32, 0.1);
    expect(schedule.used).toBeCloseTo(32);
    // Two seconds each.
    expect(schedule.next(1000, 0)).toBe(8);
    wait(60);
    schedule.record(30, 60);
    expect(schedule.used).toBeCloseTo(92);
    expect(schedule.next(1000, 0)).toBe(2);
  });
});

describe('outlook', () => {
  it('fears the worst until something is measured, and never more than is allowed', () => {
    const { schedule, wait } = clocked(100);
    expect(schedule.outlook(0, 50, 1)).toEqual({ share: 0, secondsLeft: 50 });
    expect(schedule.outlook(0, 500, 1)).toEqual({ share: 0, secondsLeft: 100 });
    wait(10);
    expect(schedule.outlook(10, 50, 1)).toEqual({ share: 0.2, secondsLeft: 40 });
    schedule.record(10, 5);
    expect(schedule.outlook(10, 50, 1)).toEqual({ share: 1 / 3, secondsLeft: 20 });
    wait(200);
    expect(schedule.outlook(20, 50, 1)).toEqual({ share: 1, secondsLeft: 0 });
  });

  it('knows no limit where there is none, and nothing to do when there is nothing', () => {
    expect(clocked().schedule.outlook(0, 500, 2)).toEqual({ share: 0, secondsLeft: 1000 });
    expect(clocked().schedule.outlook(5, 5, 2)).toEqual({ share: 1, secondsLeft: 0 });
  });
});
