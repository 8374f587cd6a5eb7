import { describe, expect, it } from 'vitest';
import {
  type Attack,
  type AttackParameters,
  attacks,
  perturbationSizes,
  resolveParameters,
  type SweepOptions,
  type SweepResult,
  sweep,
} from '../../src/core/attacks/index.js';
import { buildModel } from '../../src/core/models/build-model.js';
import { objectives } from '../../src/core/models/objectives/index.js';
import { inhibitLayer, parseReshaping, reshapeAll } from '../../src/core/reshaping/index.js';
import { rows } from '../../src/core/tensor/tensor.js';
import { classifierOf, largestDifference, linearModel, uniform } from '../support/classifiers.js';

const COUNT = 40;
const images = uniform([COUNT, 1, 8, 8], 0, 1, 'images');
const labels = Array.from({ length: COUNT }, (_, n) => n % 5);
const dense = () => buildModel('1x8x8-C4k3-F24-5', { seed: 3 });
const models = {
  dense,
  'hashed and inhibited': () => inhibitLayer(reshapeAll(dense(), parseReshaping('hash:1/4'), 3), 0.05),
};

/** How far images of 64 elements are apart, roughly. */
const REACH = { Linf: 1, L2: 4, L1: 32, L0: 64 };

/** Budgets from nothing to everything that the attack allows. */
const budgetsOf = ({ budget, norm }: Attack) => {
  const maximum = Math.min(budget.maximum, REACH[norm]);
  const between = [0, 0.05, 0.1, 0.3, 1].map((share) => budget.minimum + share * (maximum - budget.minimum));
  return budget.integer ? between.map(Math.round) : between;
};

/**
 * Parameters that say how long an attack goes on, and how long that is here: what is tested does not depend
 * on it.
 */
const EFFORT: Readonly<Record<string, number>> = {
  steps: 20,
  searches: 3,
  queryBudget: 60,
  firstEstimate: 10,
  startTries: 20,
  draws: 12,
};

function cheaply({ parameters }: Attack, chosen: AttackParameters = {}): AttackParameters {
  // Of an attack by gradients a draw costs a gradient at every step.
  const draws = 'steps' in parameters ? { draws: 3 } : {};
  const usual = Object.entries({ ...EFFORT, ...draws }).filter(([name]) => name in parameters);
  return { ...Object.fromEntries(usual), ...chosen };
}

async function attacked(
  attack: Attack,
  options: Partial<SweepOptions> & { batchSize?: number; model?: keyof typeof models } = {},
) {
  const { batchSize = 16, model = 'dense', parameters, ...rest } = options;
  const classifier = await classifierOf(models[model](), { batchSize });
  const objective = objectives['cross-entropy'];
  const work = {
    attack,
    parameters: cheaply(attack, parameters),
    images,
    labels,
    budgets: budgetsOf(attack),
  };
  const result = await sweep({ classifier, objective, ...work, ...rest });
  await classifier.release();
  return result;
}

/** Models, and two sizes of batches: 16 and 7 leave a smaller last one, 40 fit exactly, 128 never come. */
const divisions = [
  ['dense', 16, 128],
  ['hashed and inhibited', 40, 7],
] as const;

/** One by one takes the longest by far: the first inputs, which must not notice that the others are gone. */
const ALONE = 8;
const firstInputs = { images: rows(images, 0, ALONE), labels: labels.slice(0, ALONE) };

/** The run that most checks look at, made once for each attack: the dense model in batches of 16. */
const shared = new Map<Attack, Promise<SweepResult>>();
function sharedRun(attack: Attack): Promise<SweepResult> {
  const found = shared.get(attack) ?? attacked(attack, { keepAdversarial: true });
  shared.set(attack, found);
  return found;
}

/** Everything that must not depend on how the work was divided. */
const outcome = ({ smallest, clean, predictions, points, cleanAccuracy }: SweepResult) => ({
  smallest,
  clean,
  predictions,
  points,
  cleanAccuracy,
});

/**
 * What was kept lies inside the ball of the smallest successful budget, or of the largest, and inside the
 * bounds.
 */
function expectHonest(attack: Attack, { adversarial, smallest }: SweepResult) {
  const budgets = budgetsOf(attack);
  expect(adversarial!.data.every((v) => v >= 0 && v <= 1)).toBe(true);
  perturbationSizes(images, adversarial!, attack.norm).forEach((size, n) => {
    expect(size).toBeLessThanOrEqual(budgets[smallest[n] === -1 ? budgets.length - 1 : smallest[n]!]! + 1e-5);
  });
}

/** What was kept fools the model exactly where the sweep says so. */
function expectJudged({ smallest, clean }: SweepResult, predictions: Int32Array) {
  smallest.forEach((b, n) => {
    expect(predictions[n] !== clean[n], `image ${n}`).toBe(b !== -1);
  });
}

