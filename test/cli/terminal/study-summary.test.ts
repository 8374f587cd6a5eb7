import { expect, it } from 'vitest';
import { summaryOf } from '../../../src/cli/terminal/study-summary.js';
import { fixture } from '../../report/study/fixture.js';

it('shows models, success over epsilon and tau, zero gradients, and every claim', () => {
  const results = fixture();
  const text = summaryOf({ ...results, claims: results.claims });
  for (const model of results.models) expect(text).toContain(model.label);
  expect(text).toContain('99.21 % (');
  const inhibited = results.attacks.find(
    (a) => a.model === 'uncompressed' && a.objective.endsWith('clipped') && a.tau === 0.1,
  )!;
  const [success, zeros] = [inhibited.points[0]!.success, inhibited.zeroGradientInputs!];
  for (const { value, low, high } of [success, zeros]) {
    expect(text).toContain(
      `${(100 * value!).toFixed(1)} % (${(100 * low!).toFixed(1)}-${(100 * high!).toFixed(1)})`,
    );
  }
  expect(text).toContain('1,000 images');
  for (const claim of results.claims) expect(text).toContain(claim.ours);
  expect(text).not.toMatch(/NaN|undefined/);
});

it('leaves out what was not measured', () => {
  const results = fixture();
  const few = { ...results, attacks: results.attacks.filter((a) => a.tau === 0), claims: [] };
  expect(summaryOf(few)).not.toContain('gradient inhibition');
  expect(summaryOf({ ...few, attacks: [], models: [] })).not.toMatch(/NaN|undefined/);
});

it('keeps attacks apart, and does without gradients', () => {
  const results = fixture();
  const other = results.attacks
    .filter((a) => a.objective === 'cross-entropy')
    .map((a) => ({ ...a, attack: 'square', zeroGradientElements: null, zeroGradientInputs: null }));
  const text = summaryOf({ ...results, attacks: [...results.attacks, ...other] });
  expect(text).toContain('fooled by square (cross-entropy), 1,000 images');
  expect(text).not.toMatch(/NaN|undefined|null/);
});

it('has a table for each variant, and one for all attacks on inhibited models', () => {
  const results = fixture();
  const text = summaryOf(results);
  const titles = text.split('\n').filter((line) => line.startsWith('fooled by'));
  expect(titles.map((t) => t.slice(10, t.indexOf(',')))).toEqual([
    'fgsm (cross-entropy)',
    'fgsm (cross-entropy-clipped)',
    'fgsm (margin)',
    'jsma single-shot (probabilities)',
    'jsma single-shot (logits)',
    'jsma iterative (logits)',
    'jsma iterative pairs (logits)',
  ]);
  expect(titles[6]).toContain('100 images, by elements (5 of 10 budgets)');
  const inhibition = text.slice(text.indexOf('gradient inhibition'), text.indexOf('verdicts on'));
  const rows = inhibition.split('\n').filter((line) => /%/.test(line));
  expect(rows).toHaveLength(3 * 5);
  const [transfer] = rows.filter((line) => line.trim().startsWith('transfer'));
  expect(transfer).toMatch(/^ +transfer +- +85\.2 % /);
  // A wild transfer changes its own lines only.
  const wild = results.attacks.map((a) =>
    a.variant === 'transfer'
      ? {
          ...a,
          points: a.points.map((p) => ({ ...p, successAtBudget: { ...p.successAtBudget, value: 0.123 } })),
        }
      : a,
  );
  const changed = summaryOf({ ...results, attacks: wild }).split('\n');
  const different = text.split('\n').filter((line, i) => line !== changed[i]);
  expect(different).toHaveLength(3);
  for (const line of different) expect(line.trim()).toMatch(/^transfer /);
});

it('says the verdicts for each evaluation of J and tau, with what still works', () => {
  const results = fixture();
  const text = summaryOf(results);
  expect(text).toContain('cross-entropy, of 3 models: tau 0.01: 3 fooled; tau 0.02: 3 fooled');
  expect(text).toContain('cross-entropy-clipped, of 3 models: tau 0.01: 3 masked');
  expect(text).toMatch(
    /at tau 0\.1: Uncompressed masked \([\d.]+ %, but [\d.]+ % by cross-entropy\); HashNet 1\/8/,
  );
  expect(summaryOf({ ...results, verdicts: [] })).not.toContain('verdicts');
});

it('fits a narrowed study', () => {
  const results = fixture();
  for (const keep of [
    (a: (typeof results.attacks)[number]) => a.attack === 'jsma',
    (a: (typeof results.attacks)[number]) => a.tau > 0,
    (a: (typeof results.attacks)[number]) => a.variant === 'transfer',
    () => false,
  ]) {
    const text = summaryOf({
      ...results,
      models: [],
      attacks: results.attacks.filter(keep),
      verdicts: [],
      claims: [],
    });
    expect(text).not.toMatch(/NaN|undefined|null|Infinity/);
  }
});

it('ends each line of the attack table with the share of zero gradients', () => {
  const results = fixture();
  const clipped = results.attacks.filter((a) => a.tau === 0 && a.objective.endsWith('clipped'));
  const lines = summaryOf({ ...results, attacks: clipped }).split('\n');
  for (const attack of clipped) {
    const zeros = attack.zeroGradientInputs!;
    const label = results.models.find((m) => m.id === attack.model)!.label;
    const line = lines.filter((l) => l.startsWith(label)).at(1)!;
    expect(zeros.value).not.toBe(attack.points.at(-1)!.success.value);
    expect(line).toMatch(new RegExp(`${(100 * zeros.value!).toFixed(1)} % \\([^)]*\\)$`));
  }
});
