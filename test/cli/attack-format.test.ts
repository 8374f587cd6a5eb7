import { writeFileSync } from 'node:fs';
import { attackReportSchema } from 'foolproof/node';
import { describe, expect, it } from 'vitest';
import { rangeValues, unitValues } from '../../src/core/formats/index.js';
import { writeNpz } from '../../src/core/tensor/npz.js';
import { sampleOf, strangerOf } from '../core/formats/strangers.js';
import { int64, type Model } from '../support/toolkit.js';
import { cli, workplace, writeModel } from './support.js';

const place = workplace();
const dims = [3, 6, 5] as const;
const order = [3, 0, 4, 1, 2];
const sample = sampleOf(200, dims);
writeFileSync(
  place.path('data.npz'),
  writeNpz(
    new Map<string, typeof sample.images | ReturnType<typeof int64>>([
      ['images', sample.images],
      ['labels', int64([200], Array.from(sample.labels))],
    ]),
  ),
);

async function attacked(name: string, model: Model, ...flags: string[]) {
  const path = writeModel(place.path(name), model);
  const argv = [
    'attack',
    path,
    '--dataset',
    place.path('data.npz'),
    '--epsilon',
    '0.1,0.3',
    '--threads',
    '1',
  ];
  const outcome = await cli([...argv, '--samples', '100', '--json', '-', ...flags]);
  expect(outcome.err).not.toMatch(/^foolproof: (?!warning)/m);
  return { ...outcome, report: attackReportSchema.parse(JSON.parse(outcome.out)) };
}

describe("foolproof attack on a stranger's model", () => {
  it('gives the numbers of the plain model, in the same units, and tells how it was fed', async () => {
    const plain = await attacked('plain.onnx', strangerOf({ layout: 'NCHW', ...unitValues }, dims));
    expect(plain.report.format).toBeNull();
    const model = strangerOf({ layout: 'NHWC', ...rangeValues(0, 255) }, dims, {
      order,
      batch: 8,
      softmax: true,
    });
    const labels = ['--labels', order.join(',')];
    const strange = await attacked('strange.onnx', model, '--layout', 'NHWC', '--range', '0,255', ...labels);
    expect(strange.report.format!.origins).toMatchObject({
      layout: 'given',
      values: 'given',
      labels: 'given',
    });
    expect(strange.report.cleanAccuracy).toEqual(plain.report.cleanAccuracy);
    strange.report.points.forEach(({ success }, b) => {
      // Classes in another order break ties of rounding otherwise.
      expect(Math.abs(success.count - plain.report.points[b]!.success.count)).toBeLessThanOrEqual(1);
    });
    expect(strange.err).toMatch(/strange\.onnx: layout NHWC .*: as stated/);
  });

  it('reads the file beside the model, and guesses the rest', async () => {
    writeFileSync(place.path('beside.onnx.json'), JSON.stringify({ layout: 'NHWC' }));
    const model = strangerOf({ layout: 'NHWC', ...rangeValues(-1, 1) }, dims);
    const { report, err } = await attacked('beside.onnx', model);
    expect(report.format).toMatchObject({
      preprocessing: { layout: 'NHWC', channelOrder: 'RGB', scale: 2, mean: [1], std: [1] },
      origins: { layout: 'sidecar', values: 'guessed', labels: 'guessed' },
      aboveChance: true,
    });
    expect(err).toMatch(/values -1 to 1: detected, \d+\.\d % against/);
  });

  it('is fed blue first where that is said', async () => {
    const model = strangerOf({ layout: 'NCHW', ...unitValues, channelOrder: 'BGR' }, dims);
    const plain = await attacked('rgb.onnx', strangerOf({ layout: 'NCHW', ...unitValues }, dims));
    const { report, err } = await attacked('bgr.onnx', model, '--channel-order', 'BGR');
    expect(report.format).toMatchObject({
      preprocessing: { channelOrder: 'BGR' },
      origins: { channelOrder: 'given' },
    });
    expect(report.cleanAccuracy).toEqual(plain.report.cleanAccuracy);
    expect(report.points.map((p) => p.success)).toEqual(plain.report.points.map((p) => p.success));
    expect(err).toMatch(/bgr\.onnx: .*colours in the order blue, green, red: as stated/s);
    const refused = await cli(['attack', place.path('bgr.onnx'), '--channel-order', 'GBR', '--quiet']);
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/^[^\n]*--channel-order[^\n]*GBR[^\n]*\n$/);
  });

  it('is refused in one line when the file beside it is wrong', async () => {
    writeFileSync(place.path('bad.onnx.json'), '{"lay": 1, "std": 0}');
    const path = writeModel(place.path('bad.onnx'), strangerOf({ layout: 'NCHW', ...unitValues }, dims));
    const { code, err } = await cli(['attack', path, '--dataset', place.path('data.npz'), '--quiet']);
    expect(code).toBe(2);
    expect(err).toMatch(
      /^foolproof: .*bad\.onnx\.json: not a description of a model's input: unknown field "lay"[^\n]*\n$/,
    );
  });
});
