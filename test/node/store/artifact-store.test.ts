import { describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../../src/node/store/artifact-store.js';
import { contentKey, sha256 } from '../../../src/node/store/keys.js';
import { MemoryStore } from '../../../src/node/store/memory-store.js';
import { RunDirectory } from '../../../src/node/store/run-directory.js';
import { useTemporaryFolders } from './temporary.js';

const temporaryFolder = useTemporaryFolders();
const key = contentKey('a step');
const bytes = Uint8Array.of(1, 2, 3);
const text = (content: Uint8Array | undefined) => content && new TextDecoder().decode(content);

/** Every store keeps what the interface promises. A new one is one line here. */
const stores: Readonly<Record<string, () => Promise<ArtifactStore>>> = {
  folder: () => RunDirectory.open(temporaryFolder()),
  memory: async () => new MemoryStore(),
};

describe.each(Object.entries(stores))('a store: %s', (_, open) => {
  const artifacts = new Map<string, Uint8Array | string>([
    ['model.onnx', bytes],
    ['notes.txt', 'täglich'],
  ]);

  it('gives back what was committed, and knows its sizes and hashes before', async () => {
    const store = await open();
    expect(await store.step('train', key).find()).toBeUndefined();
    const committed = await store.step('train', key).commit(artifacts, { loss: [0.5], none: undefined });
    for (const record of [committed, await store.step('train', key).find()]) {
      expect(record?.meta).toEqual({ loss: [0.5] });
      const model = record?.artifacts.get('model.onnx');
      expect(model).toMatchObject({ bytes: 3, sha256: sha256(bytes) });
      expect(await model?.read()).toEqual(bytes);
      expect(record?.artifacts.get('notes.txt')?.bytes).toBe(8);
      expect(text(await record?.artifacts.get('notes.txt')?.read())).toBe('täglich');
    }
    expect(await store.step('attack', key).find()).toBeUndefined();
    expect(await store.step('train', contentKey('another')).find()).toBeUndefined();
  });

  it('keeps the first of two that commit the same step, and tells the second', async () => {
    const store = await open();
    await store.step('train', key).commit(artifacts, { writer: 1 });
    const second = await store.step('train', key).commit(new Map([['b', 'x']]), { writer: 2 });
    expect([second.meta, [...second.artifacts.keys()]]).toEqual([{ writer: 1 }, ['model.onnx', 'notes.txt']]);
    expect((await store.step('train', key).find())?.meta).toEqual({ writer: 1 });
  });

  it('reads an artifact by the hash of its bytes alone', async () => {
    const store = await open();
    const step = store.step('train', key);
    await step.commit(artifacts, {});
    expect(await step.read('model.onnx', sha256(bytes))).toEqual(bytes);
    await expect(step.read('model.onnx', sha256('others'))).rejects.toThrowError(/model\.onnx.*damaged/);
    await expect(step.read('missing', sha256(bytes))).rejects.toThrowError(/missing.*damaged/);
  });

  it('keeps unfinished work until its step is committed', async () => {
    const store = await open();
    const { scratch } = store.step('train', key);
    expect(await scratch.read('checkpoint')).toBeUndefined();
    await scratch.write('checkpoint', 'one');
    await scratch.write('checkpoint', 'two');
    await scratch.write('other', bytes);
    expect(text(await store.step('train', key).scratch.read('checkpoint'))).toBe('two');
    expect(await store.step('train', contentKey('another')).scratch.read('checkpoint')).toBeUndefined();
    await scratch.remove('other');
    await scratch.remove('never there');
    expect(await scratch.read('other')).toBeUndefined();
    await store.step('train', key).discard();
    expect(text(await scratch.read('checkpoint'))).toBe('two');
    await store.step('train', key).commit(artifacts, {});
    expect(await scratch.read('checkpoint')).toBeUndefined();
  });

  it('forgets a step that is discarded', async () => {
    const store = await open();
    await store.step('train', key).commit(artifacts, {});
    await store.step('train', key).discard();
    await store.step('train', key).discard();
    expect(await store.step('train', key).find()).toBeUndefined();
  });

  it('finds bytes by their hash', async () => {
    const store = await open();
    const hash = await store.put(bytes);
    expect(hash).toBe(sha256(bytes));
    expect(await store.put(bytes)).toBe(hash);
    expect(await store.get(hash)).toEqual(bytes);
    expect(await store.get(sha256('others'))).toBeUndefined();
    await expect(store.get('../x')).rejects.toThrowError(/expected 64 hexadecimal digits/);
  });

  it.each([
    ['../x', key],
    ['', key],
    ['train', 'abc'],
    ['train', key.toUpperCase()],
  ])('refuses the name "%s" with the key %s', async (name, wrong) => {
    const store = await open();
    expect(() => store.step(name, wrong)).toThrowError(/of a step/);
  });
});
