import { readFileSync } from 'node:fs';
import { targeted } from 'foolproof';
import {
  type AttackOptions,
  attack,
  attackReportSchema,
  loadDataset,
  prepare,
  readNpz,
  statedBy,
  ToolkitError,
} from 'foolproof/node';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { rangeValues } from '../../../src/core/formats/index.js';
import { smallModel, workplace, writeData, writeModel } from '../../cli/support.js';
import { sampleOf, strangerOf } from '../../core/formats/strangers.js';
import { dataOf } from '../../support/errors.js';
import { datasetOf } from '../../support/subjects.js';

const place = workplace();
const [model, other, data] = ['model.onnx', 'other.onnx', 'data.npz'].map(place.path) as [
  string,
  string,
  string,
];
const options: AttackOptions = { model, data, threads: 1, samples: 20, budgets: [0.1, 0.3] };

beforeAll(() => {
  writeModel(model, smallModel('hash:1/4'));
  writeModel(other, smallModel('none'));
  writeData(data);
});

describe('attack', () => {
  it('is the command as a function', async () => {
    const heard: string[] = [];
    const { report, result, indices, flat } = await attack({
      ...options,
      onModel: ({ id }) => heard.push(id),
      onData: ({ name }) => heard.push(name),
    });
    expect(attackReportSchema.parse(report)).toEqual(report);
    expect(heard).toEqual(['npz', 'model']);
    expect(report).toMatchObject({
      attack: { name: 'fgsm', objective: 'cross-entropy', batchSize: 128 },
      samples: { count: 20, seed: 1 },
      // Random weights: as the model says, and no better than chance.
      format: { aboveChance: false, origins: { values: 'metadata' } },
      source: null,
    });
    expect(report.points.map(({ budget }) => budget)).toEqual([0.1, 0.3]);
    expect(indices).toHaveLength(20);
    expect(result.points.map(({ success }) => success)).toEqual(report.points.map(({ success }) => success));
    expect(flat).toEqual([]);
  });

  it('takes a model and data that are there already, and leaves them open', async () => {
    const loaded = await loadDataset(data);
    const prepared = await prepare(model, loaded, { threads: 1 });
    const released = vi.spyOn(prepared, 'release');
    const given = await attack({ ...options, model: prepared, data: loaded, source: other });
    expect(released).not.toHaveBeenCalled();
    const read = await attack({ ...options, source: other });
    const timeless = ({ report }: typeof given) => ({ ...report, dataset: null });
    expect(timeless(given)).toEqual(timeless(read));
    expect(given.report.source!.queries.gradient).toBe(20);
    expect((await prepared.logits(loaded.test.batch([0]).images)).dims).toEqual([1, 4]);
    await prepared.release();
  });

  it('takes what is stated for the attacked model alone', async () => {
    const dims = [3, 6, 5] as const;
    const sample = sampleOf(200, dims);
    const [bytes, unit] = [rangeValues(0, 255), rangeValues(0, 1)];
    const files = [place.path('channels-last.onnx'), place.path('channels-first.onnx')] as const;
    writeModel(files[0], strangerOf({ layout: 'NHWC', ...bytes }, dims));
    writeModel(files[1], strangerOf({ layout: 'NCHW', ...unit }, dims));
    const { report } = await attack({
      ...{ ...options, model: files[0], source: files[1], data: datasetOf(sample.images, sample.labels, 5) },
      stated: statedBy({ layout: 'NHWC', range: [0, 255] }, 'given'),
    });
    expect(report.format!.origins).toMatchObject({ layout: 'given', values: 'given', labels: 'guessed' });
    expect(report.cleanAccuracy.value).toBeGreaterThan(0.8);
    expect(report.points.at(-1)!.success.count).toBeGreaterThan(10);
  });

  it('writes what it is told to', async () => {
    const [saveAdversarial, outcomes] = [place.path('adversarial.npz'), place.path('outcomes.csv')];
    const { result } = await attack({ ...options, saveAdversarial, outcomes });
    const arrays = readNpz(readFileSync(saveAdversarial), { source: saveAdversarial });
    expect(arrays.get('adversarial')!.dims).toEqual([20, 1, 12, 12]);
    expect([...(arrays.get('clean')!.data as Int32Array)]).toEqual([...result.clean]);
    expect(readFileSync(outcomes, 'utf8').trim().split('\n')).toHaveLength(21);
  });

  it.each<[string, Partial<AttackOptions>, object]>([
    ['more samples than there are', { samples: 41 }, { option: 'samples', received: '41' }],
    ['a file of outcomes in no known format', { outcomes: 'a.txt' }, { option: 'outcomes' }],
    ['an unknown attack', { attack: 'fgms' }, { name: 'fgms', nearest: 'fgsm' }],
    ['an unknown parameter', { parameters: { tau: 1 } }, { name: 'tau' }],
  ])('refuses %s, and names no flag', async (_, more, expected) => {
    const error = await attack({ ...options, ...more }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ToolkitError);
    expect((error as ToolkitError).data).toMatchObject(expected);
    expect((error as ToolkitError).message).not.toMatch(/--[a-z]|flag/);
  });

  it('refuses an objective that would change nothing', async () => {
    const given = { ...options, attack: 'jsma', objective: 'cross-entropy', budgets: [2] };
    const { what, option } = await dataOf('nothing-to-do', () => attack(given));
    expect(what).toMatch(/^jsma follows no objective/);
    expect(option).toBe('objective');
    const { objective: _, ...silent } = given;
    expect((await attack({ ...silent, samples: 2 })).report.attack.objective).toBeNull();
  });

  it('stops at the signal', async () => {
    const { what } = await dataOf('stopped', () => attack({ ...options, signal: AbortSignal.abort() }));
    expect(what).toBe('attack');
    const controller = new AbortController();
    const late = { ...options, signal: controller.signal, onModel: () => controller.abort() };
    await dataOf('stopped', () => attack(late));
  });
});

