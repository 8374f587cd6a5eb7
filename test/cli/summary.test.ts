import { expect, it } from 'vitest';
import { summaryOf } from '../../src/cli/summary.js';
import { fixture } from '../report/fixture.js';

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
    expect(text).toContain(`${(100 * value!).toFixed(1)} % (${(100 * low!).toFixed(1)}-${(100 * high!).toFixed(1)})`);
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