function accepted(attack: Attack, parameters: AttackParameters): boolean {
  try {
    resolveParameters(attack, parameters);
    return true;
  } catch {
    return false;
  }
}

/**
 * Every choice of every parameter that is one, and every two of them together. Where the attack refuses them
 * without another (the search of an iterative attack), the first choice that makes them go together joins
 * them.
 */
function variantsOf(attack: Attack): AttackParameters[] {
  const { parameters } = attack;
  const unusual = Object.entries(parameters).flatMap(([name, parameter]) =>
    parameter.kind === 'choice'
      ? parameter.choices.filter((c) => c !== parameter.default).map((c) => [name, c] as const)
      : [],
  );
  const pairs = unusual.flatMap((a, i) =>
    unusual
      .slice(i + 1)
      .filter((b) => b[0] !== a[0])
      .map((b) => [a, b]),
  );
  const all = [...unusual.map((a) => [a]), ...pairs].map((chosen): AttackParameters => {
    const asked = Object.fromEntries(chosen);
    if (accepted(attack, asked)) return asked;
    const joined = unusual.map(([name, choice]) => ({ [name]: choice, ...asked }));
    return joined.find((completed) => accepted(attack, completed)) ?? asked;
  });
  const sorted = (variant: AttackParameters) => JSON.stringify(Object.entries(variant).sort());
  return [...new Map(all.map((variant) => [sorted(variant), variant])).values()];
}
const variants = Object.values<Attack>(attacks).flatMap((attack) =>
  variantsOf(attack).map(
    (parameters) => [`${attack.name} ${JSON.stringify(parameters)}`, attack, parameters] as const,
  ),
);

describe.each(variants)('variant %s', (_, attack, parameters) => {
  it(
    'stays inside ball and bounds, succeeds more often with more, is honest, and ignores the ' + 'batch size',
    async () => {
      const options = { parameters, keepAdversarial: true, model: 'hashed and inhibited' } as const;
      const whole = await attacked(attack, { ...options, batchSize: 128 });
      expectHonest(attack, whole);
      const counts = whole.points.map((p) => p.success.count);
      expect(counts).toEqual([...counts].sort((a, b) => a - b));
      expect(counts[0]).toBe(0);
      const classifier = await classifierOf(models['hashed and inhibited'](), { batchSize: 1 });
      expectJudged(whole, await classifier.predict(whole.adversarial!));
      await classifier.release();
      const cut = await attacked(attack, { ...options, batchSize: 7 });
      expect(outcome(cut)).toEqual(outcome(whole));
      expect(cut.stuck).toEqual(whole.stuck);
      // Batches of other sizes round gradients differently in their last bit.
      const dropped = await attacked(attack, { ...options, batchSize: 128, dropFooled: true });
      expect(dropped.smallest).toEqual(whole.smallest);
      expect(dropped.adversarial).toEqual(whole.adversarial);
    },
  );
});

