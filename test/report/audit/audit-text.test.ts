import { describe, expect, it } from 'vitest';
import { auditMarkdown, auditText } from '../../../src/report/audit/index.js';
import {
  auditOf,
  auditOfSeveral,
  fooledModel,
  inconclusiveModel,
  maskedModel,
} from '../../support/audited-models.js';

const bell = '\u0007';

describe('an audit in a terminal', () => {
  it('adds to a finding what the program that shows it knows', () => {
    const model = fooledModel();
    const [found] = model.findings;
    const advice = { code: 'allow-more-time', data: { trial: 'apgd' } } as const;
    const advised = auditOf({ ...model, findings: [{ ...found!, advice }] });
    const hint = ({ code, data }: { code: string; data: object }) => `hint ${code} ${JSON.stringify(data)}`;
    expect(auditText(advised, { hint })).toContain('\n               hint allow-more-time {"trial":"apgd"}');
    expect(auditText(advised)).not.toContain('allow-more-time');
    expect(auditText(auditOf(model), { hint })).not.toContain('hint');
  });

  it('says the verdict, the numbers, the attacks, the findings and where the files are', () => {
    const text = auditText(auditOf(fooledModel()), { files: ['out/audit.json', 'out/report.html'] });
    expect(text).toBe(`plain.onnx is fooled at ε = 8/255 (L∞).
500 images of CIFAR-10, epsilon 8/255 (Linf), seed 0, 3 min 34 s

FOOLED: plain.onnx
  apgd dlr fools 98.7 % (450 of 456) of the inputs that were classified correctly, all attacks
  together 98.9 % (451 of 456).
  clean accuracy    91.2 % (456 of 500; 88.4-93.4)
  robust accuracy   1.0 % (5 of 500; 0.4-2.3)
  strongest attack  apgd dlr, fools 98.7 % (450 of 456; 97.2-99.4)

attack                         kind                 fooled at epsilon 8/255 (L∞)
noise                          random noise         2.4 % (1.4-4.3)
fgsm cross-entropy             one gradient step    67.8 % (63.3-71.9)
fgsm margin                    one gradient step    68.4 % (64.0-72.5)
pgd cross-entropy              many gradient steps  96.1 % (93.8-97.5)
apgd cross-entropy             many gradient steps  98.0 % (96.3-99.0)
apgd dlr                       many gradient steps  98.7 % (97.2-99.4)
apgd cross-entropy, 100 steps  more steps           98.0 % (96.3-99.0)
square                         no gradient          80.8 % (74.4-85.8)            first 200 inputs only
pgd cross-entropy, unbounded   no bound             100.0 % (99.2-100.0)

findings
  [note]       The softmax is saturated
               The softmax says exactly 1 for 7.2 % (36 of 500) of the inputs.

wrote out/audit.json
wrote out/report.html`);
  });

  it('points at the attacks that masking deceives', () => {
    const lines = auditText(auditOf(maskedModel())).split('\n');
    expect(lines.find((l) => l.startsWith('pgd cross-entropy '))).toMatch(
      /52\.1 % \(47\.5-56\.6\) +misses what another attack fools; zero gradients 45\.2 %; untouched 30\.0 %$/,
    );
    expect(lines.find((l) => l.startsWith('apgd dlr'))).toMatch(/fools what another attack misses$/);
    expect(lines.filter((l) => l.startsWith('  [')).map((l) => l.slice(2, 14).trim())).toEqual([
      '[masking]',
      '[masking]',
      '[masking]',
      '[masking]',
      '[unreliable]',
      '[note]',
    ]);
    const told = lines.slice(lines.indexOf('findings'));
    expect(told.every((line) => line.length <= 96)).toBe(true);
    // Each under its title.
    expect(told.filter((line) => /^ {15}\S/.test(line)).length).toBeGreaterThan(6);
  });

  it('has one table for several models', () => {
    const text = auditText(auditOfSeveral());
    expect(text).toMatch(/attack +plain\.onnx +inhibited\.onnx +adversarial\.onnx/);
    expect(text).toMatch(/\npgd cross-entropy +96\.1 % +52\.1 % +24\.5 %\n/);
    expect(text).toContain('warning: class "ship" has no images');
    for (const verdict of ['FOOLED', 'MASKED', 'ROBUST', 'INCONCLUSIVE'])
      expect(text).toContain(`${verdict}: `);
    expect(text).not.toMatch(/NaN|undefined|null/);
  });

  it('lets no name ring bells', () => {
    expect(auditText(auditOf(inconclusiveModel(`a${bell}\u001b[31mb`)))).not.toContain(bell);
  });
});

describe('an audit as Markdown', () => {
  it('has the verdicts as a table, the findings as a list, and the attacks folded away', () => {
    const text = auditMarkdown(auditOf(maskedModel()));
    expect(text).toContain('## inhibited.onnx only looks robust at ε = 8/255 (L∞)\n');
    expect(text).toContain(
      '| inhibited.onnx | ≈ **masked** | 91.0 % (88.2-93.2) | 1.0 % (0.4-2.3) | apgd dlr | 98.7 % ' +
        '(97.2-99.4) |',
    );
    expect(text).toContain(
      '- **masking**, The gradient is exactly zero: The gradient that pgd cross-entropy starts from',
    );
    expect(text).toMatch(
      /<details><summary>Every attack, fooled at epsilon 8\/255 \(L∞\)<\/summary>\n\n\| attack/,
    );
  });

  it('makes text of names that are markup', () => {
    const text = auditMarkdown(auditOfSeveral());
    expect(text).toContain(
      '| &lt;script&gt;alert("1")&lt;/script&gt; &amp; co\\|\\`x\\`.onnx | ? **inconclusive**',
    );
    expect(text.replaceAll(/<\/?(details|summary)>/g, '')).not.toMatch(/<\w/);
    expect(text).toContain('> class "ship" has no images');
  });
});
