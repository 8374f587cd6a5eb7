import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Output } from '../../../src/cli/terminal/progress-display.js';
import { drawProgress } from '../../../src/cli/terminal/progress-display.js';
import { duration, table } from '../../../src/cli/terminal/terminal-text.js';
import { Sink } from '../support.js';

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
    expect(sink.text).toContain(
      '95 %, 950/1,000 images, 10 images/s, 5.0 s left, overall 25 %, 1 min 30 s left',
    );
  });
});

/** Two lanes, each some way into a piece of work. */
function twoLanes(sink: Sink) {
  const progress = drawProgress(sink as unknown as Output);
  const [a, b] = [progress.lane!(), progress.lane!()];
  a.begin('Uncompressed: train uncompressed', 1000, 'images');
  b.begin('HashNet 1/8: train hash:1/8', 1000, 'images');
  vi.advanceTimersByTime(4500);
  progress.overall(0.42, 3900);
  a.advance(630, 'loss 0.1');
  b.advance(120);
  return { progress, a, b };
}

describe('progress of lanes', () => {
  it('is one line every five seconds, and one that stays for every piece', () => {
    const sink = new Sink();
    const { progress, a, b } = twoLanes(sink);
    a.end('loss 0.01');
    b.advance(130);
    a.begin('Uncompressed: accuracy', 50, 'images');
    vi.advanceTimersByTime(5000);
    a.advance(25);
    b.advance(500);
    progress.end('stopped');
    expect(sink.text.split('\n')).toEqual([
      'Uncompressed: train uncompressed: 1,000 images',
      'HashNet 1/8: train hash:1/8: 1,000 images',
      'overall 42 %, 1 h 05 min left; Uncompressed: train uncompressed 63 %; HashNet 1/8: train hash:1/8 0 %',
      'Uncompressed: train uncompressed: loss 0.01, 4.5 s',
      'Uncompressed: accuracy: 50 images',
      'overall 42 %, 1 h 05 min left; HashNet 1/8: train hash:1/8 13 %; Uncompressed: accuracy 50 %',
      'HashNet 1/8: train hash:1/8: stopped, 9.5 s',
      'Uncompressed: accuracy: stopped, 5.0 s',
      '',
    ]);
  });

  it('fits a terminal: labels give way, numbers stay', () => {
    const sink = Object.assign(new Sink(), { isTTY: true, columns: 80 });
    const { a, b } = twoLanes(sink);
    vi.advanceTimersByTime(1000);
    const start = String.fromCharCode(27);
    const plain = () => sink.text.replace(new RegExp(`${start}(?:\\[[0-9;?]*[A-Za-z]|[78])`, 'g'), '\r');
    const drawn = plain().split('\r').filter(Boolean);
    expect(drawn.at(-1)).toMatch(
      /^████░░░░░░ 42 %, 1 h 05 min left {2}Uncomp\S*.*… 63 % {2}HashNet.*… 12 %$/,
    );
    for (const line of drawn) expect(line.length).toBeLessThan(80);
    a.end('done');
    b.end();
    expect(plain()).toContain('Uncompressed: train uncompressed: done, 5.5 s\n');
    expect(plain().endsWith('HashNet 1/8: train hash:1/8: 1,000 images, 5.5 s\n')).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
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