describe.each(Object.entries(attacks))('attack %s', (name, attack) => {
  it('describes itself completely', () => {
    expect(attack.name).toBe(name);
    for (const text of [attack.title, attack.source, attack.budget.help]) expect(text).not.toBe('');
    expect(attack.budget.name).toMatch(/^[a-z][A-Za-z]*$/);
    const { default: usual, minimum, maximum } = attack.budget;
    expect(usual.length).toBeGreaterThan(0);
    expect([...usual].sort((a, b) => a - b)).toEqual(usual);
    expect(usual[0]).toBeGreaterThanOrEqual(minimum);
    expect(usual.at(-1)).toBeLessThanOrEqual(maximum);
  });

  it('stays inside ball and bounds, and what it keeps fools the model', async () => {
    const result = await sharedRun(attack);
    expectHonest(attack, result);
    // A fresh classifier, one image at a time.
    const classifier = await classifierOf(dense(), { batchSize: 1 });
    const predictions = await classifier.predict(result.adversarial!);
    expect(await classifier.predict(images)).toEqual(result.clean);
    expectJudged(result, predictions);
    await classifier.release();
  });

  it('succeeds more and more often as the budget grows, never without a budget', async () => {
    const { points } = await sharedRun(attack);
    const counts = points.map((p) => p.success.count);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts[0]).toBe(0);
    // RayS starts at corners of the range of values, which this random network sees as one class.
    if (attack.name !== 'rays') expect(counts.at(-1)).toBeGreaterThan(0);
  });

  it('has rates that add up', async () => {
    const result = await sharedRun(attack);
    const correct = [...result.clean].filter((c, n) => c === labels[n]).length;
    expect(result.cleanAccuracy).toMatchObject({ count: correct, total: COUNT });
    result.points.forEach(({ success, successAtBudget, robustAccuracy }, b) => {
      const changed = [...result.predictions[b]!].map((p, n) => p !== result.clean[n]);
      expect(successAtBudget).toMatchObject({ count: changed.filter(Boolean).length, total: COUNT });
      expect(success.count).toBe([...result.smallest].filter((s) => s !== -1 && s <= b).length);
      const robust = changed.filter((isChanged, n) => !isChanged && result.clean[n] === labels[n]).length;
      expect(robustAccuracy).toMatchObject({ count: robust, total: COUNT });
      expect(success.count).toBeGreaterThanOrEqual(successAtBudget.count);
      expect(robust).toBeLessThanOrEqual(correct);
      expect(result.untouched[b]!.count + successAtBudget.count).toBeLessThanOrEqual(COUNT);
    });
  });

  it.each(divisions)('does not depend on the batch size, %s model', async (model, batchSize, other) => {
    const whole = outcome(
      model === 'dense' ? await sharedRun(attack) : await attacked(attack, { batchSize, model }),
    );
    expect(outcome(await attacked(attack, { batchSize: other, model }))).toEqual(whole);
    const alone = await attacked(attack, { batchSize: 1, model, ...firstInputs });
    expect(alone.smallest).toEqual(whole.smallest.slice(0, ALONE));
    expect(alone.clean).toEqual(whole.clean.slice(0, ALONE));
    expect(alone.predictions).toEqual(whole.predictions.map((classes) => classes.slice(0, ALONE)));
  });

  it('gives the same again for the same seed', async () => {
    expect(await attacked(attack, { keepAdversarial: true })).toEqual(await sharedRun(attack));
  });

  it('dropping the fooled changes neither success nor the smallest budget', async () => {
    const all = await sharedRun(attack);
    const dropped = await attacked(attack, { keepAdversarial: true, dropFooled: true });
    expect(dropped.smallest).toEqual(all.smallest);
    expect(dropped.points.map((p) => p.success)).toEqual(all.points.map((p) => p.success));
    // The engine rounds by the number of rows, and many steps enlarge a last bit.
    expect(largestDifference(dropped.adversarial!.data, all.adversarial!.data)).toBeLessThan(1e-3);
    // An input that left counts as it was when it left.
    expect(dropped.points.map((p) => p.successAtBudget.count)).toEqual(
      all.points.map((p) => p.success.count),
    );
  });

  it('cannot fool a constant model', async () => {
    const classifier = await classifierOf(linearModel([Array(6).fill(0), Array(6).fill(0)], [0, 1]));
    const x = uniform([9, 1, 1, 6], 0, 1, 'constant');
    const objective = objectives['cross-entropy'];
    const result = await sweep({
      attack,
      parameters: cheaply(attack),
      classifier,
      objective,
      images: x,
      labels: Array(9).fill(1),
      budgets: budgetsOf(attack),
    });
    expect(result.points.every((p) => p.success.count === 0 && p.robustAccuracy.value === 1)).toBe(true);
    if (result.gradient) {
      expect(result.gradient.zeroElements).toBe(1);
      expect(result.gradient.zeroInputs).toMatchObject({ count: 9, total: 9 });
      expect(result.untouched.at(-1)!.count).toBe(9);
    }
    await classifier.release();
  });
});

describe.each(Object.entries(attacks))('planted vulnerability: attack %s', (_, attack) => {
  it('finds the adversarial inputs that must exist', async () => {
    // A hidden trigger: whatever the other elements are, class 1 wins as soon as one element is large. Any
    // input can be
    // fooled within the largest budget, and along a direction that the gradient shows.
    const width = 8;
    // Class 0 loses by that element, too: a saliency map asks for both.
    const weights = [-1, 3].map((slope) => Array.from({ length: width }, (_, i) => (i === 3 ? slope : 0)));
    const classifier = await classifierOf(linearModel(weights, [2, 0]));
    const x = uniform([25, 1, 1, width], 0, 0.45, 'planted');
    const objective = objectives['cross-entropy'];
    const budgets = [attack.budget.maximum];
    const result = await sweep({
      attack,
      classifier,
      objective,
      images: x,
      labels: Array(25).fill(0),
      budgets,
    });
    expect(result.cleanAccuracy.value).toBe(1);
    expect(result.points[0]!.success).toMatchObject({ count: 25, total: 25 });
    expect(result.points[0]!.robustAccuracy.count).toBe(0);
    await classifier.release();
  });
});

it('random attacks draw other numbers for another seed', async () => {
  const keep = (seed: number) => attacked(attacks.noise, { seed, keepAdversarial: true });
  expect((await keep(1)).adversarial).not.toEqual((await keep(2)).adversarial);
});
