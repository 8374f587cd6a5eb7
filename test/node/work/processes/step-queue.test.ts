import { describe, expect, it } from 'vitest';
import { PlanState } from '../../../../src/node/work/plan-state.js';
import { StepQueue } from '../../../../src/node/work/processes/step-queue.js';
import { context, measuring, planOf, resultOf, training } from '../../../support/plans.js';

const queueOf = (...steps: Parameters<typeof planOf>) => {
  const plan = planOf(...steps);
  return new StepQueue(plan, new PlanState(plan, context));
};

/** Whether a promise is settled by now. */
const isSettled = (promise: Promise<unknown>) =>
  Promise.race([
    promise.then(() => true),
    new Promise<false>((resolve) => setTimeout(() => resolve(false), 10)),
  ]);

describe('the queue', () => {
  it('begins with the longest chain', async () => {
    // The second training is shorter, but much is measured behind it.
    const queue = queueOf(training('a', 1, 3), training('b', 2, 2), measuring('of b', 'b', 9999));
    expect([(await queue.take())?.id, (await queue.take())?.id]).toEqual(['b', 'a']);
  });

  it('hands a step out when its inputs exist, and ends when nothing is left', async () => {
    const queue = queueOf(training('a'), measuring('of a', 'a'));
    const first = await queue.take();
    const second = queue.take();
    expect(await isSettled(second)).toBe(false);
    expect(queue.finish(resultOf(first?.key ?? '')).map(({ step }) => step.id)).toEqual(['a']);
    expect((await second)?.id).toBe('of a');
    const third = queue.take();
    expect(await isSettled(third)).toBe(false);
    queue.finish(resultOf((await second)?.key ?? ''));
    expect(await third).toBeUndefined();
  });

  it('gives one training to one worker, whatever it is called', async () => {
    const queue = queueOf(training('a'), training('again'), training('other', 2));
    const [first] = [await queue.take(), await queue.take()];
    const third = queue.take();
    expect(await isSettled(third)).toBe(false);
    expect(queue.finish(resultOf(first?.key ?? '')).map(({ step, found }) => [step.id, found])).toEqual([
      ['a', false],
      ['again', true],
    ]);
  });

  it('lets a worker go on with the model that it has, but for what takes much longer', async () => {
    const queue = queueOf(
      training('a', 1, 9),
      training('b', 2, 9),
      measuring('of a', 'a', 100),
      measuring('of b', 'b', 150),
      measuring('of b, long', 'b', 1000),
    );
    const [b, a] = [await queue.take(), await queue.take()];
    for (const step of [a, b]) queue.finish(resultOf(step?.key ?? ''));
    const long = await queue.take(a);
    expect(long?.id).toBe('of b, long');
    expect((await queue.take(a))?.id).toBe('of a');
    expect((await queue.take(a))?.id).toBe('of b');
  });

  it('hands out nothing after it was closed', async () => {
    const queue = queueOf(training('a'), training('b', 2), measuring('of a', 'a'));
    await queue.take();
    await queue.take();
    const waiting = queue.take();
    queue.close();
    expect(await waiting).toBeUndefined();
    expect(await queue.take()).toBeUndefined();
  });
});
