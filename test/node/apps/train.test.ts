import { existsSync } from 'node:fs';
import {
  loadDataset,
  loadModel,
  prepare,
  statedByMetadata,
  type TrainOptions,
  train,
  trainReportSchema,
} from 'foolproof/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { SMALL, workplace, writeData } from '../../cli/support.js';
import { dataOf } from '../../support/errors.js';

const place = workplace();
const data = place.path('data.npz');
const options: TrainOptions = { arch: SMALL, kernel: 3, data, epochs: 2, batchSize: 20, threads: 1 };

beforeAll(() => {
  writeData(data);
});

describe('train', () => {
  it('is the command as a function, and writes nothing by itself', async () => {
    const { report, model, file } = await train(options);
    expect(trainReportSchema.parse(report)).toEqual(report);
    expect(report).toMatchObject({ model: { path: null, bytes: file.length }, compression: 'none' });
    expect(report.testAccuracy.total).toBe(40);
    expect(model.metadata.get('foolproof.architecture')).toBe(SMALL);
    expect(place.list()).toEqual(['data.npz']);
  });

  it('leaves a model that says what it takes, so that nothing needs to be tried', async () => {
    const out = place.path('hashed.onnx');
    const loaded = await loadDataset(data);
    await train({ ...options, data: loaded, compression: 'hash:1/4', out });
    expect(existsSync(`${out}.unfinished`)).toBe(false);
    const stated = statedByMetadata(await loadModel(out));
    expect(stated.layout!.value).toBe('NCHW');
    expect(stated.labels!.value).toEqual(loaded.classNames);
    const model = await prepare(out, loaded, { threads: 1 });
    expect(model.provenance.format.candidates).toHaveLength(1);
    expect(model.provenance.format.origins).toMatchObject({ values: 'metadata', labels: 'metadata' });
    await model.release();
  });

  it('resumes from the checkpoint beside the model', async () => {
    const out = place.path('resumed.onnx');
    const heard: (number | null)[] = [];
    const controller = new AbortController();
    const progress = {
      ...{ begin() {}, end() {}, overall() {} },
      advance: (done: number) => void (done >= 120 && controller.abort()),
    };
    const kept = {
      ...options,
      out,
      checkpointEvery: 0,
      onCheckpoint: ({ images }: { images: number | null }) => heard.push(images),
    };
    const { resume } = await dataOf('interrupted', () =>
      train({ ...kept, progress, signal: controller.signal }),
    );
    expect(resume).toBe(`Checkpoint: ${out}.unfinished.`);
    const { file } = await train(kept);
    expect(heard).toEqual([120]);
    expect(file).toEqual((await train(options)).file);
    // Another training replaces it.
    const again = new AbortController();
    const stop = { ...progress, advance: () => again.abort() };
    await dataOf('interrupted', () => train({ ...kept, progress: stop, signal: again.signal }));
    await train({ ...kept, epochs: 1 });
    expect(heard).toEqual([120, null]);
  });

  it('without a place for a checkpoint it is stopped for good', async () => {
    await dataOf('stopped', () => train({ ...options, signal: AbortSignal.abort() }));
  });

  it.each<[string, Partial<TrainOptions>, object]>([
    ['an even kernel', { kernel: 4 }, { option: 'kernel', received: '4' }],
    ['a defence for a compression', { compression: 'inhibit:0.1' }, { option: 'compression' }],
    ['a learning rate that is too high', { learningRate: 1e6 }, { option: 'learningRate' }],
    ['more images than there are', { trainImages: 121 }, { option: 'trainImages' }],
  ])('refuses %s, and names no flag', async (_, more, expected) => {
    const data = await dataOf('bad-value', () => train({ ...options, ...more }));
    expect(data).toMatchObject(expected);
    expect(JSON.stringify(data)).not.toContain('--');
  });

  it('refuses data of other images', async () => {
    const { expected } = await dataOf('data-mismatch', () => train({ ...options, arch: '1x8x8-F4-4' }));
    expect(expected).toBe('images of [1,8,8]');
  });
});
