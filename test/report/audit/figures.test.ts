import { describe, expect, it } from 'vitest';
import { auditFigures, figures } from '../../../src/report/audit/index.js';
import {
  auditOf,
  auditOfSeveral,
  fooledModel,
  inconclusiveModel,
  maskedModel,
  robustModel,
} from '../../support/audited-models.js';
import { complaints, textBoxes } from '../study/svg-text.js';

const words = (svg: string): string[] => textBoxes(svg).map(({ text }) => text.replaceAll('\u00a0', ' '));

describe('figures of an audit', () => {
  it('are drawn for one model by their plain names', async () => {
    const drawn = await auditFigures(auditOf(maskedModel()));
    expect([...drawn.keys()]).toEqual(['strengths', 'robust-accuracy']);
    const strengths = words(drawn.get('strengths')!);
    for (const text of [
      'pgd cross-entropy',
      '52.1 %',
      '98.7 %',
      'Random noise',
      'misses what another attack fools',
      'did not work as it should',
    ]) {
      expect(strengths).toContain(text);
    }
    const curves = words(drawn.get('robust-accuracy')!);
    for (const text of [
      'all attacks together',
      'apgd cross-entropy',
      'fgsm margin',
      'guessing, 10 %',
      'audited: 8/255',
      '16/255',
    ]) {
      expect(curves).toContain(text);
    }
  });

  it('have names of their own for each of several models, fit for files', async () => {
    const drawn = await auditFigures(auditOfSeveral());
    expect([...drawn.keys()]).toEqual([
      'strengths-1-plain',
      'strengths-2-inhibited',
      'strengths-3-adversarial',
      'strengths-4-script-alert-1-script-co-x',
      'robust-accuracy-1-plain',
      'robust-accuracy-2-inhibited',
      'robust-accuracy-3-adversarial',
      'models',
    ]);
    expect(drawn.get('strengths-4-script-alert-1-script-co-x')).toContain(
      'aria-label="What each attack fools at the audited epsilon: &lt;script&gt;',
    );
    expect(words(drawn.get('models')!)).toContain('inhibited.onnx');
    for (const svg of drawn.values()) expect(svg).not.toMatch(/NaN|undefined|<script/);
  });

  it('have text that neither overlaps nor is cut off', async () => {
    const all = [auditOfSeveral(), auditOf(maskedModel()), auditOf(robustModel())];
    for (const results of all) {
      for (const [name, svg] of await auditFigures(results))
        expect([name, ...complaints(svg)]).toEqual([name]);
    }
  });

  it('colour only what findings name', async () => {
    const conspicuous = ['#cc4125', '#c27a00', '#8a5aa8'];
    const masked = (await auditFigures(auditOf(maskedModel()))).get('strengths')!;
    for (const colour of conspicuous) expect(masked).toContain(colour);
    const fooled = (await auditFigures(auditOf(fooledModel()))).get('strengths')!;
    for (const colour of conspicuous) expect(fooled).not.toContain(colour);
  });

  it('say what they show, with the numbers of the results', () => {
    const { strengths, 'robust-accuracy': curves, models } = figures;
    const masked = auditOf(maskedModel());
    const said = (results: typeof masked, figure = strengths): string => {
      const [first, ...others] = results.models;
      return figure
        .shows(results, figure.of === 'audit' ? [first!, ...others] : [first!])
        .join(' ')
        .replaceAll('\u00a0', ' ');
    };
    expect(said(masked)).toBe(
      'Strongest at ε = 8/255 (L∞): apgd dlr, which fools 98.7 % (95 % interval 97.2–99.4). ' +
        'The gradient is hidden from fgsm cross-entropy-clipped (1.3 %), pgd cross-entropy (52.1 %) and ' +
        'apgd cross-entropy (54.9 %): ' +
        'fgsm margin (67.9 %), pgd margin (95.8 %) and apgd dlr (98.7 %) show what is there. ' +
        'Not to be trusted: pgd cross-entropy, unbounded (56.9 %).',
    );
    expect(said(auditOf(fooledModel()))).toContain('No attack is out of order.');
    expect(said(masked, curves)).toBe(
      'Without an attack 91.0 % (95 % interval 88.2–93.2) are classified correctly; against all attacks ' +
        'together 43.0 % at ε = 2/255, ' +
        '13.2 % at ε = 4/255, 1.0 % at ε = 8/255, 0.0 % at ε = 16/255. From ε = 8/255 on, that is no ' +
        'better than guessing.',
    );
    expect(said(auditOf(robustModel()), curves)).not.toContain('guessing');
    expect(said(auditOfSeveral(), models)).toBe(
      'Robust accuracy at the audited epsilon, highest first: adversarial.onnx 59.6 %, plain.onnx 1.0 ' +
        '%, inhibited.onnx 1.0 %.',
    );
    for (const { howToRead } of Object.values(figures)) expect(howToRead.length).toBeGreaterThan(80);
  });

  it('are left out where there is nothing to draw', async () => {
    const nothing = { ...inconclusiveModel('a'), trials: [], strongest: null };
    expect((await auditFigures(auditOf(nothing))).size).toBe(0);
  });
});
