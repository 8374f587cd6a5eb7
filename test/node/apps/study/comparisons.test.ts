import { describe, expect, it } from 'vitest';
import { writeNpz } from '../../../../src/core/tensor/npz.js';
import { type Tensor, tensor } from '../../../../src/core/tensor/tensor.js';
import { type AttackOutcomes, decodeOutcomes } from '../../../../src/node/apps/study/attack-outcomes.js';
import { pairedComparisons, pairedStanding } from '../../../../src/node/apps/study/comparisons.js';

const outcome = (
  model: string,
  smallest: number[],
  more: Partial<AttackOutcomes> & { first?: number } = {},
) => {
  const { first = 0, ...about } = more;
  const n = smallest.length;
  return decodeOutcomes({
    model,
    attack: 'fgsm',
    variant: '',
    objective: 'cross-entropy',
    tau: 0,
    outcomes: writeNpz(
      new Map<string, Tensor>([
        [
          'indices',
          tensor(
            'uint32',
            [n],
            Uint32Array.from(smallest, (_, i) => i + first),
          ),
        ],
        ['smallest', tensor('int32', [n], Int32Array.from(smallest))],
        ['budgets', tensor('float64', [2], Float64Array.of(0.1, 0.2))],
      ]),
    ),
    ...about,
  });
};

describe('pairedComparisons', () => {
  it('counts, at each budget, the inputs on which two models differ', () => {
    const found = pairedComparisons([outcome('a', [0, 0, 1, -1]), outcome('b', [0, 1, -1, -1])]);
    expect(found).toEqual([
      {
        ...{
          model: 'b',
          reference: 'a',
          attack: 'fgsm',
          variant: '',
          objective: 'cross-entropy',
          tau: 0,
          budget: 0.1,
        },
        ...{ onlyModel: 0, onlyReference: 1, both: 1, neither: 2 },
      },
      {
        ...{
          model: 'b',
          reference: 'a',
          attack: 'fgsm',
          variant: '',
          objective: 'cross-entropy',
          tau: 0,
          budget: 0.2,
        },
        ...{ onlyModel: 0, onlyReference: 1, both: 2, neither: 1 },
      },
    ]);
  });

  it('takes every earlier model, and only the same attack as trained', () => {
    const found = pairedComparisons([
      outcome('a', [0]),
      outcome('a', [0], { objective: 'margin' }),
      outcome('a', [0], { attack: 'jsma' }),
      outcome('b', [0], { variant: 'transfer' }),
      outcome('b', [0]),
      outcome('c', [0]),
      outcome('c', [0], { tau: 0.1 }),
    ]);
    expect(found.map((c) => [c.model, c.reference, c.budget].join())).toEqual([
      'b,a,0.1',
      'b,a,0.2',
      'c,a,0.1',
      'c,a,0.2',
      'c,b,0.1',
      'c,b,0.2',
    ]);
  });

  it('refuses different inputs', () => {
    expect(() => pairedComparisons([outcome('a', [0, 1]), outcome('b', [0, 1], { first: 3 })])).toThrow(
      /b and a/,
    );
    expect(() => pairedComparisons([outcome('a', [0, 1]), outcome('b', [0])])).toThrow(/same inputs/);
  });
});

describe('pairedStanding', () => {
  it('answers from either side', () => {
    const comparisons = pairedComparisons([
      outcome('a', Array(10).fill(0)),
      outcome('b', Array(10).fill(-1)),
    ]);
    const at = { attack: 'fgsm', variant: '', objective: 'cross-entropy', budget: 0.1 };
    expect(pairedStanding({ comparisons }, 'b', 'a', at)).toBe('lower');
    expect(pairedStanding({ comparisons }, 'a', 'b', at)).toBe('higher');
    expect(pairedStanding({ comparisons }, 'a', 'b', { ...at, budget: 0.7 })).toBeUndefined();
    expect(pairedStanding({ comparisons }, 'b', 'a', { ...at, variant: 'transfer' })).toBeUndefined();
    expect(pairedStanding({ comparisons }, 'b', 'a', { ...at, attack: 'jsma' })).toBeUndefined();
    const few = pairedComparisons([outcome('a', Array(5).fill(0)), outcome('b', Array(5).fill(-1))]);
    expect(pairedStanding({ comparisons: few }, 'b', 'a', at)).toBe('unclear');
  });
});
