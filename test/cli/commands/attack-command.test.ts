import { readFileSync } from 'node:fs';
import { attackReportSchema } from 'foolproof/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { Classifier } from '../../../src/core/models/classifier.js';
import { argMax } from '../../../src/core/tensor/floats.js';
import { readNpz } from '../../../src/core/tensor/npz.js';
import type { Tensor } from '../../../src/core/tensor/tensor.js';
import { nodeRuntime } from '../../../src/node/runtime.js';
import { sha256 } from '../../../src/node/store/keys.js';
import { cli, smallModel, workplace, writeData, writeModel } from '../support.js';

const place = workplace();
const model = place.path('hashed.onnx');
const base = ['attack', model, '--dataset', 'npz', '--data', place.path('data.npz'), '--threads', '1'];

beforeAll(() => {
  writeModel(model, smallModel('hash:1/4'));
  writeData(place.path('data.npz'));
});

describe('attack', () => {
  it('prints rates with counts and intervals, budgets in rising order', async () => {
    const { code, out, err } = await cli([...base, '--samples', '20', '--epsilon', '0.3,8/255']);
    expect(code).toBe(0);
    expect(out).toMatch(/clean accuracy {2}[\d.]+ % \(\d+ of 20; [\d.]+-[\d.]+\)/);
    expect(
      out
        .trim()
        .split('\n')
        .slice(-2)
        .map((line) => line.trim().split(' ')[0]),
    ).toEqual(['8/255', '0.3']);
    expect(err).toContain('attacking');
  });

  it('writes the documented JSON and nothing else to stdout', async () => {
    const { code, out, err } = await cli([...base, '--samples', 'all', '--json', '-', '--quiet']);
    expect([code, err]).toEqual([0, '']);
    const report = attackReportSchema.parse(JSON.parse(out));
    expect(report.model).toMatchObject({ path: model, sha256: sha256(readFileSync(model)) });
    expect(report.model.reshapings['fc1.weight']).toEqual([{ name: 'hash', parameters: { rate: 0.25 } }]);
    expect(report.samples).toEqual({ count: 40, seed: 1 });
    expect(report.points.map((p) => p.budget)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
    expect(report.queries.gradient).toBe(40);
  });

  it('says what counts as success, where that is not a changed prediction', async () => {
    const few = [...base, '--samples', '10', '--epsilon', '0.2'];
    expect((await cli([...few, '-q'])).out).not.toMatch(/^success {2}/m);
    expect((await cli([...few, '--criterion', 'targeted:1', '-q'])).out).toMatch(/^success {9}targeted:1$/m);
    const { code, err } = await cli([...few, '--criterion', 'targeted']);
    expect(code).toBe(2);
    expect(err).toBe(
      'foolproof: --criterion: expected the number of a class, such as targeted:3, received "targeted".\n',
    );
  });

  it('gives equal bytes for equal commands, other images for another seed', async () => {
    const once = async (seed: string) =>
      (await cli([...base, '--samples', '20', '--seed', seed, '--json', '-', '-q'])).out;
    const [a, b, c] = [await once('1'), await once('1'), await once('2')];
    expect(a).toBe(b);
    expect(JSON.parse(c).cleanAccuracy).not.toEqual(JSON.parse(a).cleanAccuracy);
  });

  it('keeps adversarial images that the model judges as reported', async () => {
    const file = place.path('adversarial.npz');
    const { out } = await cli([
      ...base,
      '--samples',
      '20',
      '--epsilon',
      '0.1,0.4',
      '--save-adversarial',
      file,
      '--json',
      '-',
    ]);
    const report = attackReportSchema.parse(JSON.parse(out));
    const arrays = readNpz(readFileSync(file), { source: file });
    const of = <D extends 'float32' | 'int32' | 'int64' | 'float64'>(name: string) =>
      arrays.get(name) as Tensor<D>;
    const [images, adversarial] = [of<'float32'>('images'), of<'float32'>('adversarial')];
    const classifier = new Classifier(smallModel('hash:1/4'), { runtime: await nodeRuntime() });
    expect([...argMax(await classifier.logits(images))]).toEqual([...of<'int32'>('clean').data]);
    const predicted = argMax(await classifier.logits(adversarial));
    const smallest = of<'float64'>('smallest_budget').data;
    await classifier.release();
    let fooled = 0;
    smallest.forEach((budget, i) => {
      expect(predicted[i] !== of<'int32'>('clean').data[i]).toBe(!Number.isNaN(budget));
      if (!Number.isNaN(budget)) fooled += 1;
      for (let k = i * 144; k < (i + 1) * 144; k++) {
        const change = Math.abs(adversarial.data[k]! - images.data[k]!);
        expect(change).toBeLessThanOrEqual((Number.isNaN(budget) ? 0.4 : budget) + 1e-6);
        expect(adversarial.data[k]! >= 0 && adversarial.data[k]! <= 1).toBe(true);
      }
    });
    expect(fooled).toBe(report.points.at(-1)!.success.count);
    expect(of('predictions').dims).toEqual([2, 20]);
    expect(new Set(of<'int64'>('indices').data).size).toBe(20);
  });

  it('warns when gradients are exactly zero', async () => {
    const saturated = place.path('saturated.onnx');
    await cli(['inhibit', model, '--tau', '1000', '--out', saturated, '-q']);
    const argv = [
      ...base.with(1, saturated),
      '--samples',
      '10',
      '--objective',
      'cross-entropy-clipped',
      '-q',
    ];
    const { code, err, out } = await cli(argv);
    expect(code).toBe(0);
    expect(err).toMatch(
      /^foolproof: warning: 10 inputs have a gradient of exactly zero: .* This is not robustness\.\n$/,
    );
    expect(out).toMatch(/zero gradients {2}100\.0 %/);
  });

  it('stops at the signal and writes nothing', async () => {
    const before = place.list();
    const controller = new AbortController();
    controller.abort();
    const { code, out, err } = await cli(
      [...base, '--samples', '20', '--json', place.path('no.json'), '-q'],
      controller.signal,
    );
    expect([code, out]).toEqual([130, '']);
    expect(err).toMatch(/^foolproof: attack stopped; .*Run the same command/);
    expect(place.list()).toEqual(before);
  });
});
