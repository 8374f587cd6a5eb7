import { describe, expect, it } from 'vitest';
import { type Rate, rate } from '../../../../src/core/base/statistics.js';
import { numberText, PAGE, PROSE, TERMINAL } from '../../../../src/core/base/text/index.js';

const media = { prose: numberText(PROSE), terminal: numberText(TERMINAL), page: numberText(PAGE) };
const { prose, terminal, page } = media;
const share = rate(1234, 10_000);
const nothing = rate(0, 0);

describe('the text of a rate', () => {
  it('differs between media in its typography alone', () => {
    expect(prose.rateText(share)).toBe('12.3 % (11.7 to 13.0)');
    expect(terminal.rateText(share)).toBe('12.3 % (11.7-13.0)');
    expect(page.rateText(share)).toBe('12.3\u00a0% (11.7–13.0)');
    const plain = (text: string) => text.replaceAll('\u00a0', ' ').replace(/–| to /g, '-');
    for (const { rateText, spanText, byteSize, equals } of Object.values(media)) {
      const options = { digits: 2, counts: true, interval: 'named' } as const;
      expect(plain(rateText(share, options))).toBe('12.34 % (1,234 of 10,000; 95 % interval 11.71-13.00)');
      expect(plain(spanText([share, rate(9, 10)]))).toBe('12.3-90.0 % (95 % intervals 11.7-98.2)');
      expect(plain(byteSize(1500))).toBe('1.5 KiB');
      expect(plain(equals('tau', 0.1))).toBe('tau = 0.1');
    }
  });

  it('shows what it rests on as it is asked to', () => {
    expect(prose.rateText(share, { counts: true, interval: false })).toBe('12.3 % (1,234 of 10,000)');
    expect(prose.rateText(share, { interval: false })).toBe('12.3 %');
    expect(prose.rateText({ value: 0.5, low: 0.4, high: 0.6 }, { counts: true })).toBe(
      '50.0 % (40.0 to 60.0)',
    );
  });

  it.each<[string, Rate | null | undefined]>([
    ['of nothing', nothing],
    ['null', null],
    ['absent', undefined],
  ])('%s says so', (_, of) => {
    expect(prose.rateText(of)).toBe('not measured');
    expect(terminal.rateText(of)).toBe('-');
    expect(page.percent(of?.value)).toBe('not measured');
  });

  it('of several runs from the lowest end to the highest', () => {
    expect(page.span([0.5, 0.5])).toBe('50.0\u00a0%');
    expect(page.intervalSpan([rate(5, 10), nothing, rate(9, 10)])).toBe('23.7–98.2');
    expect(page.intervalSpan([nothing])).toBe('');
    expect(page.spanText([nothing])).toBe('not measured');
    expect(prose.spanText([share, nothing])).toBe('12.3 % (95 % interval 11.7 to 13.0)');
  });
});

describe('the text of other numbers', () => {
  it.each([
    [512, '512 B'],
    [2 ** 10, '1.0 KiB'],
    [2 ** 20 - 1, '1024.0 KiB'],
    [1.5 * 2 ** 20, '1.50 MiB'],
  ])('%d bytes: %s', (bytes, text) => expect(prose.byteSize(bytes)).toBe(text));

  it('writes budgets as people do, with the minus of the medium', () => {
    expect(prose.short(8 / 255)).toBe('8/255');
    expect(page.short(-0.03141)).toBe('−0.0314');
    expect(terminal.short(-0.03141)).toBe('-0.0314');
    expect(prose.integer(1_234_567.4)).toBe('1,234,567');
  });
});
