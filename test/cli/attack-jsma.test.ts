import { readFileSync } from 'node:fs';
import { attackReportSchema } from 'foolproof/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildModel } from '../../src/core/models/build-model.js';
import { readNpz } from '../../src/core/tensor/npz.js';
import { sha256 } from '../../src/node/store/keys.js';
import { cli, smallModel, workplace, writeData, writeModel } from './support.js';

const place = workplace();
const model = place.path('hashed.onnx');
const dense = place.path('dense.onnx');
const base = [
  model,
  '--dataset',
  'npz',
  '--data',
  place.path('data.npz'),
  '--threads',
  '1',
  '--samples',
  '20',
];
const jsma = ['attack', ...base, '--attack', 'jsma', '--elements', '5,20'];

beforeAll(() => {
  writeModel(model, smallModel('hash:1/4'));
  writeModel(dense, smallModel('none', 4));
  writeData(place.path('data.npz'));
});

const reportOf = async (argv: readonly string[]) => {
  const { code, out, err } = await cli([...argv, '--json', '-', '-q']);
  expect([code, err.replace(/^foolproof: warning: .*\n/gm, '')]).toEqual([0, '']);
  return attackReportSchema.parse(JSON.parse(out));
};

describe('attack --attack jsma', () => {
  it('prints its parameters and no objective', async () => {
    const { code, out } = await cli([...jsma, '--mode', 'iterative', '--direction', 'both', '-q']);
    expect(code).toBe(0);
    expect(out).toMatch(/^.*hashed\.onnx: jsma \(L0\), 20 of 40 test images of npz, seed 1\n/);
    expect(out).toContain(
      '\nparameters: mode iterative, search element, target runner-up, outputs logits, theta 1, ',
    );
    expect(out).toMatch(/\nstuck {11}[\d.]+ % \(\d+ of 20;/);
    expect(out).toMatch(/\nelements +success/);
    expect(out).not.toContain('cross-entropy');
  });

  it('writes them as JSON, and changes with them', async () => {
    const usual = await reportOf(jsma);
    expect(usual.attack).toMatchObject({ name: 'jsma', objective: null, norm: 'L0', budgetName: 'elements' });
    expect(usual.attack.parameters).toMatchObject({ mode: 'single-shot', theta: 1, target: 'runner-up' });
    expect([usual.source, usual.zeroGradients]).toEqual([null, null]);
    expect(usual.stuck!.total).toBe(20);
    const strong = await reportOf([...jsma, '--mode', 'iterative', '--direction', 'both', '--target', 'all']);
    const weak = await reportOf([...jsma, '--theta', '1/255']);
    expect(weak.attack.parameters.theta).toBeCloseTo(1 / 255, 12);
    const counts = [weak, usual, strong].map((report) => report.points[1]!.success.count);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts[2]).toBeGreaterThan(counts[0]!);
  });

  it('says how many inputs had nothing left to change', async () => {
    const { out, err } = await cli([...jsma.with(-1, '5,144'), '--theta', '0.001', '-q']);
    const stuck = Number(/\nstuck .*\((\d+) of 20/.exec(out)![1]);
    expect(stuck).toBeGreaterThan(0);
    expect(err).toContain(`${stuck} inputs had no admissible element left`);
  });

  it('says at each budget how many inputs it left as they are', async () => {
    const none = await reportOf(jsma.with(-1, '0,5'));
    expect(none.points.map((point) => point.untouched.count)).toEqual([20, expect.any(Number)]);
    expect(none.points[1]!.untouched.count).toBeLessThan(20);
    expect(none.points[1]!.untouched.total).toBe(20);
    // Those of the wanted class already have no target: untouched, but not stuck.
    const argv = [...jsma.with(-1, '0,1'), '--direction', 'both', '--target'];
    const classes = await Promise.all(['0', '1', '2', '3'].map((target) => reportOf([...argv, target])));
    const untouched = classes.map((report) => report.points[1]!.untouched.count);
    expect(untouched.reduce((sum, count) => sum + count, 0)).toBe(20);
    expect(classes.map((report) => report.stuck!.count)).toEqual([0, 0, 0, 0]);
  });

  it.each([
    [['--attack', 'fgsm', '--theta', '1'], 'fgsm has no --theta. It has no parameters.'],
    [['--attack', 'fgsm', '--elements', '5'], 'fgsm has no --elements. Its budget is --epsilon.'],
    [['--attack', 'jsma', '--epsilon', '0.1'], 'jsma has no --epsilon. Its budget is --elements.'],
    [['--attack', 'jsma', '--elements', '2.5'], '--elements: expected whole numbers from 0 to 1000000'],
    [
      ['--attack', 'jsma', '--theta', '7'],
      'jsma theta: expected a number from 0.000001 to 1 (input units), such as 1, received "7".',
    ],
    [
      ['--attack', 'jsma', '--mode', 'both'],
      'jsma mode: expected single-shot or iterative, received "both".',
    ],
    [
      ['--attack', 'jsma', '--search', 'pair'],
      'jsma search: expected element in mode single-shot, pair only in mode iterative, received "pair".',
    ],
    [
      ['--attack', 'jsma', '--objective', 'margin'],
      'jsma follows no objective, so one would change nothing. Leave it out. The option is --objective.',
    ],
    [['--attack', 'jsma', '--target', '4'], 'jsma target: expected a class from 0 to 3, received "4".'],
    [
      ['--outcomes', 'fates.txt'],
      '--outcomes: expected a file name that ends in .csv or .npz, received "fates.txt".',
    ],
    [['--source', 'nowhere.onnx'], 'nowhere.onnx: no such file'],
  ])('%j is one line and the exit code 2', async (flags, message) => {
    const { code, out, err } = await cli(['attack', ...base, ...flags, '-q']);
    expect([code, out]).toEqual([2, '']);
    expect(err.split('\n')).toHaveLength(2);
    expect(err).toContain(`foolproof: ${message}`);
  });
});

describe('attack --source', () => {
  it('judges the attacked model by the gradients of the other', async () => {
    const report = await reportOf(['attack', ...base, '--source', dense]);
    expect(report.source).toMatchObject({ path: dense, sha256: sha256(readFileSync(dense)), reshapings: {} });
    expect(report.source!.queries.gradient).toBe(20);
    expect(report.queries.gradient).toBe(0);
    const own = await reportOf(['attack', ...base]);
    expect(own.cleanAccuracy).toEqual(report.cleanAccuracy);
    expect(own.points).not.toEqual(report.points);
    // A transfer from the model itself is the usual attack.
    expect((await reportOf(['attack', ...base, '--source', model])).points).toEqual(own.points);
    const { out } = await cli(['attack', ...base, '--source', dense, '-q']);
    expect(out).toContain(`\ntransferred: the gradients are those of ${dense}\n`);
  });

  it('refuses a model of other images', async () => {
    const strange = writeModel(place.path('strange.onnx'), buildModel('1x8x8-F8-4'));
    const { code, err } = await cli(['attack', ...base, '--source', strange, '-q']);
    expect(code).toBe(2);
    expect(err).toMatch(/strange\.onnx: expected images of \[1, 8, 8\], received \[1, 12, 12\]/);
  });
});

describe('attack --outcomes', () => {
  it('writes one line for each image, and the same as arrays', async () => {
    const [csv, npz] = [place.path('fates.csv'), place.path('fates.npz')];
    const report = await reportOf([...jsma, '--outcomes', csv]);
    await reportOf([...jsma, '--outcomes', npz]);
    const [header, ...lines] = readFileSync(csv, 'utf8').trimEnd().split('\n');
    expect(header).toBe('index,label,prediction,smallest_elements,prediction_at_5,prediction_at_20');
    expect(lines).toHaveLength(20);
    const fields = lines.map((line) => line.split(','));
    expect(fields.filter((f) => f[3] === '5').length).toBe(report.points[0]!.success.count);
    expect(fields.filter((f) => f[3] !== '').length).toBe(report.points[1]!.success.count);
    expect(fields.filter((f) => f[1] === f[2]).length).toBe(report.cleanAccuracy.count);
    const arrays = readNpz(readFileSync(npz), { source: npz });
    const column = (k: number) => fields.map((f) => Number(f[k]));
    expect(Array.from(arrays.get('indices')!.data, Number)).toEqual(column(0));
    expect(Array.from(arrays.get('labels')!.data, Number)).toEqual(column(1));
    expect(Array.from(arrays.get('clean')!.data, Number)).toEqual(column(2));
    expect(Array.from(arrays.get('predictions')!.data, Number)).toEqual([...column(4), ...column(5)]);
    const smallest = Array.from(arrays.get('smallest')!.data, Number);
    expect(smallest.map((b) => ['', '5', '20'][b + 1])).toEqual(fields.map((f) => f[3]));
  });

  it('is refused where it cannot be written, before the work begins', async () => {
    const { code, err } = await cli([...jsma, '--outcomes', place.path('no/such/folder.csv')]);
    expect(code).toBe(2);
    expect(err).not.toContain('attacking');
  });
});
