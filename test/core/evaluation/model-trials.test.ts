import { describe, expect, it } from 'vitest';
import { attacks } from '../../../src/core/attacks/index.js';
import { type PlannedAttack, suite } from '../../../src/core/evaluation/attack-suite.js';
import { sourcesFor, UNDEFENDED } from '../../../src/core/evaluation/gradient-sources.js';
import { runTrials, trialsOf } from '../../../src/core/evaluation/model-trials.js';
import { buildModel } from '../../../src/core/models/build-model.js';
import { Classifier } from '../../../src/core/models/classifier.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import type { Model } from '../../../src/core/onnx/graph.js';
import type { Tensor } from '../../../src/core/tensor/tensor.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { linearModel, uniform } from '../../support/classifiers.js';
import { modelOf } from '../../support/run.js';
import { datasetOf, subjectOf } from '../../support/subjects.js';
import { float32 } from '../../support/toolkit.js';

const options = { norm: 'Linf', epsilon: 0.1, epsilons: [0.05, 0.1], seed: 1 } as const;
const line = (values: readonly number[]) => float32([values.length, 1, 1, 1], values);

/** What a chunk says of a model before any attack. */
async function stateOf(model: Model, images: Tensor<'float32'>, classifier?: Classifier) {
  const count = images.dims[0]!;
  const data = datasetOf(images, Array(count).fill(0), 2);
  const subject = classifier ?? (await subjectOf(model, data));
  const { outcomes, ...state } = await runTrials(
    subject,
    [],
    data.test.batch([...Array(count).keys()]),
    options,
  );
  await subject.release();
  expect(outcomes).toEqual([]);
  return state;
}

describe('before any attack', () => {
  const slope = (steepness: number) => linearModel([[0], [steepness]], [0, 0]);

  it.each([
    // exp(-16.6) is just above, exp(-16.7) below half of what single precision can add to 1.
    [16.6, 0],
    [16.7, 1],
    [-16.7, 1],
    [1000, 1],
    [-1000, 1],
    [0, 0],
  ])('a lead of %d over the other class: saturated %d', async (lead, count) => {
    expect(await stateOf(slope(lead), line([1]))).toMatchObject({ saturated: count, probabilities: false });
  });

  it('saturated inputs are counted, and predictions told', async () => {
    const state = await stateOf(slope(-40), line([0.1, 0.5, 0.6, 0]));
    expect(state).toEqual({ clean: [0, 0, 0, 0], changedAnswers: 0, saturated: 2, probabilities: false });
  });

  const ending = (end: (g: Parameters<Parameters<typeof modelOf>[0]>[0], z: string) => string) =>
    modelOf((g) => {
      const x = g.input('x', 'float32', ['N', 1, 1, 1]);
      const flat = g.op('Flatten', [x], { axis: 1 });
      return end(g, g.matmul(flat, g.initializer('w', float32([1, 3], [1, 2, -1]))));
    });

  it('outputs that look like probabilities are told from logits', async () => {
    const images = line([0.1, 0.5, 0.9]);
    const softmax = (g: Parameters<Parameters<typeof ending>[0]>[0], z: string) =>
      g.op('Softmax', [z], { axis: 1 });
    expect(
      await stateOf(
        ending((_g, z) => z),
        images,
      ),
    ).toMatchObject({ probabilities: false });
    // Recognized as a softmax, and taken off.
    expect(await stateOf(ending(softmax), images)).toMatchObject({ probabilities: false });
    expect(
      await stateOf(
        ending((g, z) => g.mul(softmax(g, z), 1)),
        images,
      ),
    ).toMatchObject({ probabilities: true });
    // Sums of 1.1, and numbers below zero that sum to one.
    expect(
      await stateOf(
        ending((g, z) => g.mul(softmax(g, z), 1.1)),
        images,
      ),
    ).toMatchObject({ probabilities: false });
    const negative = linearModel([[0], [0], [0]], [0.7, 0.6, -0.3]);
    expect(await stateOf(negative, images)).toMatchObject({ probabilities: false });
  });

  it('one input that is no distribution is enough', async () => {
    // The logits of x are x and 1 - x, which is one at 0.5 as anywhere, but for the third number.
    const mixture = linearModel([[1], [-1], [0]], [0, 1, 0]);
    expect(await stateOf(mixture, line([0.5, 0.2]))).toMatchObject({ probabilities: true });
    const broken = linearModel([[1], [-1], [0.1]], [0, 1, -0.02]);
    expect(await stateOf(broken, line([0.2]))).toMatchObject({ probabilities: true });
    expect(await stateOf(broken, line([0.2, 0.5]))).toMatchObject({ probabilities: false });
  });

  /** Adds something else to the first class of some inputs each time it is asked. */
  class Fickle extends Classifier {
    private asked = 0;

    constructor(
      model: Model,
      given: ConstructorParameters<typeof Classifier>[1],
      private readonly size: number,
      private readonly rows: readonly number[],
    ) {
      super(model, given);
    }

    override async logits(images: Tensor<'float32'>): Promise<Tensor<'float32'>> {
      const logits = await super.logits(images);
      this.asked += 1;
      for (const row of this.rows) logits.data[row * this.classes]! += this.size * this.asked;
      return logits;
    }
  }

  it.each([
    ['answers that change are counted', 0.01, [0, 2], 2],
    ['in either direction', -0.01, [1], 1],
    ['other sums of the same numbers are none', 1e-6, [0, 1, 2], 0],
    ['nor is the same answer', 0, [0, 1, 2], 0],
  ])('%s', async (_, size, rows, count) => {
    const model = slope(1);
    const classifier = new Fickle(model, { runtime: await nodeRuntime(), threads: 1 }, size, rows);
    expect(await stateOf(model, line([0.1, 0.5, 0.9]), classifier)).toMatchObject({ changedAnswers: count });
  });
});

