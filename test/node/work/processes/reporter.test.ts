import { describe, expect, it } from 'vitest';
import type { Report } from '../../../../src/node/work/processes/messages.js';
import { reporter } from '../../../../src/node/work/processes/reporter.js';

describe('the reporter', () => {
  it('tells beginnings and ends at once, and the way between a few times a second', () => {
    let clock = 0;
    const told: Report[] = [];
    const progress = reporter(
      (report) => told.push(report),
      () => clock,
    );
    for (const label of ['one', 'two']) {
      progress.begin(label, 100, 'images');
      for (let done = 0; done < 100; done += 1, clock += 10) progress.advance(done, 'loss');
      progress.end('good');
    }
    const of = (type: Report['type']) => told.filter((report) => report.type === type);
    expect(of('begin').map((r) => 'label' in r && r.label)).toEqual(['one', 'two']);
    expect(of('end')).toEqual(Array(2).fill({ type: 'end', summary: 'good' }));
    // A second each: at its start and after every quarter.
    expect(of('advance').map((r) => 'done' in r && r.done)).toEqual([0, 25, 50, 75, 0, 25, 50, 75]);
    expect(of('advance')[0]).toEqual({ type: 'advance', done: 0, detail: 'loss' });
  });
});
