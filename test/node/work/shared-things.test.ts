import { describe, expect, it } from 'vitest';
import { SharedThings } from '../../../src/node/work/shared-things.js';

/** Things that say when they are made and freed. */
function things(known?: ReadonlyMap<string, unknown>) {
  const log: string[] = [];
  const shared = new SharedThings(known);
  const get = (name: string) =>
    shared.get(name, async () => {
      log.push(`make ${name}`);
      return { name, release: async () => void log.push(`free ${name}`) };
    });
  return { shared, get, log };
}

describe('things that steps share', () => {
  it('are made once, also when two ask at once', async () => {
    const { get, log } = things();
    const [a, b] = await Promise.all([get('a'), get('a')]);
    expect(a).toBe(b);
    expect(await get('a')).toBe(a);
    expect(log).toEqual(['make a']);
  });

  it('are freed when others were used since, but never while a step may use them', async () => {
    const { shared, get, log } = things();
    for (const name of ['a', 'b', 'c', 'd']) await get(name);
    await shared.tidy();
    // All of them were used by the step that has just ended.
    expect(log.filter((line) => line.startsWith('free'))).toEqual([]);
    await get('b');
    await shared.tidy();
    expect(log.filter((line) => line.startsWith('free'))).toEqual(['free a']);
    await get('a');
    expect(log.at(-1)).toBe('make a');
    await shared.release();
    expect(log.filter((line) => line.startsWith('free'))).toHaveLength(5);
  });

  it('are made again when that failed', async () => {
    const { shared, get } = things();
    await expect(shared.get('a', () => Promise.reject(new Error('no memory')))).rejects.toThrow('no memory');
    expect(await get('a')).toMatchObject({ name: 'a' });
  });

  it('that the caller has are used as they are, and not freed', async () => {
    const { shared, get, log } = things(new Map([['a', 'mine']]));
    expect(await get('a')).toBe('mine');
    await shared.tidy();
    await shared.release();
    expect(log).toEqual([]);
  });
});
