import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contentKey, sha256 } from '../../../src/node/store/keys.js';
import { RunDirectory } from '../../../src/node/store/run-directory.js';
import { useTemporaryFolders } from './temporary.js';

const temporaryFolder = useTemporaryFolders();
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const key = contentKey({ seed: 1 });
const artifacts = new Map<string, Uint8Array | string>([
  ['model.onnx', Uint8Array.of(1, 2, 3)],
  ['figures/loss.json', '{"täglich": 1}'],
  ['empty', ''],
]);
const meta = { epochs: 3, loss: [0.5, 0.25], note: undefined, zero: -0 };

async function committed() {
  const run = await RunDirectory.open(temporaryFolder());
  const step = run.step('train', key);
  await step.commit(artifacts, meta);
  return { run, step, folder: join(run.root, step.folderName) };
}

describe('a step', () => {
  it('is absent until it is committed, then holds exactly what was given', async () => {
    const run = await RunDirectory.open(temporaryFolder());
    const step = run.step('train', key);
    expect(step.folderName).toBe(`steps/train-${key.slice(0, 16)}`);
    expect(await step.find()).toBeUndefined();
    await step.commit(artifacts, meta);
    const record = (await run.step('train', key).find())!;
    expect(record.meta).toEqual({ epochs: 3, loss: [0.5, 0.25], zero: 0 });
    expect([...record.artifacts.keys()]).toEqual([...artifacts.keys()]);
    expect(await record.artifacts.get('model.onnx')!.read()).toEqual(Uint8Array.of(1, 2, 3));
    expect(text(await record.artifacts.get('figures/loss.json')!.read())).toBe('{"täglich": 1}');
    expect((await record.artifacts.get('empty')!.read()).length).toBe(0);
    expect(record.artifacts.get('empty')).toMatchObject({ bytes: 0, sha256: sha256('') });
    expect(await run.step('train', contentKey({ seed: 2 })).find()).toBeUndefined();
    expect(await run.step('other', key).find()).toBeUndefined();
    await run.close();
  });

  it('replaces a damaged one as a whole', async () => {
    const { run, step, folder } = await committed();
    await writeFile(join(folder, 'model.onnx'), 'damaged');
    await step.commit(new Map([['b', 'new']]));
    expect((await readdir(folder)).sort()).toEqual(['b', 'step.json']);
    expect(await readdir(join(run.root, 'steps'))).toEqual([step.folderName.slice('steps/'.length)]);
    await run.close();
  });

  it('is not read when an artifact was changed after it was found', async () => {
    const { run, step, folder } = await committed();
    const model = (await step.find())!.artifacts.get('model.onnx')!;
    await writeFile(join(folder, 'model.onnx'), Uint8Array.of(3, 2, 1));
    await expect(model.read()).rejects.toThrowError(/model\.onnx of steps\/train-.*damaged data/);
    await rm(join(folder, 'model.onnx'));
    await expect(model.read()).rejects.toThrowError(/damaged data/);
    await run.close();
  });

  it('tolerates notes that a person put beside its artifacts', async () => {
    const { run, step, folder } = await committed();
    await writeFile(join(folder, 'notes.txt'), 'the good one');
    expect(await step.find()).toBeDefined();
    await run.close();
  });

  it.each<[string, (folder: string) => Promise<unknown>]>([
    ['a changed artifact', (folder) => writeFile(join(folder, 'model.onnx'), Uint8Array.of(1, 2, 4))],
    ['a shortened artifact', (folder) => writeFile(join(folder, 'model.onnx'), Uint8Array.of(1, 2))],
    ['a missing artifact', (folder) => rm(join(folder, 'figures'), { recursive: true })],
    ['a missing list', (folder) => rm(join(folder, 'step.json'))],
    ['a list cut short', (folder) => edit(folder, (text) => text.slice(0, -20))],
    ['a changed number', (folder) => edit(folder, (text) => text.replace('"epochs": 3', '"epochs": 4'))],
    ['another key', (folder) => edit(folder, (text) => text.replace(key, contentKey(2)))],
    ['an empty list', (folder) => edit(folder, () => '')],
    ['a list that is no object', (folder) => edit(folder, () => '[]')],
  ])('with %s counts as absent and is removed', async (_, damage) => {
    const { run, step, folder } = await committed();
    await damage(folder);
    expect(await step.find()).toBeUndefined();
    expect(existsSync(folder)).toBe(false);
    await step.commit(artifacts, meta);
    expect(await step.find()).toBeDefined();
    await run.close();
  });

  it('that the disk refuses to read is not removed', async () => {
    const { run, step, folder } = await committed();
    await rm(join(folder, 'model.onnx'));
    await mkdir(join(folder, 'model.onnx'));
    await expect(step.find()).rejects.toThrowError(/cannot be read/);
    expect(existsSync(join(folder, 'step.json'))).toBe(true);
    await run.close();
  });

  it('is not removed by a reader', async () => {
    const { run, folder } = await committed();
    await run.close();
    await writeFile(join(folder, 'model.onnx'), 'x');
    const reader = await RunDirectory.open(run.root, { readOnly: true });
    expect(await reader.step('train', key).find()).toBeUndefined();
    expect(existsSync(folder)).toBe(true);
    await expect(reader.step('train', key).commit(artifacts)).rejects.toThrowError(/read only/);
  });

  it.each([
    [
      'an artifact outside',
      new Map([
        ['good', 'x'],
        ['../bad', 'x'],
      ]),
    ],
    ['an artifact named as the list', new Map([['./step.json', 'x']])],
    [
      'an artifact below another one',
      new Map([
        ['a', 'x'],
        ['a/b', 'x'],
      ]),
    ],
  ])('with %s leaves nothing behind and keeps the older one', async (_, bad) => {
    const { run, step } = await committed();
    await expect(step.commit(bad)).rejects.toThrowError();
    expect(await readdir(join(run.root, 'steps'))).toEqual([step.folderName.slice('steps/'.length)]);
    expect(await step.find()).toBeDefined();
    await run.close();
  });

  it('that cannot be written names the step, not the draft', async () => {
    const run = await RunDirectory.open(temporaryFolder());
    await writeFile(join(run.root, 'steps'), 'in the way');
    const step = run.step('train', key);
    await expect(step.commit(artifacts)).rejects.toThrowError(
      /steps\/train-[0-9a-f]{16}: cannot be written \(.*file/,
    );
    await run.close();
  });

  it('of several at once is the one of any of them, whole', async () => {
    const { run, step } = await committed();
    // Each with a draft of its own, as processes have.
    await Promise.all(Array.from({ length: 8 }, () => run.step(step.name, step.key).commit(artifacts, meta)));
    expect([...(await step.find())!.artifacts.keys()]).toEqual([...artifacts.keys()]);
    expect(await readdir(join(run.root, 'steps'))).toEqual([step.folderName.slice('steps/'.length)]);
    await run.close();
  });

  it('keeps its scratch folder over a kill, until it is committed', async () => {
    const root = temporaryFolder();
    const first = await RunDirectory.open(root);
    await first.step('train', key).scratch.write('epoch-1.npz', 'weights');
    await first.close();
    const second = await RunDirectory.open(root);
    const step = second.step('train', key);
    expect(await step.find()).toBeUndefined();
    expect(text((await step.scratch.read('epoch-1.npz'))!)).toBe('weights');
    expect(await second.step('train', contentKey(2)).scratch.read('epoch-1.npz')).toBeUndefined();
    await step.commit(artifacts, meta);
    expect(await step.scratch.read('epoch-1.npz')).toBeUndefined();
    expect(await readdir(join(root, 'scratch'))).toEqual([]);
    await second.close();
  });

  it.each([
    ['../x', key],
    ['', key],
    ['a/b', key],
    ['train', 'abc'],
    ['train', key.toUpperCase()],
  ])('refuses name "%s" with key %s', async (name, wrong) => {
    const run = await RunDirectory.open(temporaryFolder());
    expect(() => run.step(name, wrong)).toThrowError(/of a step/);
    await run.close();
  });
});

async function edit(folder: string, change: (text: string) => string): Promise<void> {
  const path = join(folder, 'step.json');
  await writeFile(path, change(await readFile(path, 'utf8')));
}
