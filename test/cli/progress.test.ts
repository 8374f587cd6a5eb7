import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { duration, table } from '../../src/cli/format.js';
import type { Output } from '../../src/cli/progress.js';
import { drawProgress } from '../../src/cli/progress.js';
import { Sink } from './support.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout', 'Date'] }));
afterEach(() => void vi.useRealTimers());

describe('progress without a terminal', () => {
  it('writes a line every five seconds, with pace and time left', () => {
    const sink = new Sink();
    const progress = drawProgress(sink as Output);
    progress.begin('training', 1000, 'images');
    for (let second = 1; second <= 10; second++) {
      vi.advanceTimersByTime(1000);
      progress.advance(second * 50, 'loss 0.5');
    }
    progress.end();
    expect(sink.text.split('\n')).toEqual([
      'training: 1,000 images',
      'training: 5 %, 50/1,000 images, loss 0.5',
      'training: 30 %, 300/1,000 images, 50 images/s, 14 s left, loss 0.5',
      'training: 1,000 images, 10 s',
      '',
    ]);
  });

  it('tells the pace of a resumed job by what it does now', () => {
    const sink = new Sink();
    const progress = drawProgress(sink as Output);
    progress.begin('training', 1000, 'images');
    progress.overall(0.25, 90);
    for (let second = 0; second < 6; second++) {
      vi.advanceTimersByTime(1000);
      progress.advance(900 + second * 10);
    }
    expect(sink.text).toContain('95 %, 950/1,000 images, 10 images/s, 5.0 s left, overall 25 %, 1 min 30 s left');
  });
});

describe('progress on a terminal', () => {
  it('draws a bar no wider than the terminal, and replaces it by a line', () => {
    const sink = Object.assign(new Sink(), { isTTY: true, columns: 60 });
    const progress = drawProgress(sink as unknown as Output);
    progress.begin('attacking a model with a long name', 500, 'images');
    vi.advanceTimersByTime(1000);
    progress.advance(250, 'with much detail');
    vi.advanceTimersByTime(1000);
    const start = String.fromCharCode(27);
    const plain = () => sink.text.replace(new RegExp(`${start}(?:\\[[0-9;?]*[A-Za-z]|[78])`, 'g'), '\r');
    const drawn = plain().split('\r').filter(Boolean);
    expect(drawn.at(-1)).toContain('█████░░░░░ 50 %');
    for (const line of drawn) expect(line.length).toBeLessThan(60);
    progress.end('done');
    expect(plain().endsWith('attacking a model with a long name: done, 2.0 s\n')).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('format', () => {
  it.each([
    [0.44, '0.4 s'],
    [12.4, '12 s'],
    [200, '3 min 20 s'],
    [7500, '2 h 05 min'],
  ])('%d seconds', (seconds, text) => expect(duration(seconds)).toBe(text));

  it('aligns numbers to the right', () => {
    expect(
      table(
        ['a', 'name'],
        [
          ['1', 'x'],
          ['1,000', 'yy'],
        ],
      ),
    ).toBe('    a  name\n    1  x\n1,000  yy');
  });
});
