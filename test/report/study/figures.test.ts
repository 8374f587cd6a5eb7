import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Results } from '../../../src/node/apps/study/study-schema.js';
import { renderFigures } from '../../../src/report/index.js';
import { objectiveName } from '../../../src/report/kit/objective-names.js';
import { renderSvg } from '../../../src/report/kit/svg.js';
import { COLOURS } from '../../../src/report/kit/theme.js';
import { type Figure, figureName, figures } from '../../../src/report/study/figures/index.js';
import { modelStyles } from '../../../src/report/study/model-styles.js';
import { fixture } from './fixture.js';

const allFigures: readonly Figure[] = Object.values(figures);

const results = fixture();
const names = results.models.map((m) => m.label);

const ids = allFigures.map((f) => figureName(f, results));
const figureOf = (id: string) => allFigures.find((f) => figureName(f, results) === id)!;

async function draw(id: string, from: Results): Promise<string> {
  const figure = figureOf(id);
  const complain = (message: string): never => {
    throw new Error(`${id}: ${message}`);
  };
  return renderSvg(figure.spec(from), { id, description: figure.title, onWarning: complain });
}

/** Text that a reader sees, in drawing order. */
function words(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>(.*?)<\/text>/g)].map(([, text]) =>
    text!.replace(/<\/tspan><tspan[^>]*>/g, ' ').replace(/<[^>]*>/g, ''),
  );
}

const empty: Results = {
  ...results,
  models: results.models.map((m) => ({ ...m, training: { ...m.training, history: [] } })),
  attacks: [],
  comparisons: [],
  verdicts: [],
  inhibition: [],
  weights: [],
  gradients: [],
};

