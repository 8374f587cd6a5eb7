import { describe, expect, it } from 'vitest';
import { rate } from '../../../src/core/base/statistics.js';
import type { Results } from '../../../src/node/apps/study/study-schema.js';
import { renderFigures } from '../../../src/report/index.js';
import { renderSvg } from '../../../src/report/kit/svg.js';
import { type Figure, figureName, figures } from '../../../src/report/study/figures/index.js';
import { fixture } from './fixture.js';

const allFigures: readonly Figure[] = Object.values(figures);

type Attack = Results['attacks'][number];

const results = fixture();
const figureOf = (id: string) => allFigures.find((f) => figureName(f, results) === id)!;
/** Of the unchanged results each figure is drawn once: nearly all tests compare with it. */
const drawn = new Map<string, Promise<string>>();
function draw(id: string, from: Results): Promise<string> {
  const svg = (from === results && drawn.get(id)) || renderSvg(figureOf(id).spec(from), { id });
  if (from === results) drawn.set(id, svg);
  return svg;
}
const words = (svg: string): string =>
  [...svg.matchAll(/<text[^>]*>(.*?)<\/text>/g)].map((m) => m[1]!).join(' ');
const shows = (id: string, from: Results): string =>
  figureOf(id).shows(from).join('\n').replaceAll('\u00a0', ' ');
const changed = (change: (a: Attack) => Attack): Results => ({
  ...results,
  attacks: results.attacks.map(change),
});
const keep = (test: (a: Attack) => boolean): Results => ({
  ...results,
  attacks: results.attacks.filter(test),
});
/** Another outcome of the same runs: everything fooled at every budget. */
const wild = (a: Attack): Attack => ({
  ...a,
  points: a.points.map((p) => ({ ...p, success: rate(777, 1000), successAtBudget: rate(777, 1000) })),
});

const FIG4 = 'figure-4-success-epsilon';
const FIG5 = 'figure-5-success-elements';
const FIG7 = 'figure-7-gradients';
const FIG9 = 'figure-9-gradients-tau';
const FIG10 = 'figure-10a-inhibition';

describe('figures of plain FGSM', () => {
  it('know nothing of transfer and of HJSMA', async () => {
    const plain = (a: Attack): boolean => a.attack === 'fgsm' && a.variant === '';
    for (const id of [FIG4, FIG7, FIG9]) {
      expect(await draw(id, keep(plain)), id).toBe(await draw(id, results));
      expect(shows(id, keep(plain)), id).toBe(shows(id, results));
    }
  });

  it('know nothing of gradients that other attacks asked for', async () => {
    const [first] = results.gradients;
    const foreign = [
      { ...first!, variant: 'transfer', zeros: 500 },
      { ...first!, attack: 'jsma', variant: 'iterative', zeros: 500 },
    ];
    // In front, so that whoever takes the first one of an objective takes a wrong one.
    const more = { ...results, gradients: [...foreign, ...results.gradients] };
    for (const id of [FIG7, FIG9]) {
      expect(await draw(id, more), id).toBe(await draw(id, results));
      expect(shows(id, more), id).toBe(shows(id, results));
    }
  });

  it('do not change with the outcome of another variant of the same objective', async () => {
    const other = changed((a) => (a.variant === 'transfer' ? wild(a) : a));
    const [first, rest] = [
      other.attacks.filter((a) => a.variant === 'transfer'),
      other.attacks.filter((a) => a.variant !== 'transfer'),
    ];
    const leading = { ...other, attacks: [...first, ...rest] };
    const asTrained = { ...leading, attacks: [...first.map((a) => ({ ...a, tau: 0 })), ...leading.attacks] };
    for (const from of [leading, asTrained]) {
      expect(await draw(FIG4, from)).toBe(await draw(FIG4, results));
      expect(shows(FIG4, from)).toBe(shows(FIG4, results));
    }
    // The panels of Fig. 10a but for transfer are drawn the same.
    const [before, after] = [shows(FIG10, results).split('\n'), shows(FIG10, leading).split('\n')];
    expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
    expect(after[3]).not.toBe(before[3]);
  });
});

