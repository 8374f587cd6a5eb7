import { describe, expect, it } from 'vitest';
import { galleryPng, renderFigures, renderReport } from '../../src/report/index.js';
import { rate } from '../../src/statistics.js';
import type { Results } from '../../src/studies/results.js';
import { compared, fixture } from './fixture.js';

const none = { figures: new Map<string, string>(), images: new Map<string, string>() };

/** The page as a reader sees it: no tags, no style sheet, spaces plain. */
function text(page: string): string {
  return page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/[\s\u00a0]+/g, ' ');
}

function setSuccess(results: Results, change: (a: Results['attacks'][number]) => number): Results {
  const attacks = results.attacks.map((a) => ({
    ...a,
    points: a.points.map((p) => ({ ...p, success: rate(change(a), 1000) })),
  }));
  return { ...results, attacks, comparisons: compared({ ...results, attacks }) };
}

describe('renderReport', () => {
  it('answers in the first sentence, with the numbers of the results', () => {
    const results = fixture();
    const at = (model: string) =>
      results.attacks
        .find((a) => a.model === model && a.objective === 'cross-entropy' && a.tau === 0)!
        .points.find((p) => p.budget === 0.3)!.success;
    const page = text(renderReport(results, none));
    const [base, low, high] = [at('uncompressed'), at('hash-1-64'), at('hash-1-8')];
    expect(page).toContain('Yes.');
    expect(page).toContain(
      `fools the uncompressed model on ${(100 * base.value!).toFixed(1)} % (95 % interval ${(100 * base.low!).toFixed(1)}–${(100 * base.high!).toFixed(1)}) of the 1,000 attacked`,
    );
    expect(page).toContain(`${(100 * low.value!).toFixed(1)}–${(100 * high.value!).toFixed(1)} %`);
    expect(page).toContain(`${base.count} of 1,000 at ε = 0.3; 95 % interval `);
    expect(page).toContain('the 2 compressed models are fooled less often');
  });

  it('changes its answer with the numbers', () => {
    const rarely = text(
      renderReport(
        setSuccess(fixture(), () => 20),
        none,
      ),
    );
    expect(rarely).toContain('Rarely, by this attack.');
    expect(rarely).toContain('cannot be told apart from it');
    const worse = setSuccess(fixture(), (a) => (a.model === 'uncompressed' ? 300 : 500));
    expect(text(renderReport(worse, none))).toContain('are fooled more often');
  });

  it('calls inhibition hidden gradients only when the numbers say so', () => {
    const hidden = 'The gradient was hidden from the attacker; that is not robustness.';
    const results = fixture();
    expect(text(renderReport(results, none))).toContain(hidden);

    const unchanged = text(
      renderReport(
        setSuccess(results, () => 900),
        none,
      ),
    );
    expect(unchanged).toContain('Inhibition did not clearly lower the success');
    expect(unchanged).not.toContain(hidden);

    const fallen = setSuccess(results, (a) => (a.tau === 0 ? 900 : 100));
    const attacks = fallen.attacks.map((a) => ({ ...a, zeroGradientInputs: rate(0, 1000) }));
    const unexplained = text(renderReport({ ...fallen, attacks }, none));
    expect(unexplained).toContain('before calling it robustness');
    expect(unexplained).not.toContain(hidden);
  });

  it('tables accuracy, sizes, success and the share of inputs without gradient', () => {
    const page = text(renderReport(fixture(), none));
    for (const part of ['99.21 %', '99.02–99.37', '3,327,000', '51,984', '1/64', '207.2 KiB', 'No gradient']) {
      expect(page).toContain(part);
    }
    const stuck = fixture().attacks.find(
      (a) => a.model === 'hash-1-64' && a.objective === 'cross-entropy-clipped' && a.tau === 0.1,
    )!;
    expect(page).toContain(`${(100 * stuck.zeroGradientInputs!.value!).toFixed(1)} %`);

    const sweep = fixture().attacks.find((a) => a.model === 'hash-1-64' && a.tau === 0)!;
    const robust = sweep.points.find((p) => p.budget === 0.3)!.robustAccuracy;
    const row = page.slice(page.indexOf('How often each model was fooled'));
    for (const p of sweep.points) expect(row).toContain(` ${(100 * p.success.value!).toFixed(1)} % `);
    expect(row).toContain(` ${(100 * robust.value!).toFixed(1)} % `);
    expect(row).toContain(' 0.0 % 0.0–0.4 ');
  });

  it('sets every claim beside the paper with its verdict', () => {
    const page = renderReport(fixture(), none);
    for (const chip of ['good">✓ reproduced', 'mixed">≈ partly', 'bad">✕ not reproduced', 'none">– not measured']) {
      expect(page).toContain(`<span class="chip ${chip}</span>`);
    }
    expect(text(page)).toContain('87.99 % → 4.77 %');
    expect(text(page)).toContain('1 of 4 claims of the paper reproduced');
  });

  it('escapes whatever the results contain', () => {
    const evil = '<img src=x onerror="alert(1)">&\'';
    const poison = (value: unknown): unknown => {
      if (typeof value === 'string') return value + evil;
      if (Array.isArray(value)) return value.map(poison);
      if (value === null || typeof value !== 'object') return value;
      return Object.fromEntries(
        Object.entries(value).map(([k, v]) => [k, k === 'verdict' || k === 'norm' ? v : poison(v)]),
      );
    };
    const page = renderReport(poison(fixture()) as Results, none);
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;&#39;');
  });

  it('is one file that loads nothing', async () => {
    const results = fixture();
    const images = new Map<string, string>(results.gallery.map((g) => [g.file, 'https://example.org/tracker.png']));
    const page = renderReport(results, { figures: await renderFigures(results), images });
    expect(page).not.toContain('<script');
    expect(page.replaceAll(/ xmlns(:\w+)?="[^"]*"/g, '')).not.toMatch(/https?:|\/\/[a-z]|@import|url\((?!#)/i);
    for (const [, target] of page.matchAll(/(?:href|src)="([^"]*)"/g)) expect(target).toMatch(/^(#|data:image\/png)/);
    for (const [, id] of page.matchAll(/href="#([^"]+)"/g)) expect(page).toContain(` id="${id}"`);
  });

  it('contains each figure it was given, with how to read it', async () => {
    const results = fixture();
    const figures = await renderFigures(results);
    const page = renderReport(results, { ...none, figures });
    for (const svg of figures.values()) expect(page).toContain(svg);
    expect(page.match(/How to read this\./g)).toHaveLength(figures.size);
    expect(page).not.toMatch(/NaN|undefined|\[object/);
  });

  it('cuts the gallery into one picture for each input', async () => {
    const results = fixture();
    const row = { original: new Float32Array(784), perturbed: new Float32Array(784).fill(0.3) };
    const images = new Map<string, Uint8Array>();
    for (const g of results.gallery)
      images.set(
        g.file,
        await galleryPng(
          g.items.map(() => row),
          [1, 28, 28],
        ),
      );
    const page = renderReport(results, { ...none, images });
    expect(page.match(/<image /g)).toHaveLength(2);
    const views = [...page.matchAll(/viewBox="([^"]+)" role="img"/g)].map((m) => m[1]);
    expect(views).toEqual(['0 0 344 112', '0 116 344 112', '0 232 344 112', '0 0 344 112', '0 116 344 112']);
    expect(text(page)).toContain('9 → 4 93 % sure');
    expect(text(page)).toContain('the first fooled image of each class');
    const { successAtBudget } = results.attacks[0]!.points.find((p) => p.budget === 0.3)!;
    expect(text(page)).toContain(
      `Of all 1,000 attacked images, ${(100 * successAtBudget.value!).toFixed(1)} % (95 % interval`,
    );
  });

  it('says so when pictures are missing', () => {
    expect(text(renderReport(fixture(), none))).toContain('The pictures of this group are not part of the report.');
  });

  it('leaves out what has no data', () => {
    const results = fixture();
    const bare = {
      ...results,
      models: [],
      attacks: [],
      inhibition: [],
      weights: [],
      gradients: [],
      gallery: [],
      claims: [],
    };
    const page = renderReport(bare, none);
    for (const id of ['models', 'claims', 'accuracy', 'attack', 'cause', 'inhibition', 'gallery']) {
      expect(page).not.toContain(`id="${id}"`);
      expect(page).not.toContain(`href="#${id}"`);
    }
    expect(text(page)).toContain('These results contain no attack.');
    expect(page).not.toMatch(/NaN|undefined/);
  });

  it('writes "not measured" for rates of nothing', () => {
    const results = fixture();
    const nothing = rate(0, 0);
    const unmeasured: Results = {
      ...results,
      models: results.models.map((m) => ({ ...m, cleanAccuracy: nothing })),
      attacks: results.attacks.map((a, i) =>
        i === 0
          ? {
              ...a,
              zeroGradientInputs: nothing,
              points: a.points.map((p, j) => (j < 2 ? { ...p, success: nothing } : p)),
            }
          : a,
      ),
    };
    const page = text(renderReport(unmeasured, none));
    expect(page).toContain('not measured');
    expect(page).not.toContain('NaN');
  });
});