describe('every figure', () => {
  it('has an id of its own that is a file name', () => {
    expect(allFigures.map((f) => f.id)).toEqual(Object.keys(figures));
    for (const all of [ids, Object.keys(figures)]) {
      expect(new Set(all).size).toBe(allFigures.length);
      for (const id of all) expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    }
  });

  it('of MNIST keeps the name that its file in docs/results has', () => {
    expect(ids.map((id) => `${id}.svg`).sort()).toEqual(
      readdirSync('docs/results/mnist-paper/figures').sort(),
    );
  });

  it.each(ids)('%s draws without a warning and says what it shows', async (id) => {
    const figure = figureOf(id);
    expect(figure.applies(results)).toBe(true);
    const svg = await draw(id, results);
    expect(svg).toMatch(/^<svg role="img" aria-label="[^"]+" .*<\/svg>$/s);
    expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
    expect(words(svg).length).toBeGreaterThan(5);
    expect(figure.howToRead(results).length).toBeGreaterThan(60);
    const shows = figure.shows(results);
    expect(shows.length).toBeGreaterThan(0);
    for (const sentence of shows) expect(sentence).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  const perModel = ids.filter((id) => id !== 'figure-9-gradients-tau');
  it.each(perModel)('%s names every model', async (id) => {
    expect(words(await draw(id, results))).toEqual(expect.arrayContaining(names));
  });

  it('gives a model the same colour everywhere', async () => {
    const drawn = await renderFigures(results);
    for (const id of perModel) {
      for (const model of results.models)
        expect(drawn.get(id), id).toContain(modelStyles(results)(model.id).colour);
    }
  });

  it('draws the same twice', async () => {
    expect(await renderFigures(results)).toEqual(await renderFigures(results));
  });

  it('is left out when there is nothing to draw, except for accuracy', async () => {
    expect([...(await renderFigures(empty)).keys()]).toEqual(['figure-3-accuracy']);
    expect((await renderFigures({ ...empty, models: [] })).size).toBe(0);
  });

  it('cannot be broken out of by a name', async () => {
    const evil = '</text><script>alert("1")</script>\' + "';
    const from = { ...results, models: results.models.map((m, i) => (i === 1 ? { ...m, label: evil } : m)) };
    for (const [id, svg] of await renderFigures(from)) expect(svg, id).not.toContain('<script');
  });

  it('stays in the page when a name is long', async () => {
    const label = 'A compressed network with an uncomfortably long name, trained twice';
    const from = { ...results, models: results.models.map((m, i) => (i === 1 ? { ...m, label } : m)) };
    for (const [id, svg] of await renderFigures(from)) {
      expect(Number(svg.match(/ width="([\d.]+)"/)![1]), id).toBeLessThan(1060);
      if (id !== 'figure-9-gradients-tau') expect(svg, id).toContain('A compressed netw');
    }
  });

  it('has ids that do not clash with those of another figure in the same page', async () => {
    const inside = [...(await renderFigures(results)).values()].flatMap((svg) =>
      [...svg.matchAll(/ id="([^"]+)"/g)].map((m) => m[1]!),
    );
    expect(inside.length).toBeGreaterThan(0);
    expect(new Set(inside).size).toBe(inside.length);
    for (const svg of (await renderFigures(results)).values()) {
      for (const [, used] of svg.matchAll(/url\(#([^)]+)\)/g)) expect(svg).toContain(` id="${used}"`);
    }
  });
});

describe('accuracy', () => {
  it('writes our numbers and, only for MNIST, those of the paper', async () => {
    const shown = words(await draw('figure-3-accuracy', results));
    expect(shown).toEqual(expect.arrayContaining(['99.21\u00a0%', '98.74\u00a0%', 'paper 99.29\u00a0%']));
    const other = { ...results, study: 'cifar10' };
    expect(words(await draw('figure-3-accuracy', other)).join()).not.toContain('paper');
  });

  it('leaves out a model whose accuracy was not measured', async () => {
    const none = { count: 0, total: 0, value: null, low: null, high: null };
    const from = {
      ...results,
      models: results.models.map((m, i) => (i === 0 ? { ...m, cleanAccuracy: none } : m)),
    };
    const shown = words(await draw('figure-3-accuracy', from));
    expect(shown).not.toContain('Uncompressed');
    expect(shown).toContain('HashNet 1/8');
  });
});

describe('success over epsilon', () => {
  it('shows all objectives side by side', async () => {
    const shown = words(await draw('figure-4-success-epsilon', results));
    expect(shown).toEqual(expect.arrayContaining(['0.1', '0.5']));
    const all = shown.join(' ');
    expect(all).toContain('1,000 images');
    for (const o of ['cross-entropy', 'cross-entropy-clipped', 'margin'])
      expect(all).toContain(objectiveName(o));
  });

  it('marks the paper at epsilon 0.5 only', async () => {
    const text = '◇ paper, uncompressed';
    expect(words(await draw('figure-4-success-epsilon', results))).toContain(text);
    const attacks = results.attacks.map((a) => ({ ...a, points: a.points.filter((p) => p.budget < 0.5) }));
    // Never beside an objective that the paper cannot have followed.
    expect(words(await draw('figure-4-success-epsilon', results)).filter((w) => w === text)).toHaveLength(2);
    expect(words(await draw('figure-4-success-epsilon', { ...results, attacks }))).not.toContain(text);
  });

  it('draws a sweep of a single epsilon', async () => {
    const attacks = results.attacks.map((a) => ({ ...a, points: a.points.slice(-1) }));
    expect(await draw('figure-4-success-epsilon', { ...results, attacks })).not.toContain('NaN');
  });
});

describe('gradients', () => {
  it('gives exact zeros a column of their own with their share', async () => {
    const shown = words(await draw('figure-9-gradients-tau', results));
    const stuck = results.gradients.find((g) => g.tau === 0.05 && g.objective === 'cross-entropy-clipped')!;
    expect(stuck.zeros / stuck.images).toBeGreaterThan(0.9);
    expect(shown).toContain('zero');
    expect(shown).toContain(`${((100 * stuck.zeros) / stuck.images).toFixed(0)} %`);
  });

  it('draws that column wherever there are zeros, and only there', async () => {
    const svg = await draw('figure-9-gradients-tau', results);
    const own = results.gradients.filter((g) => g.model === 'uncompressed');
    const columns = svg.match(new RegExp(`<path[^>]* fill="${COLOURS.zero}"`, 'g')) ?? [];
    expect(columns).toHaveLength(own.filter((g) => g.zeros > 0).length);
  });

  it('shows inputs below the first bin', async () => {
    const gradients = results.gradients.map((g) => ({ ...g, below: 30 }));
    const shown = words(await draw('figure-7-gradients', { ...results, gradients }));
    expect(shown).toContain('&lt;10⁻⁴⁶');
  });

  it('puts the numbers of the paper beside ours', async () => {
    expect(words(await draw('figure-7-gradients', results))).toEqual(
      expect.arrayContaining(['paper 68 %', 'paper 1 %', 'paper 19 %', 'paper 32 %']),
    );
  });
});
