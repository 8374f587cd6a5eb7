import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, smallModel, workplace, writeData, writeModel } from './support.js';

const place = workplace();
const model = writeModel(place.path('m.onnx'), smallModel());
const other = writeModel(place.path('other.onnx'), smallModel('none', 2));
const data = writeData(place.path('data.npz'));
writeFileSync(place.path('m.onnx.json'), JSON.stringify({ layout: 'NCHW', range: [0, 1] }));
symlinkSync(model, place.path('link.onnx'));
linkSync(data, place.path('hard.npz'));
symlinkSync(place.root, `${place.root}/here`);
mkdirSync(place.path('photos'));

const npz = ['--dataset', 'npz', '--data', data, '--samples', '2', '--quiet'];

describe('an output that is an input', () => {
  it.each([
    ['the model itself', ['gradient', model, '--out', model]],
    ['by a relative path', ['gradient', model, '--out', relative(process.cwd(), model)]],
    ['by a link', ['materialize', model, '--out', place.path('link.onnx')]],
    ['by a folder that is a link', ['inhibit', model, '--out', `${place.root}/here/m.onnx`]],
    ['through another folder', ['inhibit', model, '--out', `${place.root}/photos/../m.onnx`]],
    ['JSON over the model', ['inspect', model, '--json', model]],
    ['JSON over what is said of the model', ['attack', model, ...npz, '--json', `${model}.json`]],
    ['images over the data', ['attack', model, ...npz, '--save-adversarial', data]],
    [
      'outcomes over a hard link to the data',
      ['attack', model, ...npz, '--outcomes', place.path('hard.npz')],
    ],
    ['JSON over the source', ['attack', model, ...npz, '--source', other, '--json', other]],
    [
      'JSON over the reference',
      ['attack', model, ...npz, '--criterion', `differs-from:${other}`, '--json', other],
    ],
    ['a trained model over its data', ['train', '--dataset', 'npz', '--data', data, '--out', data]],
    [
      'two outputs in one file',
      ['attack', model, ...npz, '--json', place.path('a'), '--outcomes', `${place.root}/./a`],
    ],
    [
      'a report in the folder of the images',
      ['audit', model, '--data', place.path('photos'), '--out', place.path('photos')],
    ],
  ])('%s is refused, and nothing is written', async (_, argv) => {
    const before = [place.list(), ...[model, other, data].map((path) => readFileSync(path, 'base64'))];
    const { code, err } = await cli(argv);
    expect(err).toMatch(/^foolproof: output .*expected another file than the inputs.*\n$/);
    expect(code).toBe(2);
    expect([place.list(), ...[model, other, data].map((path) => readFileSync(path, 'base64'))]).toEqual(
      before,
    );
  });
});

describe('lists of arguments', () => {
  it.each([
    [['--']],
    [['--', '--']],
    [['inspect', '--']],
    [['--', 'inspect']],
    [['']],
    [['inspect', '']],
    [['inspect', model, model]],
    ...['NaN', 'Infinity', '0x10', '1e999', '-1', '', ' ', '1e-400/0', '٣', '1_000'].map((text) => [
      ['attack', model, ...npz, '--epsilon', text],
    ]),
    ...['NaN', '1.5', '1e3', '0x1', '99999999999999999999', '', '-0', '+1'].map((text) => [
      ['attack', model, ...npz, '--samples', text],
    ]),
  ])('%j are refused in one line', async (argv) => {
    const { code, out, err } = await cli(argv);
    expect([code, out]).toEqual([2, '']);
    if (argv[0] !== '--' || argv.length > 1) expect(err).toMatch(/^foolproof: [^\n]+\n$/);
  });
});
