import { describe, expect, it } from 'vitest';
import { attacks } from '../../../src/core/attacks/index.js';
import type { PlannedAttack } from '../../../src/core/evaluation/attack-suite.js';
import { runTrials, trialsOf } from '../../../src/core/evaluation/model-trials.js';
import { type Chunk, chunkSchema, joined, type Outcome } from '../../../src/core/evaluation/trial-outcome.js';
import { buildModel } from '../../../src/core/models/build-model.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { attackOf } from '../../support/attacks.js';
import { uniform } from '../../support/classifiers.js';
import { datasetOf, subjectOf } from '../../support/subjects.js';

const COUNT = 11;
const images = uniform([COUNT, 1, 6, 6], 0, 1, 'images');
const labels = Array.from({ length: COUNT }, (_, n) => n % 4);
const objective = objectives['cross-entropy'];
/** Without random numbers, whose streams begin anew in each chunk. */
const planned: readonly PlannedAttack[] = [
  { attack: attacks.fgsm, role: 'one-step', objective, budgets: 'curve', cost: 1 },
  {
    attack: attacks.bim,
    role: 'iterative',
    objective,
    budgets: 'epsilon',
    parameters: { steps: 5 },
    cost: 5,
  },
  { attack: attacks.deepfool, role: 'iterative', budgets: 'range', cost: 5 },
];
const options = { norm: 'Linf', epsilon: 0.1, epsilons: [0.05, 0.1, 0.2], seed: 1 } as const;

describe('joined', () => {
  it('makes of the chunks of a model what one large chunk would have been', async () => {
    const data = datasetOf(images, labels, 4);
    const subject = await subjectOf(buildModel('1x6x6-C3k3-F16-4', { seed: 11 }), data);
    const trials = trialsOf(subject, [], planned, options);
    const chunkOf = (from: number, to: number) =>
      runTrials(subject, trials, data.test.batch([...Array(to - from).keys()].map((i) => from + i)), options);
    const [one, parts] = [
      await chunkOf(0, COUNT),
      [await chunkOf(0, 4), await chunkOf(4, 9), await chunkOf(9, COUNT)],
    ];
    await subject.release();
    const timeless = ({ outcomes, ...rest }: Chunk) => ({
      ...rest,
      outcomes: outcomes.map((outcome) => ({ ...outcome, seconds: 0, queries: null })),
    });
    const whole = joined(parts)!;
    expect(timeless(whole)).toEqual(timeless(one));
    expect(one.outcomes[0]!.distances.length).toBeGreaterThan(0);
    expect(whole.outcomes[0]!.queries.gradient).toBe(COUNT);
    expect(whole.outcomes[1]!.seconds).toBeCloseTo(
      parts.reduce((sum, part) => sum + part.outcomes[1]!.seconds, 0),
      9,
    );
    for (const chunk of [one, ...parts])
      expect(chunkSchema.parse(JSON.parse(JSON.stringify(chunk)))).toEqual(chunk);
  });

  const outcome: Outcome = {
    ...{ trial: 'fgsm', budgets: [0.1], predictions: [[1]], untouched: 1, zeroGradients: null, silent: null },
    ...{ stuck: null, distances: [], seconds: 1, queries: { forward: 2, gradient: 3 } },
  };
  const chunk: Chunk = {
    clean: [0],
    changedAnswers: 0,
    saturated: 0,
    probabilities: true,
    outcomes: [outcome],
  };

  it('takes what no chunk knows for unknown, and what one knows for known', () => {
    const other = { ...chunk, outcomes: [{ ...outcome, silent: 2, stuck: 0 }] };
    for (const pair of [
      [chunk, other],
      [other, chunk],
    ]) {
      expect(joined(pair)!.outcomes[0]).toMatchObject({ zeroGradients: null, silent: 2, stuck: 0 });
    }
    expect(joined([other, other])!.outcomes[0]).toMatchObject({ silent: 4, untouched: 2 });
  });

  it('takes outputs for probabilities only where all look like them', () => {
    const logits = { ...chunk, probabilities: false };
    expect(joined([chunk, chunk])!.probabilities).toBe(true);
    expect(joined([chunk, logits])!.probabilities).toBe(false);
    expect(joined([logits, chunk])!.probabilities).toBe(false);
  });

  it('leaves one as it is, and makes nothing of none', () => {
    expect(joined([chunk])).toEqual(chunk);
    expect(joined([])).toBeUndefined();
  });
});

it('an outcome tells of the largest budget what came back as it was', async () => {
  const data = datasetOf(images, labels, 4);
  const subject = await subjectOf(buildModel('1x6x6-C3k3-F16-4', { seed: 11 }), data);
  const late = attackOf((x, budget) => (budget < 0.2 ? x : { ...x, data: x.data.map((v) => v + 0.1) }));
  const trials = trialsOf(subject, [], [{ ...planned[0]!, attack: late }], options);
  const { outcomes } = await runTrials(subject, trials, data.test.batch([0, 1, 2]), options);
  expect(outcomes[0]).toMatchObject({ untouched: 0, zeroGradients: null, stuck: null });
  await subject.release();
});
