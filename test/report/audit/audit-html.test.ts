import { describe, expect, it } from 'vitest';
import { rate } from '../../../src/core/base/statistics.js';
import type { AuditResults } from '../../../src/core/evaluation/audit-schema.js';
import { renderAudit } from '../../../src/report/audit/index.js';
import {
  auditOf,
  auditOfSeveral,
  fooledModel,
  inconclusiveModel,
  maskedModel,
  robustModel,
} from '../../support/audited-models.js';
import { none, pageOf, seen } from './page.js';

const single = (results: AuditResults): string => seen(renderAudit(results, none));

describe('the page of an audit', () => {
  it('is one file: no scripts, nothing loaded, all text escaped', async () => {
    const page = await pageOf(auditOfSeveral());
    expect(page).not.toMatch(/<script|<img|<link|<iframe|@import|url\((?!#)/i);
    expect(
      [...page.matchAll(/(?:src|href)="([^"]*)"/g)]
        .map((m) => m[1]!.slice(0, 14))
        .filter((to) => !/^#|^data:image\/png/.test(to)),
    ).toEqual([]);
    expect(page).not.toContain('<notes>');
    expect(page).not.toContain('<of>');
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; co|`x`.onnx');
    expect(page).not.toMatch(/NaN|undefined|\[object/);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((m) => m[1]!);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
  });

  it('says the verdict first, and every part in its place', async () => {
    const page = await pageOf(auditOf(maskedModel()));
    const places = [
      'only looks robust at',
      'class="verdict mixed"',
      'id="assumptions"',
      'class="finding',
      'id="figure-strengths"',
      'class="attacks stacked"',
      'id="figure-robust-accuracy"',
      'id="gallery"',
      'id="definitions"',
      'id="reproduce"',
    ].map((part) => page.indexOf(part, page.indexOf('<body>')));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(page).not.toContain('id="comparison"');
  });

  it('shows every finding, every trial and every number of the verdicts', async () => {
    const results = auditOfSeveral();
    const text = seen(await pageOf(results));
    for (const { id, why, trials, findings } of results.models) {
      expect(text).toContain(id);
      expect(text).toContain(why);
      for (const f of findings)
        for (const part of [f.title, f.text, f.next, f.source]) expect(text).toContain(part);
      for (const trial of trials) expect(text).toContain(trial.id);
    }
    for (const warning of results.data.warnings) expect(text).toContain(warning);
  });

  it('orders findings by gravity, and says once what those of one kind share', () => {
    const page = renderAudit(auditOf(maskedModel()), none);
    const titles = [...page.matchAll(/<h4>(.*?)<\/h4>/g)].map((m) => seen(m[1]!).trim());
    expect(titles).toEqual([
      '≈ masking The gradient is exactly zero',
      '≈ masking Success depends on the loss that is followed',
      '! unreliable Even an unbounded attack leaves inputs correct',
      'i note The softmax is saturated',
    ]);
    expect(single(auditOf(robustModel()))).toContain('None of the');
  });

  it.each([
    [fooledModel, 'plain.onnx is fooled at ε = 8/255 (L∞).'],
    [maskedModel, 'inhibited.onnx only looks robust at ε = 8/255 (L∞).'],
    [robustModel, 'adversarial.onnx is robust to these attacks at ε = 8/255 (L∞).'],
    [() => inconclusiveModel('short.onnx'), 'short.onnx is inconclusive at ε = 8/255 (L∞).'],
  ])('answers for one model: %#', (model, answer) => {
    expect(single(auditOf(model()))).toContain(answer);
  });

  it('answers for several', () => {
    expect(single(auditOfSeveral())).toContain(
      '1 is fooled, 1 is robust to these attacks and 1 is inconclusive at ε = 8/255 (L∞).',
    );
    expect(single(auditOf(fooledModel(), { models: [fooledModel('a'), fooledModel('b')] }))).toContain(
      'Of 2 models, 2 are fooled at ε = 8/255 (L∞).',
    );
  });

  it('sets what a masked model seems to have beside what it has', () => {
    const text = single(auditOf(maskedModel()));
    expect(text).toContain('Seems to have 43.6 % robust accuracy, if one trusts pgd cross-entropy');
    expect(text).toContain('Robust accuracy 1.0 % 0.4–2.3, 5 of 500');
    expect(text).toContain('5 fooled by no attack 450 fooled by some attack 45 wrong before any attack');
    expect(single(auditOf(fooledModel()))).not.toContain('Seems to have');
  });

  it('tells what was assumed and how sure that is', () => {
    const text = single(auditOf(fooledModel()));
    expect(text).toContain('The input of the model detected by trying: check this');
    expect(text).toContain('With the usual mean and deviation of CIFAR-10');
    expect(text).toContain('values in [0, 1] 61.2 %');
    const two = [
      fooledModel('a.onnx'),
      { ...fooledModel('b.onnx'), format: { ...fooledModel().format, layout: 'NHWC', origin: 'given' } },
    ];
    expect(single(auditOf(two[0]!, { models: two }))).toContain('b.onnx as given Layout NHWC');
  });

  it('says what is conspicuous about a trial', () => {
    const text = single(auditOf(maskedModel()));
    expect(text).toContain('zero gradients 45.2 % untouched 41.0 % silent successes 2.0 %');
    expect(text).toContain('first 200 inputs only');
    expect(text).toContain('56.9 % 52.3–61.4 259 of 455 at ε = 1');
    expect(text).toContain('Cross-entropy of itself without its defences');
    expect(text).toContain('queryBudget 500');
  });

  it('compares several models on the same inputs', () => {
    const text = single(auditOfSeveral());
    expect(text).toContain(
      "A model's own gradient should fool it most often. Where it does not, it is hidden: the gradient " +
        'of plain.onnx fools 94.1 % of inhibited.onnx, its own only 53.0 %.',
    );
    expect(text).toContain(
      'Images made for plain.onnx transfer best: they fool 94.1 % of what inhibited.onnx classifies ' +
        'correctly.',
    );
    expect(text).toContain('inhibited.onnx plain.onnx 3 2 1 no difference shown');
    expect(text).toContain('adversarial.onnx plain.onnx 294 1 < 0.0001 is more robust');
    expect(text).toContain("0.05 for all 3 pairs together, by Holm's correction");
  });

  it('says that no gradient is hidden where none is', () => {
    const models = [fooledModel('a.onnx'), fooledModel('b.onnx')];
    const rows = [
      [rate(440, 456), rate(380, 456)],
      [rate(370, 456), rate(441, 456)],
    ];
    const transfer = { attack: 'apgd', epsilon: 8 / 255, inputs: 500, rows };
    expect(single(auditOf(models[0]!, { models, transfer }))).toContain(
      'No model is fooled clearly more often by the gradient of another than by its own',
    );
  });

  it('cuts the gallery into rows and names classes', async () => {
    const page = await pageOf(auditOf(maskedModel()));
    expect(page.match(/<image /g)).toHaveLength(1);
    expect(page.match(/<use href="#sheet-0"/g)).toHaveLength(2);
    const text = seen(page);
    expect(text).toContain('airplane → bird true class airplane, test image 3, L∞ 8/255');
    const nameless = { ...auditOf(maskedModel()).data, classNames: [] };
    expect(single(auditOf(maskedModel(), { data: nameless }))).toContain('0 → 2 true class 0');
    expect(single(auditOf(maskedModel()))).toContain(
      'The pictures of this group are not part of the report.',
    );
    expect(single(auditOf(robustModel()))).not.toContain('Gallery');
  });

  it('makes do with an audit that was stopped at once', () => {
    const empty = {
      ...inconclusiveModel('cut.onnx'),
      trials: [],
      findings: [],
      strongest: null,
      cleanAccuracy: rate(0, 0),
    };
    const text = single(auditOf(empty, { norm: 'L2', rounding: null, time: { budget: null, used: 0 } }));
    expect(text).toContain('not measured');
    expect(text).toContain('Strongest attack none');
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
    expect(single(auditOf(empty, { models: [] }))).toContain('No model was audited.');
  });
});
