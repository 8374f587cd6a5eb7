import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { parseReshaping, reshapeAll } from '../../../src/core/reshaping/index.js';
import type { CheckpointStore } from '../../../src/core/training/checkpoint.js';
import type { FitResult, TrainingPlan } from '../../../src/core/training/fit.js';
import { MemoryStore, quadrants, tinyPlan, train, valuesOf } from '../../support/training.js';

// 50 images in batches of 8: the last batch of each of three epochs is smaller, 21 steps in all.
const split = quadrants(50);
const STEPS = 21;
const model = () => reshapeAll(buildModel('1x6x6-C3k3-F8-4', { seed: 1 }), parseReshaping('hash:1/2'), 1);

/** Trains until `steps` more steps are done, then gives up. */
async function interruptedAfter(steps: number, store: CheckpointStore, plan: TrainingPlan = tinyPlan) {
  const controller = new AbortController();
  let done = 0;
  const onProgress = () => {
    done += 1;
    if (done === steps) controller.abort();
  };
  const checkpoint = { store, key: 'k' };
  return train(model(), split, plan, { checkpoint, signal: controller.signal, onProgress });
}

const resumed = (store: CheckpointStore, plan?: TrainingPlan, key = 'k') =>
  train(model(), split, plan, { checkpoint: { store, key } });

const same = (a: FitResult, b: FitResult) => {
  expect(valuesOf(a.model)).toEqual(valuesOf(b.model));
  expect(a.history).toEqual(b.history);
  expect(a.images).toBe(b.images);
};

describe('training', () => {
  it('gives the same bits for the same plan and others for another seed', async () => {
    const [a, b] = [await train(model(), split), await train(model(), split)];
    same(a, b);
    const other = await train(model(), split, { ...tinyPlan, seed: 6 });
    expect(valuesOf(other.model)).not.toEqual(valuesOf(a.model));
  });

  it.each(['adam', 'sgd'] as const)(
    'interrupted at any step and resumed is training in one go, %s',
    async (optimizer) => {
      const plan = { ...tinyPlan, optimizer };
      const whole = await train(model(), split, plan);
      // The first step, inside an epoch, at its end, right behind it, the last but one.
      for (const steps of [1, 5, 7, 8, STEPS - 1]) {
        const store = new MemoryStore();
        await expect(interruptedAfter(steps, store, plan)).rejects.toMatchObject({ code: 'interrupted' });
        expect(store.saves).toBe(1);
        same(await resumed(store, plan), whole);
      }
    },
  );

  it('resumes with augmentation and weight decay to the same bits', async () => {
    const plan = { ...tinyPlan, augmentation: 'flip+shift:2', weightDecay: 0.5 };
    const whole = await train(model(), split, plan);
    for (const steps of [1, 7, 10, STEPS - 1]) {
      const store = new MemoryStore();
      await expect(interruptedAfter(steps, store, plan)).rejects.toMatchObject({ code: 'interrupted' });
      same(await resumed(store, plan), whole);
    }
  });

  it.each(['fgsm-rs:0.2,warm-up=0.5', 'pgd:0.2,steps=3'])(
    'resumes against an adversary to the same bits, %s',
    async (adversary) => {
      const plan = { ...tinyPlan, adversary };
      const whole = await train(model(), split, plan);
      expect(valuesOf(whole.model)).not.toEqual(valuesOf((await train(model(), split)).model));
      for (const steps of [1, 7, 10, STEPS - 1]) {
        const store = new MemoryStore();
        await expect(interruptedAfter(steps, store, plan)).rejects.toMatchObject({ code: 'interrupted' });
        same(await resumed(store, plan), whole);
      }
    },
  );

  it('resumes a distillation to the same bits, in either half and between them', async () => {
    const plan = { ...tinyPlan, distillation: 5, augmentation: 'shift:1' };
    const whole = await train(model(), split, plan);
    // Inside the teacher's training, right before its end, at it, the student's first step,
    // and inside the student's.
    for (const steps of [5, STEPS - 1, STEPS, STEPS + 1, STEPS + 9, 2 * STEPS - 1]) {
      const store = new MemoryStore();
      await expect(interruptedAfter(steps, store, plan)).rejects.toMatchObject({ code: 'interrupted' });
      same(await resumed(store, plan), whole);
    }
  });

  it('resumes with batch normalization, an adversary, and a teacher that has both', async () => {
    const normalized = () => buildModel('1x6x6-C3k3b-F8b-4', { seed: 1 });
    for (const extra of [{ adversary: 'pgd:0.1,steps=2' }, { distillation: 5 }]) {
      const plan = { ...tinyPlan, ...extra };
      const whole = await train(normalized(), split, plan);
      const store = new MemoryStore();
      const killed = new Error('killed');
      let steps = 0;
      const onProgress = () => {
        steps += 1;
        if (steps === STEPS - 3 || steps === STEPS + 3) throw killed;
      };
      const checkpoint = { store, key: 'k', everySeconds: 0 };
      await expect(train(normalized(), split, plan, { checkpoint, onProgress })).rejects.toBe(killed);
      if ('distillation' in extra) {
        steps = STEPS - 3;
        await expect(train(normalized(), split, plan, { checkpoint, onProgress })).rejects.toBe(killed);
      }
      same(await train(normalized(), split, plan, { checkpoint }), whole);
    }
  });

  it('survives being interrupted again and again', async () => {
    const store = new MemoryStore();
    for (let i = 0; i < 4; i++)
      await expect(interruptedAfter(5, store)).rejects.toMatchObject({ code: 'interrupted' });
    same(await resumed(store), await train(model(), split));
  });

  it('killed without warning resumes from the last checkpoint', async () => {
    const store = new MemoryStore();
    const killed = new Error('killed');
    let steps = 0;
    const onProgress = () => {
      steps += 1;
      if (steps === 11) throw killed;
    };
    const checkpoint = { store, key: 'k', everySeconds: 0 };
    await expect(train(model(), split, tinyPlan, { checkpoint, onProgress })).rejects.toBe(killed);
    expect(store.saves).toBe(10);
    same(await resumed(store), await train(model(), split));
  });

  it('whose last step is done is finished, signal or not', async () => {
    const result = await interruptedAfter(STEPS, new MemoryStore());
    same(result, await train(model(), split));
  });

  it('stops without a checkpoint too', async () => {
    const signal = AbortSignal.abort();
    await expect(train(model(), split, tinyPlan, { signal })).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('starts afresh from a checkpoint of another training or a damaged one', async () => {
    const whole = await train(model(), split);
    const store = new MemoryStore();
    await expect(interruptedAfter(10, store)).rejects.toMatchObject({ code: 'interrupted' });
    const good = store.bytes!;
    same(await resumed(store, tinyPlan, 'another key'), whole);
    for (const bytes of [
      new Uint8Array(0),
      good.subarray(0, good.length / 2),
      good.map((b, i) => (i === 3000 ? b ^ 1 : b)),
    ]) {
      store.bytes = bytes;
      const seen: number[] = [];
      same(
        await train(model(), split, tinyPlan, {
          checkpoint: { store, key: 'k' },
          onProgress: (p) => seen.push(p.images),
        }),
        whole,
      );
      expect(seen.length).toBe(STEPS);
    }
  });
});