const pictures = datasetOf(uniform([5, 1, 4, 4], 0, 1, 'images'), [0, 1, 2, 0, 1], 3);

describe('trialsOf', () => {
  it('gives each attack its budgets, and makes a trial for each model that is followed', async () => {
    const subject = await subjectOf(buildModel('1x4x4-3'), pictures, {
      id: 'attacked',
      undefended: buildModel('1x4x4-3', { seed: 2 }),
    });
    const other = await subjectOf(buildModel('1x4x4-F5-3'), pictures, { id: 'other' });
    const planned = suite('Linf', 'full');
    const trials = trialsOf(subject, sourcesFor(subject, [subject, other]), planned, options);
    expect(new Set(trials.map(({ id }) => id)).size).toBe(trials.length);
    // Two models to follow and no substitute.
    const substitutes = planned.filter(({ substitute }) => substitute).length;
    expect(trials).toHaveLength(planned.length + 1 - substitutes);
    const budgetsOf = { curve: [0.05, 0.1], epsilon: [0.1], range: [1] };
    for (const { planned: attack, budgets, source } of trials) {
      expect(budgets).toEqual(budgetsOf[attack.budgets]);
      expect(source !== undefined).toBe(attack.transferred === true);
    }
    const stolen = trials.filter(({ source }) => source);
    expect(stolen.map(({ id }) => id)).toEqual([
      `apgd cross-entropy from ${UNDEFENDED}`,
      'apgd cross-entropy from other',
    ]);
    expect(trialsOf(other, sourcesFor(other, [other]), planned, options).some(({ source }) => source)).toBe(
      false,
    );
  });

  it('has room for any change of every element in its largest ball', async () => {
    const subject = await subjectOf(buildModel('1x4x4-3'), pictures);
    const [trial] = trialsOf(
      subject,
      [],
      suite('L2', 'quick').filter(({ role }) => role === 'unbounded'),
      {
        ...options,
        norm: 'L2',
      },
    );
    expect(trial!.budgets).toEqual([4]);
  });
});

