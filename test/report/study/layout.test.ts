import { describe, expect, it } from 'vitest';
import type { Results } from '../../../src/node/apps/study/study-schema.js';
import { renderFigures } from '../../../src/report/index.js';
import { fixture } from './fixture.js';
import { cifar10Fixture } from './fixture-cifar10.js';
import { complaints, textBoxes } from './svg-text.js';

describe('text in figures', () => {
  const studies: readonly [string, () => Results][] = [
    ['MNIST', () => fixture(true)],
    ['CIFAR-10, four networks', () => cifar10Fixture()],
    ['CIFAR-10, two networks and their compressed ones', () => cifar10Fixture('families')],
    ['CIFAR-10, one network', () => cifar10Fixture('one')],
  ];
  it.each(studies)('of %s neither overlaps nor is cut off', async (_, results) => {
    const found = [...(await renderFigures(results()))].flatMap(([name, svg]) =>
      complaints(svg).map((complaint) => `${name}: ${complaint}`),
    );
    expect(found).toEqual([]);
  });

  it('is found where it stands', () => {
    const text = (transform: string, content: string, anchor = 'start') =>
      `<text text-anchor="${anchor}" transform="${transform}" font-size="10px">${content}</text>`;
    const inner = text('translate(0,0) rotate(-90) translate(3,-4)', 'bb', 'middle');
    const lines = text('translate(50,50)', '<tspan>a</tspan><tspan x="0" dy="14">c</tspan>', 'end');
    const svg = `<svg><g transform="translate(10,20)"><g>${text('translate(5,5)', 'aaaa')}</g>${inner}</g>
      ${lines}<text opacity="0">x</text></svg>`;
    const [a, b, first, second] = textBoxes(svg);
    expect(a).toMatchObject({ text: 'aaaa', left: 15, bottom: 26 });
    expect(a!.right).toBeCloseTo(15 + 4 * 5.8);
    expect([b!.left, b!.right]).toEqual([6 - 7.2, 7].map((v) => expect.closeTo(v, 6)));
    expect((b!.top + b!.bottom) / 2).toBeCloseTo(17);
    expect(first!.right).toBe(50);
    expect(second!.bottom - first!.bottom).toBe(14);
    expect(textBoxes(svg)).toHaveLength(4);
  });
});
