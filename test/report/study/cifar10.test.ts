import { describe, expect, it } from 'vitest';
import { summaryOf } from '../../../src/cli/terminal/study-summary.js';
import type { Results } from '../../../src/node/apps/study/study-schema.js';
import { galleryPng, renderFigures, renderReport } from '../../../src/report/index.js';
import { renderSvg } from '../../../src/report/kit/svg.js';
import { type Figure, figureName, figures } from '../../../src/report/study/figures/index.js';
import { blocks } from '../../../src/report/study/study-markdown.js';
import { fixture } from './fixture.js';
import { cifar10Fixture } from './fixture-cifar10.js';
import { textBoxes } from './svg-text.js';

const allFigures: readonly Figure[] = Object.values(figures);

const USUAL = 8 / 255;
const four = cifar10Fixture();
const names = four.models.map((m) => m.label);
const none = { figures: new Map<string, string>(), images: new Map<string, string>() };

const figureOf = (id: string) => allFigures.find((f) => f.id === id)!;
const drawn = async (id: string, results: Results) =>
  textBoxes(await renderSvg(figureOf(id).spec(results), { id })).map((box) => box.text);
const shows = (id: string, results: Results): string[] =>
  figureOf(id)
    .shows(results)
    .map((sentence) => sentence.replaceAll('\u00a0', ' '));

/** The page as a reader sees it: no tags, no style sheet, spaces plain. */
const text = (page: string): string =>
  page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/[\s\u00a0]+/g, ' ')
    .replace(/ ([.,;:)])/g, '$1')
    .replaceAll('( ', '(');
const page = (results: Results): string => text(renderReport(results, none));
const top = (results: Results): string => {
  const whole = page(results);
  return whole.slice(whole.indexOf('report Can the'), whole.indexOf('What was done Data set'));
};

const rateAt = (results: Results, model: string, budget: number, tau = 0, objective = 'cross-entropy') =>
  results.attacks
    .find((a) => a.model === model && a.tau === tau && a.variant === '' && a.objective === objective)!
    .points.find((p) => p.budget === budget)!;
const percent = (value: number | null): string => `${(100 * value!).toFixed(1)} %`;

describe('figures of another data set', () => {
  it('have its numbers in the paper, and no number where the paper has no such figure', async () => {
    expect([...(await renderFigures(four)).keys()]).toEqual([
      'accuracy',
      'training-curves',
      'success-epsilon',
      'gradients',
      'figure-10b-inhibition',
      'gradients-tau',
      'figure-8-accuracy-tau',
    ]);
  });

  it('say of which data set the figure of the paper is', async () => {
    const tags = async (results: Results) => {
      const html = renderReport(results, { ...none, figures: await renderFigures(results) });
      return [...html.matchAll(/<span class="tag">(paper: [^<]*)</g)].map((m) => m[1]);
    };
    expect(await tags(four)).toEqual(['paper: Fig. 10b', 'paper: Fig. 8']);
    expect(await tags(fixture())).toContain('paper: Fig. 8, there of CIFAR-10');
    const howTo = (results: Results) => figureOf('accuracy-tau').howToRead(results);
    expect(howTo(fixture())).toContain('four other networks on CIFAR-10');
    expect(howTo(four)).not.toContain('CIFAR-10');
  });

  it('show nothing of what the paper measured on MNIST', async () => {
    for (const [name, svg] of await renderFigures(four)) expect(svg, name).not.toContain('paper');
  });
});

describe('success over epsilon', () => {
  it('has a logarithmic axis with readable names', async () => {
    const shown = await drawn('success-epsilon', four);
    expect(shown).toEqual(expect.arrayContaining(['Epsilon (logarithmic)', '1/255', '8/255', '0.1', '0.5']));
    expect(shown.filter((t) => /^0\.0|\d{5}/.test(t))).toEqual([]);
  });

  it('stays linear on MNIST', async () => {
    const shown = await drawn('success-epsilon', fixture());
    expect(shown).toContain('Epsilon');
    for (const tick of ['0.1', '0.2', '0.3', '0.4', '0.5']) expect(shown).toContain(tick);
  });

  it('says the success of every network at 8/255', () => {
    const [stable] = shows('success-epsilon', four);
    expect(stable).toMatch(/^Cross-entropy at ε = 8\/255: /);
    for (const { id, label } of four.models)
      expect(stable).toContain(`${label} ${percent(rateAt(four, id, USUAL).success.value)}`);
    expect(stable).not.toContain('other models');
    const [families] = shows('success-epsilon', cifar10Fixture('families'));
    expect(families).toMatch(/DNN1 \d.*, its 2 compressed models \d.*; VGG-16 \d.*, its compressed model \d/);
  });
});