describe('success over changed elements', () => {
  it('has a panel for each form of the attack, with its number of images', async () => {
    const shown = words(await draw(FIG5, results));
    for (const name of [
      'Single-shot, probabilities',
      'Single-shot, logits',
      'Iterative, logits',
      'Iterative pairs',
    ]) {
      expect(shown).toContain(name);
    }
    for (const part of ['1,000 images', '100 images', ' 10 20 30 ', 'Changed elements'])
      expect(shown).toContain(part);
    expect(
      await draw(
        FIG5,
        keep((a) => a.attack === 'jsma'),
      ),
    ).toBe(await draw(FIG5, results));
  });

  it('says the success at the largest number of elements', () => {
    const own = results.attacks.find((a) => a.attack === 'jsma' && a.objective === 'probabilities')!;
    const last = own.points.at(-1)!.success;
    expect(shows(FIG5, results)).toContain(
      `Single-shot, probabilities, at most 100 elements: Uncompressed ${(100 * last.value!).toFixed(1)} %`,
    );
  });

  it('tells of stuck inputs, and does not judge by them', () => {
    const text = shows(FIG5, results);
    expect(text).toContain('no admissible element left');
    expect(text).toContain('compare the panel on logits');
    expect(text).not.toContain('masking');
    // Nobody is stuck: nothing is said.
    const free = changed((a) => ({ ...a, stuck: a.stuck && rate(0, a.stuck.total) }));
    expect(shows(FIG5, free)).not.toContain('admissible');
  });
});

describe('success over tau', () => {
  it('puts transfer beside the others, starting from the attack on the model itself', async () => {
    const shown = words(await draw(FIG10, results));
    for (const name of ['Margin', 'Transfer', 'gradients of the same model']) expect(shown).toContain(name);
    const start = results.attacks[0]!.points.at(-1)!.successAtBudget.value!;
    expect(shows(FIG10, results)).toContain(
      `Transfer, Uncompressed, ε = 0.5: success goes from ${(100 * start).toFixed(1)} %`,
    );
    const without = words(
      await draw(
        FIG10,
        keep((a) => a.variant !== 'transfer'),
      ),
    );
    expect(without).not.toContain('Transfer');
  });

  it('draws zero gradients below the attacks that have any, and only there', async () => {
    const title = 'Inputs with a gradient';
    expect(words(await draw(FIG10, results)).split(title)).toHaveLength(2);
    const none = changed((a) => ({ ...a, zeroGradientInputs: rate(0, 1000) }));
    expect(words(await draw(FIG10, none))).not.toContain(title);
    const foreign = changed((a) =>
      a.variant === 'transfer' ? { ...a, zeroGradientInputs: rate(900, 1000) } : a,
    );
    expect(words(await draw(FIG10, foreign)).split(title)).toHaveLength(2);
  });

  it('is there only where something was inhibited', async () => {
    expect((await renderFigures(keep((a) => a.tau === 0))).has(FIG10)).toBe(false);
    expect((await renderFigures(keep((a) => a.tau > 0 && a.variant !== 'transfer'))).has(FIG10)).toBe(true);
  });
});

describe('falls of success at exactly one strength', () => {
  const falling = (to: number): Results =>
    changed((a) =>
      a.attack === 'fgsm' && a.objective === 'margin' && a.tau === 0 && a.model === 'hash-1-8'
        ? {
            ...a,
            points: a.points.map((p) => ({ ...p, successAtBudget: rate(p.budget >= 0.4 ? to : 800, 1000) })),
          }
        : a,
    );

  it('are said with their explanation when intervals do not overlap', () => {
    const text = shows(FIG4, falling(700));
    expect(text).toContain('The lines cannot fall');
    expect(text).toMatch(
      /Margin: HashNet 1\/8 from 80\.0 % \([^)]*\) at ε = 0\.3 to 70\.0 % \([^)]*\) at ε = 0\.4\./,
    );
  });

  it('are not made up', () => {
    expect(shows(FIG4, falling(790))).not.toContain('cannot fall');
    expect(shows(FIG4, results)).not.toContain('cannot fall');
    expect(shows(FIG5, results)).not.toContain('cannot fall');
  });
});
