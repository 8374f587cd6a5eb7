import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../src/node/store/memory-store.js';
import { type Plan, parametersOf } from '../../../src/node/work/plan.js';
import { settleThreads } from '../../../src/node/work/settled-threads.js';
import { keyedSteps } from '../../../src/node/work/step-keys.js';
import { context, measuring, planOf, training } from '../../support/plans.js';

const threadsIn = ({ steps }: Plan) =>
  steps.flatMap((step) => (step.kind === 'train' ? [parametersOf(step, 'train').threads] : []));
const plan = planOf(training('a'), measuring('of a', 'a'), training('b', 2));

describe('threads of a plan', () => {
  it(
    'stay what they were when it was planned first, whatever it is called and how many ' + 'there are now',
    async () => {
      const store = new MemoryStore();
      const first = await settleThreads(planOf(training('a')), store, context, 2);
      expect(threadsIn(first)).toEqual([2]);
      const second = await settleThreads(plan, store, { ...context, threads: 'of 64 cores' }, 8);
      expect(threadsIn(second)).toEqual([2, 8]);
      const [again] = keyedSteps(second, context);
      expect(again?.key).toBe(keyedSteps(first, { ...context, threads: 7 })[0]?.key);
      // What does not depend on threads is left alone.
      expect(second.steps[1]).toEqual(plan.steps[1]);
    },
  );

  it('are decided anew for other devices and versions', async () => {
    const store = new MemoryStore();
    await settleThreads(plan, store, context, 2);
    expect(threadsIn(await settleThreads(plan, store, { ...context, device: 'cuda' }, 4))).toEqual([4, 4]);
    expect(threadsIn(await settleThreads(plan, store, { ...context, toolkit: '2' }, 4))).toEqual([4, 4]);
  });

  it('are those that a step asks for', async () => {
    const asking = { ...training('a'), parameters: { ...training('a').parameters, threads: 3 } };
    const store = new MemoryStore();
    expect(threadsIn(await settleThreads(planOf(asking), store, context, 2))).toEqual([3]);
    expect(threadsIn(await settleThreads(planOf(training('a')), store, context, 2))).toEqual([2]);
  });

  it('are decided anew when the decision is damaged', async () => {
    const store = new MemoryStore();
    const settled = { find: store.step.bind(store) };
    const names: [string, string][] = [];
    store.step = (name, key) => {
      names.push([name, key]);
      return settled.find(name, key);
    };
    await settleThreads(planOf(training('a')), store, context, 2);
    const place = settled.find(...names[0]!);
    await place.discard();
    await place.commit(new Map(), { threads: 'many' });
    expect(threadsIn(await settleThreads(planOf(training('a')), store, context, 4))).toEqual([4]);
  });
});