describe('success over tau', () => {
  it('has a named row for each epsilon, and the gradients once', async () => {
    const shown = await drawn('inhibition', four);
    expect(shown.filter((t) => t.startsWith('at epsilon'))).toEqual(['at epsilon 8/255', 'at epsilon 0.5']);
    // Two rows of names, and below them the two objectives that have zeros.
    expect(shown.filter((t) => t === 'VGG-16')).toHaveLength(2);
    expect(shown.filter((t) => t === 'exactly zero (%)')).toHaveLength(2);
    expect((await drawn('inhibition', fixture())).filter((t) => t.startsWith('at epsilon'))).toEqual([
      'at epsilon 0.5',
    ]);
  });

  it('draws each row from its own epsilon', async () => {
    const changed = (budget: number): Results => ({
      ...four,
      attacks: four.attacks.map((a) => ({
        ...a,
        points: a.points.map((p) =>
          p.budget === budget ? { ...p, successAtBudget: { ...p.successAtBudget, value: 0.42 } } : p,
        ),
      })),
    });
    const svg = async (results: Results) => renderSvg(figureOf('inhibition').spec(results), { id: 'x' });
    const rows = (drawing: string) => drawing.match(/concat_\d+_concat_\d+_layer_1_pathgroup.*?<\/g>/gs)!;
    const before = rows(await svg(four));
    // Four columns: two of two rows and a row of zeros, two of two rows.
    expect(before).toHaveLength(10);
    const moved = async (budget: number) =>
      rows(await svg(changed(budget))).map((row, i) => row !== before[i]);
    expect(await moved(USUAL)).toEqual([true, false, false, true, false, false, true, false, true, false]);
    expect(await moved(0.5)).toEqual([false, true, false, false, true, false, false, true, false, true]);
  });

  it('says what happens at each epsilon, over all networks', () => {
    const sentences = shows('inhibition', four);
    expect(sentences).toHaveLength(8);
    const rates = (budget: number) =>
      four.models.map((m) => rateAt(four, m.id, budget).successAtBudget.value!);
    const [low, high] = [Math.min(...rates(0.5)), Math.max(...rates(0.5))].map((v) => (100 * v).toFixed(1));
    expect(sentences[4]).toContain(
      `Cross-entropy, all 4 models, ε = 0.5: success goes from ${low}–${high} %`,
    );
    expect(sentences[0]).toContain('ε = 8/255');
    // What does not depend on epsilon is said once.
    expect(sentences.map((s) => s.includes('without any gradient'))).toEqual([
      true,
      true,
      ...Array(6).fill(false),
    ]);
    expect(shows('inhibition', cifar10Fixture('twins'))[0]).toMatch(/^Cross-entropy, DNN1, ε = 8\/255: /);
  });
});

describe('other figures', () => {
  it('compare accuracy within a network only', () => {
    expect(shows('accuracy', four)).toEqual(names.map((n) => expect.stringMatching(`^${n}: \\d`)));
    const families = shows('accuracy', cifar10Fixture('families'));
    expect(families).toHaveLength(4);
    expect(families[3]).toMatch(
      /^Lowest of what compression made of VGG-16: VGG-16, HashNet 1\/16 .* 1\.40 .* lower/,
    );
  });

  it('name the model that stands for others', async () => {
    expect(await drawn('gradients-tau', four)).toContain('DNN1, tau 0.5');
    expect(figureOf('gradients-tau').howToRead(four)).toContain('DNN1 alone, the first of the networks');
    expect(figureOf('gradients-tau').howToRead(fixture())).toContain('for the uncompressed model and');
    expect(await drawn('gradients-tau', fixture())).toContain('tau 0.05');
  });
});

