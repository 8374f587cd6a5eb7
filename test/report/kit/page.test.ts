import { describe, expect, it } from 'vitest';
import { rate } from '../../../src/core/base/statistics.js';
import { verdictNames } from '../../../src/core/evaluation/verdict.js';
import { VERDICT_LOOKS, verdictChip } from '../../../src/report/kit/chips.js';
import { figureFrame } from '../../../src/report/kit/figure-frame.js';
import { facts, sentences } from '../../../src/report/kit/lists.js';
import { html } from '../../../src/report/kit/markup.js';
import { page, pageFooter, pageHeader, section } from '../../../src/report/kit/page.js';
import { bar, heatCell, number, rateCell, table } from '../../../src/report/kit/tables.js';

const empty = { title: 'T', toolkit: '1', header: html``, footer: html`` };

describe('the frame of a report', () => {
  it('links to the sections that have a body, in their order, and leaves the others out', () => {
    const text = page({
      ...empty,
      sections: [
        { id: 'one', name: 'First', body: section('one', 'First <1>', html`<p>a</p>`, false, undefined) },
        { id: 'two', name: 'Second', body: undefined },
        { id: 'three', name: 'Third', body: section('three', 'Third', [html`b`, html`c`]) },
      ],
    });
    expect(text).toContain(
      '<nav aria-label="Contents"><a href="#one">First</a><a href="#three">Third</a></nav>',
    );
    expect(text).toContain('<section id="one"><h2>First &lt;1&gt;</h2>');
    expect(text).not.toContain('two');
  });

  it('holds its style, its header and its footer', () => {
    const header = pageHeader('audit', 'Yes.');
    const text = page({ ...empty, header, sections: [], footer: pageFooter('Reproduce this') });
    expect(text).toMatch(/<style>\s*:root \{/);
    expect(text.indexOf('<h1>Yes.</h1>')).toBeLessThan(text.indexOf('<footer id="reproduce">'));
    expect(text).not.toMatch(/undefined|false|\[object/);
  });
});

describe('the parts of a report', () => {
  it('tables align numbers and escape what they show', () => {
    const text = table(['Model', number('Rate')], [html`<tr>${rateCell(rate(1, 4), '', '<b>')}</tr>`]).text;
    expect(text).toContain('<th>Model</th><th class="n">Rate</th>');
    expect(text).toContain('25.0\u00a0%<small class="range">4.6–69.9</small><small>&lt;b&gt;</small>');
  });

  it('show that a rate was not measured', () => {
    for (const cell of [rateCell(undefined), rateCell(rate(0, 0)), heatCell(null)])
      expect(cell.text).toContain('not measured');
    expect(bar(rate(0, 0), 'good')).toBeUndefined();
    expect(bar(rate(1, 4), 'good')?.text).toContain('--value:25.0%;--low:4.6%;--high:69.9%');
  });

  it('give every verdict a look and a sign of its own', () => {
    const signs = verdictNames.map((name) => VERDICT_LOOKS[name].sign);
    expect(new Set(signs).size).toBe(verdictNames.length);
    expect(verdictChip('masked').text).toBe('<span class="chip mixed">≈ masked</span>');
  });

  it('leave out empty facts, and set long ones across', () => {
    const text = facts([['a', ''], ['b', 'c'], ['d', html`<i></i>`]]).text; // biome-ignore format: rows
    expect(text).not.toContain('<dt>a</dt>');
    expect(text).toContain('<div><dt>b</dt><dd>c</dd></div><div class="wide"><dt>d</dt>');
  });

  it('caption a figure by what it shows, then by how to read it, folded where it was explained', () => {
    const figure = { name: 'f', title: 'F', svg: '<svg/>', shows: ['One.'], howToRead: 'Look.' };
    const text = figureFrame(figure).text;
    expect(text.indexOf('What it shows here.')).toBeLessThan(text.indexOf('How to read this.'));
    expect(text).not.toContain('<details>');
    expect(figureFrame({ ...figure, again: true }).text).toContain('<details><summary>How to read this');
    expect(figureFrame({ ...figure, shows: [] }).text).not.toContain('What it shows');
    expect(sentences(['a', 'b']).text).toBe('<ul><li>a</li><li>b</li></ul>');
  });
});
