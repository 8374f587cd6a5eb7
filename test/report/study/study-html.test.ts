import { describe, expect, it } from 'vitest';
import { rate } from '../../../src/core/base/statistics.js';
import type { Results } from '../../../src/node/apps/study/study-schema.js';
import { galleryPng, renderFigures, renderReport } from '../../../src/report/index.js';
import { verdictsLike } from '../../support/study-outcomes.js';
import { compared, fixture } from './fixture.js';

const none = { figures: new Map<string, string>(), images: new Map<string, string>() };

/** The page as a reader sees it: no tags, no style sheet, spaces plain. */
function text(page: string): string {
  return page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<span class="keep">(.*?)<\/span>/g, '$1')
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
      `fools the uncompressed model on ${(100 * base.value!).toFixed(1)} % (95 % interval ` +
        `${(100 * base.low!).toFixed(1)}–${(100 * base.high!).toFixed(1)}) of the 1,000 attacked`,
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

  it('judges inhibition by the verdicts of the results, for each evaluation of J', () => {
    const results = fixture();
    const page = text(renderReport(results, none));
    expect(page).toContain('of 3 models: 3 fooled (on most images)');
    expect(page).toContain('of 3 models: 3 masked (the gradient is hidden from the attacker');
    expect(page).toContain('3 of 3 inhibited models masked');
    expect(page).toContain('The attack is blind; the model is not robust.');

    const verdicts = results.verdicts.map((v) => ({ ...v, verdict: 'robust' as const }));
    const sturdy = text(renderReport({ ...results, verdicts }, none));
    expect(sturdy).toContain('of 3 models: 3 robust (against the single-step attacks that were tried)');
    expect(sturdy.slice(0, sturdy.indexOf('What the numbers mean'))).not.toContain(
      'blindness of the attacker',
    );
  });

  it('tables every verdict with the strongest other attack, the largest tau first', () => {
    const results = fixture();
    const page = renderReport(results, none);
    const section = page.slice(page.indexOf('id="inhibition"'), page.indexOf('id="gallery"'));
    expect(section.match(/class="chip (mixed|bad|good|none)">[^<]*<\/span><\/td>/g)).toHaveLength(
      results.verdicts.length,
    );
    expect(text(section)).toContain('The same at smaller τ: 0.01, 0.02, 0.05');
    const verdict = results.verdicts.find((v) => v.objective === 'cross-entropy-clipped' && v.tau === 0.1)!;
    const other = verdict.others[verdict.strongest!]!;
    expect(text(section)).toContain(
      `${(100 * other.after.value!).toFixed(1)} % ` +
        `${(100 * other.after.low!).toFixed(1)}–${(100 * other.after.high!).toFixed(1)} cross-entropy ` +
        `≈ masked`,
    );
    const alone = results.verdicts.map((v) => ({
      ...v,
      others: [],
      strongest: null,
      verdict: 'inconclusive' as const,
    }));
    expect(text(renderReport({ ...results, verdicts: alone }, none))).toContain(
      'none was run ? inconclusive',
    );
  });

  it('says what was attacked with what, how models were trained, and where the outcomes are', () => {
    const page = text(renderReport(fixture(), none));
    const setup = page.slice(page.indexOf('What was done Data set'), page.indexOf('The models'));
    expect(setup).toContain(
      '120,000 images (2 epochs), adam, learning rate 0.001, constant schedule, batch 32',
    );
    expect(setup).toContain('Profile “quick”: a first answer within minutes');
    expect(setup).toContain('Not regularized');
    expect(setup).toContain('FGSM: Transfer 0.5 0.01, 0.02, 0.05, 0.1 1,000');
    expect(setup).toContain('FGSM: Margin 0.1, 0.2, 0.3, 0.4, 0.5; inhibited (τ &gt; 0): 0.5 0, 0.01');
    expect(setup).toMatch(/HJSMA: Iterative pairs, logits 10, 20, [^a-z]* 100 0 100 /);
    expect(setup).toContain('target runner-up');
    expect(setup).toContain('outcomes/uncompressed/fgsm-cross-entropy.csv');
    const results = fixture();
    const models = results.models.map((m) => ({
      ...m,
      training: { ...m.training, optimizer: 'adam, weight decay 0.1' },
    }));
    expect(text(renderReport({ ...results, models }, none))).toContain('Regularized: weight decay');
  });

  it.each([
    ['nothing', () => false],
    ['HJSMA', (a: Results['attacks'][number]) => a.attack === 'jsma'],
    ['inhibited models', (a: Results['attacks'][number]) => a.tau > 0],
    ['models as trained', (a: Results['attacks'][number]) => a.tau === 0],
    ['one objective', (a: Results['attacks'][number]) => a.objective === 'margin'],
    ['transfer', (a: Results['attacks'][number]) => a.variant === 'transfer'],
  ])('makes sense of a study that was narrowed to %s', async (_, keep) => {
    const results = fixture();
    const attacks = results.attacks.filter(keep);
    const narrow = {
      ...results,
      attacks,
      verdicts: verdictsLike(attacks),
      comparisons: [],
      gradients: [],
      gallery: [],
    };
    const figures = await renderFigures(narrow);
    const page = renderReport(narrow, { ...none, figures });
    expect(text(page)).not.toMatch(/NaN|undefined|null|Infinity|\(\)|of 0 /);
    expect(page.includes('These results contain no attack.')).toBe(attacks.length === 0);
    expect(figures.has('figure-5-success-elements')).toBe(attacks.some((a) => a.attack === 'jsma'));
  });

  it('tables accuracy, sizes, success and the share of inputs without gradient', () => {
    const page = text(renderReport(fixture(), none));
    for (const part of [
      '99.21 %',
      '99.02–99.37',
      '3,327,000',
      '51,984',
      '1/64',
      '207.2 KiB',
      'No gradient',
    ]) {
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
    for (const chip of [
      'good">✓ reproduced',
      'mixed">≈ partly',
      'bad">✕ not reproduced',
      'none">– not measured',
    ]) {
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
    const images = new Map<string, string>(
      results.gallery.map((g) => [g.file, 'https://example.org/tracker.png']),
    );
    const page = renderReport(results, { figures: await renderFigures(results), images });
    expect(page).not.toContain('<script');
    expect(page.replaceAll(/ xmlns(:\w+)?="[^"]*"/g, '')).not.toMatch(
      /https?:|\/\/[a-z]|@import|url\((?!#)/i,
    );
    for (const [, target] of page.matchAll(/(?:href|src)="([^"]*)"/g))
      expect(target).toMatch(/^(#|data:image\/png)/);
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
    expect(page.match(/<image /g)).toHaveLength(3);
    const views = [...page.matchAll(/viewBox="([^"]+)" role="img"/g)].map((m) => m[1]);
    expect(views).toEqual([
      '0 0 344 112',
      '0 116 344 112',
      '0 232 344 112',
      '0 0 344 112',
      '0 116 344 112',
      '0 0 344 112',
    ]);
    const heads = [...page.slice(page.indexOf('id="gallery"')).matchAll(/<h3>.*?<\/h3>/gs)].map((m) =>
      text(m[0]).trim(),
    );
    expect(heads[0]).toContain('Uncompressed FGSM, cross-entropy ε = 0.3');
    expect(heads[2]).toContain('HashNet 1/64 HJSMA, iterative pairs, logits 100 elements');
    expect(text(page)).toContain('9 → 4 probability 93 %');
    expect(text(page)).toContain('the first fooled image of each class');
    const { successAtBudget } = results.attacks[0]!.points.find((p) => p.budget === 0.3)!;
    expect(text(page)).toContain(
      `Of all 1,000 attacked images, ${(100 * successAtBudget.value!).toFixed(1)} % (95 % interval`,
    );
  });

  it('says so when pictures are missing', () => {
    expect(text(renderReport(fixture(), none))).toContain(
      'The pictures of this group are not part of the report.',
    );
  });

  it('leaves out what has no data', () => {
    const results = fixture();
    const bare = {
      ...results,
      models: [],
      attacks: [],
      comparisons: [],
      verdicts: [],
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