describe('the headline', () => {
  it('names the success of each network, and asks nothing about compression', () => {
    const words = top(four);
    expect(words).toContain('Can the CIFAR-10 networks be fooled?');
    expect(words).toContain('by at most ε = 8/255');
    for (const { id, label } of four.models) {
      const { value, low, high } = rateAt(four, id, USUAL).success;
      const range = `${(100 * low!).toFixed(1)}–${(100 * high!).toFixed(1)}`;
      expect(words).toContain(`${label} on ${percent(value)} (${range})`);
    }
    expect(words).not.toMatch(/compress/i);
    expect(words).toContain('Each network was trained once');
  });

  it('has the most and the least fooled network in its tiles', () => {
    expect(top(four)).toMatch(/fooled: DNN1 [\d,]+ of 2,000 at ε = 8\/255.* fooled: VGG-16 [\d,]+ of 2,000/);
    expect(top(cifar10Fixture('one')).match(/fooled: DNN1/g)).toHaveLength(1);
  });

  it('compares a network with its compressed twin', () => {
    const words = top(cifar10Fixture('twins'));
    expect(words).toContain('Can the compressed CIFAR-10 networks be fooled?');
    expect(words).toContain(
      'Does compression help? At ε = 8/255, compared with DNN1, its compressed model is fooled less often.',
    );
    const families = top(cifar10Fixture('families'));
    expect(families).toContain('compared with DNN1, its 2 compressed models are fooled less often.');
    expect(families).toContain('compared with VGG-16, its compressed model is fooled less often.');
  });

  it('speaks of one network alone as of one', () => {
    const words = top(cifar10Fixture('one'));
    expect(words).toContain('Can the CIFAR-10 network be fooled?');
    expect(words).toMatch(/fools DNN1 on [\d.]+ % \(95 % interval/);
    expect(words).not.toMatch(/compress|other models/);
  });

  it('says the verdicts of each epsilon, and explains each once', () => {
    const words = top(four);
    for (const epsilon of ['8/255', '0.5'])
      expect(words.split(`ε = ${epsilon}: when the attacker`)).toHaveLength(3);
    expect(words.split('the weakness is still there')).toHaveLength(2);
  });
});

describe('sections', () => {
  it('table verdicts by epsilon and objective', () => {
    const whole = page(four);
    const section = whole.slice(
      whole.indexOf('Robust, or only hidden?'),
      whole.indexOf('The same at smaller'),
    );
    const groups = section.split('the loss that the paper’s attack follows, at ').slice(1);
    expect(groups.map((g) => g.slice(0, g.indexOf(' ', 4)))).toEqual([
      'ε = 8/255',
      'ε = 8/255',
      'ε = 0.5',
      'ε = 0.5',
    ]);
    for (const [i, budget] of [USUAL, USUAL, 0.5, 0.5].entries()) {
      const objective = i % 2 === 0 ? 'cross-entropy' : 'cross-entropy-clipped';
      for (const { id, label } of four.models) {
        const after = rateAt(four, id, budget, 0.5, objective).successAtBudget;
        expect(groups[i]).toMatch(new RegExp(`${label} 0\\.5 [\\d.]+ % [\\d.–]+ ${percent(after.value)}`));
      }
    }
  });

  it('fit networks that are not compressed', () => {
    const whole = page(four);
    expect(whole).toContain('Model Test accuracy 95 % interval Weights File');
    for (const gone of ['Weights computed with', 'Stored and computed weights', 'Weights and gradients'])
      expect(whole).not.toContain(gone);
    expect(page(fixture())).toContain('Weights stored Weights computed with Stored File');
    for (const { label, architecture } of four.models) expect(whole).toContain(`${label}: ${architecture}`);
    expect(whole).toContain('study of the four networks of its Table I on all images');
    expect(whole).toContain('Fooled at ε =');
    expect(whole).not.toMatch(/NaN|undefined|\[object|0\.0313/);
  });

  it('speak of colours where inputs have them', () => {
    expect(page(four)).toContain('each of the red, green and blue values');
    expect(page(four)).toContain('mid-grey: unchanged');
    expect(page(four)).not.toContain('blue: darker');
    expect(page(fixture())).toContain('pixels run from 0 (black) to 1 (white)');
    expect(page(fixture())).toContain('blue: darker');
  });

  it('call classes by their names where there are any', async () => {
    const [sheet] = four.gallery;
    const row = { original: new Float32Array(3072).fill(0.4), perturbed: new Float32Array(3072).fill(0.43) };
    const png = await galleryPng(
      sheet!.items.map(() => row),
      [3, 32, 32],
    );
    const whole = renderReport(four, { ...none, images: new Map([[sheet!.file, png]]) });
    expect(text(whole)).toContain('airplane → ship probability 97 % true class airplane, test image 10');
    expect(whole.match(/role="img"/g)).toHaveLength(sheet!.items.length);
    const { classNames: _, ...dataset } = four.dataset;
    expect(page({ ...four, dataset })).toContain('0 → 8 probability 97 % true class 0,');
  });

  it('have ids of their own', async () => {
    const html = renderReport(four, { ...none, figures: await renderFigures(four) });
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((m) => m[1]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const figure of allFigures.filter((f) => f.applies(four))) {
      expect(ids).toContain(`figure-${figure.id}`);
      expect(figureName(figure, four)).toMatch(/^[a-z0-9-]+$/);
    }
  });
});

describe('the terminal summary', () => {
  const summary = summaryOf(four);

  it('has a table of inhibition for each epsilon, the gradients in the first', () => {
    const tables = summary.split('gradient inhibition: fooled by fgsm at epsilon ').slice(1);
    expect(tables.map((t) => t.slice(0, t.indexOf(',')))).toEqual(['8/255', '0.5']);
    for (const [i, budget] of [USUAL, 0.5].entries()) {
      for (const { id } of four.models)
        expect(tables[i]).toContain(percent(rateAt(four, id, budget, 0.5).successAtBudget.value));
      expect(tables[i]!.includes('no gradient at all')).toBe(i === 0);
      expect(tables[i]).toContain('over tau (5 of 6 values)');
    }
  });

  it('says the verdicts of each epsilon', () => {
    for (const at of ['8/255', '0.5']) {
      expect(summary).toContain(`  cross-entropy at epsilon ${at}, of 4 models: tau 0.1: 4 fooled`);
      expect(summary).toContain(`  cross-entropy-clipped at epsilon ${at}, of 4 models: tau 0.1: 4 masked`);
    }
  });

  it('writes epsilons as people do, and one number of weights', () => {
    expect(summary).toMatch(/model +2\/255 +8\/255 +0\.1 +0\.3 +0\.5 +zero gradients/);
    expect(summary).toMatch(/model +test accuracy +weights +file/);
    expect(summary).not.toMatch(/0\.0313|NaN|undefined|virtual/);
    expect(summaryOf(cifar10Fixture('twins'))).toMatch(/stored +virtual/);
  });
});

describe('Markdown tables', () => {
  const runs = [{ name: 'regularized', results: four }];

  it('give attacks at the epsilons of the inhibited models, a column for each network', () => {
    const lines = blocks.attacks!(runs).split('\n');
    expect(lines[0]).toBe('| attack | follows | at | images | regime | DNN1 | DNN2 | DNN3 | VGG-16 |');
    expect(lines.filter((l) => l.includes('| epsilon 8/255 |'))).toHaveLength(3);
    expect(lines.filter((l) => l.includes('| epsilon 0.5 |'))).toHaveLength(3);
    const stable = lines.find((l) => l.includes('| cross-entropy | epsilon 8/255 |'))!;
    for (const { id } of four.models)
      expect(stable).toContain(percent(rateAt(four, id, USUAL).success.value));
  });

  it('give verdicts a column for epsilon, only where there are several', () => {
    const [head, , ...rows] = blocks.verdicts!(runs).split('\n');
    expect(head).toContain('| J | epsilon | success, tau 0 |');
    expect(rows).toHaveLength(4 * 2 * 2);
    const cells = rows.map((row) => row.split(' | '));
    expect(cells.filter((c) => c[3] === '8/255')).toHaveLength(8);
    expect(blocks.verdicts!([{ name: 'saturated', results: fixture() }])).not.toContain('epsilon |');
  });

  it.each(Object.keys(blocks))('%s has rows of one width and no hole', (name) => {
    const table = blocks[name]!(runs);
    expect(table).not.toMatch(/undefined|NaN|Infinity|\[object|0\.0313/);
    const lines = table.split('\n').filter((line) => line.startsWith('|'));
    expect(new Set(lines.map((line) => line.split('|').length)).size).toBeLessThanOrEqual(1);
  });
});
