import { describe, expect, it } from 'vitest';
import { attacks } from '../../../src/core/attacks/index.js';
import { rate } from '../../../src/core/base/statistics.js';
import type { ModelTrial } from '../../../src/core/evaluation/model-trials.js';
import { describeTrial, evidenceOf } from '../../../src/core/evaluation/trial-evidence.js';
import type { Chunk, Outcome } from '../../../src/core/evaluation/trial-outcome.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { classifierOf, linearModel } from '../../support/classifiers.js';

const outcome = (trial: string, predictions: number[][], more: Partial<Outcome> = {}): Outcome => ({
  ...{ trial, budgets: [0.1, 0.2], predictions, untouched: 1, zeroGradients: 2, silent: null, stuck: 0 },
  ...{ distances: [], seconds: 1, queries: { forward: 1, gradient: 1 }, ...more },
});

const chunk: Chunk = {
  ...{ clean: [0, 1, 2, 1], changedAnswers: 1, saturated: 3, probabilities: true },
  outcomes: [
    outcome('fgsm margin', [
      [0, 1, 2, 1],
      [0, 2, 1, 1],
    ]),
    outcome(
      'square',
      [
        [0, 1, 2, 2],
        [1, 0, 0, 0],
      ],
      { silent: 3, zeroGradients: null },
    ),
    outcome('fgsm margin from other', [
      [0, 1, 2, 1],
      [0, 1, 2, 0],
    ]),
  ],
};

describe('evidenceOf', () => {
  it('compares predictions with those before, and those before with the labels', async () => {
    const other = { name: 'other', classifier: await classifierOf(linearModel([[1], [2]], [0, 0])) };
    const fgsm = {
      attack: attacks.fgsm,
      role: 'one-step',
      objective: objectives.margin,
      budgets: 'curve',
      cost: 1,
    } as const;
    const budgets = [0.1, 0.2];
    const trials: ModelTrial[] = [
      { id: 'fgsm margin', planned: fgsm, budgets },
      // It follows no loss, whatever it was given.
      { id: 'square', planned: { ...fgsm, attack: attacks.square, role: 'gradient-free' }, budgets },
      { id: 'fgsm margin from other', planned: { ...fgsm, role: 'transfer' }, budgets, source: other },
    ];
    const evidence = evidenceOf(chunk, trials.map(describeTrial), [0, 1, 1, 0], { epsilon: 0.2, classes: 3 });
    expect(evidence).toMatchObject({
      ...{ epsilon: 0.2, classes: 3, labels: [0, 1, 1, 0], probabilities: true },
      ...{ changedAnswers: rate(1, 4), saturated: rate(3, 4) },
    });
    expect(Array.from(evidence.correct)).toEqual([1, 1, 0, 0]);
    const [own, free, stolen] = evidence.trials;
    expect(own).toMatchObject({
      id: 'fgsm margin',
      attack: 'fgsm',
      role: 'one-step',
      objective: 'margin',
      budgets,
    });
    expect(own!.fooledAt.map((row) => Array.from(row))).toEqual([
      [0, 0, 0, 0],
      [0, 1, 1, 0],
    ]);
    expect(own).toMatchObject({ untouched: rate(1, 4), zeroGradients: rate(2, 4) });
    expect(own!.silent).toBeUndefined();
    expect(free).toMatchObject({ objective: null, silent: rate(3, 4) });
    expect(free!.zeroGradients).toBeUndefined();
    expect(Array.from(free!.fooledAt[1]!)).toEqual([1, 1, 1, 1]);
    // Whether the gradient of another model is zero says nothing of this one.
    expect(stolen!.zeroGradients).toBeUndefined();
    expect(stolen).toMatchObject({ role: 'transfer', objective: 'margin' });
  });
});