describe('the criterion of an attack', () => {
  const run = (criterion?: AttackOptions['criterion']) =>
    attack({ ...options, ...(criterion !== undefined && { criterion }) });

  it('is a changed prediction unless another is given, as text or as a value', async () => {
    const [standard, named] = [await run(), await run('prediction-changes')];
    expect(standard.report.attack.criterion).toBe('prediction-changes');
    expect(named.result).toEqual(standard.result);
    const { report, result } = await run(' targeted: 2 ');
    expect(report.attack.criterion).toBe('targeted:2');
    result.predictions.forEach((now, b) => {
      const reached = now.filter((k) => k === 2).length;
      expect(result.points[b]!.successAtBudget.count).toBe(reached);
    });
    expect((await run(targeted(2))).result).toEqual(result);
  });

  it('counts what is wrong already, where that is asked for', async () => {
    const { result, report } = await run('misclassified');
    expect(report.points.map(({ success }) => success)).toEqual(result.points.map(({ success }) => success));
    const wrong = 20 - result.cleanAccuracy.count;
    expect(wrong).toBeGreaterThan(0);
    expect(result.distances.filter((d) => d === 0)).toHaveLength(wrong);
  });

  it('may be another model that keeps its prediction, beside one whose gradients are followed', async () => {
    const [plain, evasive] = [await run(), await run(`differs-from:${other}`)];
    expect(evasive.report.attack.criterion).toBe(`differs-from:${other}`);
    expect(evasive.report.source).toBeNull();
    expect(
      (await run(`differs-from:${model}`)).result.points.every(({ success }) => success.count === 0),
    ).toBe(true);
    evasive.result.smallest.forEach((b, n) => {
      if (b !== -1) expect(plain.result.smallest[n]).not.toBe(-1);
    });
    const followed = await attack({ ...options, source: other, criterion: `differs-from:${model}` });
    expect(followed.report.source?.path).toBe(other);
  });

  it.each([
    ['targeted', 'the number of a class, such as targeted:3'],
    ['differs-from:', 'the path of a reference model, such as differs-from:parent.onnx'],
    ['targeted:1.5', 'a whole number from 0 to 1000000 (class), such as 0'],
    ['targeted:4', 'a class from 0 to 3 for each of 20 inputs'],
    ['misclassified:1', 'no parameter'],
  ])('%s is refused', async (criterion, expected) => {
    expect((await dataOf('bad-value', () => run(criterion))).expected).toBe(expected);
  });

  it('has a name that is known', async () => {
    const { what, nearest } = await dataOf('unknown-name', () => run('target:3'));
    expect([what, nearest]).toEqual(['criterion', 'targeted']);
  });
});