describe('runTrials', () => {
  const objective = objectives['cross-entropy'];
  const planned: readonly PlannedAttack[] = [
    { attack: attacks.fgsm, role: 'one-step', objective, budgets: 'curve', cost: 1 },
    {
      attack: attacks.pgd,
      role: 'iterative',
      objective,
      budgets: 'epsilon',
      parameters: { steps: 3 },
      cost: 3,
    },
    { attack: attacks.fgsm, role: 'transfer', objective, budgets: 'epsilon', transferred: true, cost: 1 },
  ];
  const all = { indices: [0, 1, 2, 3, 4] };

  async function setUp() {
    const subject = await subjectOf(buildModel('1x4x4-3'), pictures, { id: 'attacked' });
    const other = await subjectOf(buildModel('1x4x4-3', { seed: 2 }), pictures, { id: 'other' });
    const trials = trialsOf(subject, sourcesFor(subject, [subject, other]), planned, options);
    return { subject, other, trials, batch: pictures.test.batch(all.indices) };
  }

  it('makes them in order and counts what each asked', async () => {
    const { subject, other, trials, batch } = await setUp();
    const heard: [string, number][] = [];
    const { outcomes, clean } = await runTrials(subject, trials, batch, options, ({ id }, i) =>
      heard.push([id, i]),
    );
    const ids = ['fgsm cross-entropy', 'pgd cross-entropy', 'fgsm cross-entropy from other'];
    expect(heard).toEqual(ids.map((id, i) => [id, i]));
    expect(outcomes.map(({ trial }) => trial)).toEqual(ids);
    expect(outcomes.map(({ budgets }) => budgets)).toEqual([[0.05, 0.1], [0.1], [0.1]]);
    const [fgsm, pgd, stolen] = outcomes;
    expect(fgsm!.queries).toEqual({ forward: 10, gradient: 5 });
    expect(stolen!.queries).toEqual({ forward: 0, gradient: 5 });
    // A path is watched of those that follow the model's own gradient in many steps.
    expect(outcomes.map(({ silent }) => silent)).toEqual([null, 0, null]);
    expect(fgsm!.zeroGradients).toBe(0);
    expect(pgd!.zeroGradients).toBeNull();
    expect(clean).toEqual(Array.from(await subject.predict(batch.images)));
    expect(other.queries.gradient).toBe(5);
    await subject.release();
    await other.release();
  });

  it('depends on the seed, and on rounding', async () => {
    const { subject, trials, batch } = await setUp();
    const sizes = async (more: object) => {
      const chunk = await runTrials(subject, trials.slice(0, 2), batch, {
        ...options,
        ...more,
      });
      return chunk.outcomes.map(({ distances }) => distances);
    };
    const strong = trials.map((trial) => ({ ...trial, budgets: [0.3] })).slice(0, 2);
    const seeded = async (seed: number, rounding?: number) => {
      const chunk = await runTrials(subject, strong, batch, {
        ...options,
        seed,
        ...(rounding && { rounding }),
      });
      return chunk.outcomes[1]!.distances;
    };
    expect(await sizes({})).toEqual(await sizes({}));
    expect(await seeded(1)).toEqual(await seeded(1));
    expect(await seeded(1)).not.toEqual(await seeded(2));
    expect(await seeded(1)).not.toEqual(await seeded(1, 4));
    await subject.release();
  });

  it('stops at the signal, between two attacks too', async () => {
    const { subject, trials, batch } = await setUp();
    const controller = new AbortController();
    const heard: number[] = [];
    const running = runTrials(
      subject,
      trials,
      batch,
      { ...options, signal: controller.signal },
      (_trial, i) => {
        heard.push(i);
        if (i === 1) controller.abort();
      },
    );
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect(heard).toEqual([0, 1]);
    await subject.release();
  });
});
