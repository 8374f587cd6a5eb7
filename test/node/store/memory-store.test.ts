import { describe, expect, it } from 'vitest';
import { contentKey } from '../../../src/node/store/keys.js';
import { MemoryStore } from '../../../src/node/store/memory-store.js';

describe('memory', () => {
  it('keeps bytes as they were, whoever changes theirs', async () => {
    const store = new MemoryStore();
    const bytes = Uint8Array.of(1, 2, 3);
    const hash = await store.put(bytes);
    const step = store.step('train', contentKey(1));
    await step.commit(new Map([['a', bytes]]), {});
    bytes.fill(9);
    expect(await store.get(hash)).toEqual(Uint8Array.of(1, 2, 3));
    expect(await (await step.find())?.artifacts.get('a')?.read()).toEqual(Uint8Array.of(1, 2, 3));
  });
});
