import { describe, expect, it } from 'vitest';
import { chosenBudgets } from '../../src/cli/flags/attack-flags.js';
import { parseBudgets } from '../../src/cli/flags/common-flags.js';
import { type Attack, attacks } from '../../src/core/attacks/index.js';
import { dataOf } from '../support/errors.js';

const fgsm = attacks.fgsm;
const counted: Attack = {
  ...fgsm,
  name: 'counted',
  budget: {
    ...fgsm.budget,
    name: 'max-elements',
    default: [8],
    maximum: 64,
    unit: 'elements',
    integer: true,
  },
};
const all = { fgsm, counted };

describe('budgets', () => {
  it('are found under the name that commander gives a hyphenated flag', async () => {
    expect(chosenBudgets(counted, { maxElements: '4,2' }, all)).toEqual([2, 4]);
    expect(chosenBudgets(counted, {}, all)).toEqual([8]);
    const data = await dataOf('nothing-to-do', () => chosenBudgets(fgsm, { maxElements: '4' }, all));
    expect(data.what).toBe('fgsm has no --max-elements');
  });

  it('are whole numbers where only those make sense', async () => {
    const data = await dataOf('bad-value', () => parseBudgets('--max-elements', '2,2.5', counted.budget));
    expect(data).toMatchObject({ received: '"2.5"' });
    expect(data.expected).toMatch(/^whole numbers from 0 to 64 \(elements\)/);
    expect(parseBudgets('--epsilon', '1/2,0.25', fgsm.budget)).toEqual([0.25, 0.5]);
  });
});
