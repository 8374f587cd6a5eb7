import { describe, expect, it } from 'vitest';
import { isToolkitError, ToolkitError } from '../../../../src/core/base/errors.js';
import { packError, type Report, unpackError } from '../../../../src/node/work/processes/messages.js';
import { Overall } from '../../../../src/node/work/processes/overall.js';
import { reporter } from '../../../../src/node/work/processes/reporter.js';

const travelled = (error: unknown) => unpackError(structuredClone(packError(error)));

describe('an error between processes', () => {
  it('of the user stays what it was', () => {
    const error = new ToolkitError('diverged', { what: 'training', step: 7, hint: 'Try less.' });
    const received = travelled(error);
    expect(isToolkitError(received, 'diverged') && received.data).toEqual(error.data);
    expect(received.message).toBe(error.message);
    expect((received.cause as Error).stack).toContain('messages.test.ts');
  });

  it('that is a bug keeps its message, and where it was', () => {
    const received = travelled(new TypeError('x is not a function', { cause: new Error('root') }));
    expect([received instanceof ToolkitError, received.message]).toEqual([false, 'x is not a function']);
    expect((received.cause as Error).stack).toMatch(/messages\.test\.ts.*caused by Error: root/s);
    expect(travelled('text').message).toBe('text');
  });
});

describe('the reporter', () => {
  it('tells beginnings and ends at once, and the way between a few times a second', () => {
    let clock = 0;
    const told: Report[] = [];
    const progress = reporter(
      (report) => told.push(report),
      1000,
      () => 400,
      () => clock,
    );
    for (const label of ['one', 'two']) {
      progress.begin(label, 100, 'images');
      for (let done = 0; done < 100; done += 1, clock += 10) {
        progress.overall(0.5 + done / 1000, 1);
        progress.advance(done, 'loss');
      }
      progress.end('good');
    }
    const of = (type: Report['type']) => told.filter((report) => report.type === type);
    expect(of('begin').map((r) => 'label' in r && r.label)).toEqual(['one', 'two']);
    expect(of('end')).toEqual(Array(2).fill({ type: 'end', summary: 'good' }));
    // A second each: at its start and after every quarter.
    expect(of('advance').map((r) => 'done' in r && r.done)).toEqual([0, 25, 50, 75, 0, 25, 50, 75]);
    // Of a plan of 1000, without the models before.
    expect(of('advance')[0]).toEqual({ type: 'advance', done: 0, detail: 'loss', worked: 100 });
  });
});

describe('the whole of several processes', () => {
  it('counts what was found as done, but not as a pace', () => {
    let clock = 100;
    const found = new Map([
      ['a', 40],
      ['b', 20],
    ]);
    const overall = new Overall(200, found, () => clock);
    expect(overall.state).toBeUndefined();
    clock += 10;
    // A worker that has not come as far as what was found.
    overall.record('a', 10);
    expect(overall.state).toBeUndefined();
    overall.record('b', 40);
    overall.record('c', 10);
    // 30 in 10 s, 90 of 200.
    expect(overall.state).toEqual({ share: 0.45, secondsLeft: 110 / 3 });
  });
});
