import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/core/onnx/builder.js';
import { encodeModel } from '../../src/core/onnx/encode.js';
import type { Model } from '../../src/core/onnx/graph.js';
import { float32 } from '../../src/core/tensor/tensor.js';
import { behindRefused } from '../support/refused.js';
import { cli, smallModel, workplace, writeData, writeModel } from './support.js';

const place = workplace();

/**
 * A model in which operators of somebody's own, one of them twice, stand between the input and the output.
 */
function unknown(): Model {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', ['N', 1, 12, 12]);
  const own = { domain: 'com.example' };
  const first = g.op('Secret', [g.op('Flatten', [x], { axis: 1 })], {}, own);
  const again = g.op('Secret', [first], {}, own);
  const w = g.initializer('w', float32([144, 4], new Float32Array(576)));
  g.output(g.matmul(g.op('Other', [again], {}, own), w), 'logits');
  const model = g.build();
  // Nobody infers the shapes behind such operators: the file declares that of its output, as exporters do.
  const outputs = [{ name: 'logits', type: { dtype: 'float32' as const, dims: ['N', 4] } }];
  return { ...model, graph: { ...model.graph, outputs } };
}

function twoInputs(): Model {
  const g = new GraphBuilder();
  const [a, b] = [g.input('a', 'float32', ['N', 4]), g.input('b', 'float32', ['N', 4])];
  g.output(g.add(a, b), 'sum');
  return g.build();
}

function notFinite(): Model {
  const model = smallModel();
  const weight = model.graph.initializers.get('fc1.weight')!;
  const data = (weight.data as Float32Array).slice();
  data[7] = Number.NaN;
  const initializers = new Map(model.graph.initializers).set('fc1.weight', { ...weight, data });
  return { ...model, graph: { ...model.graph, initializers } };
}

beforeAll(() => {
  const good = writeModel(place.path('good.onnx'), smallModel());
  writeData(place.path('data.npz'));
  writeData(place.path('train-only.npz'), { test: 0 });
  writeData(place.path('test-only.npz'), { train: 0 });
  const bytes = readFileSync(good);
  writeFileSync(place.path('truncated.onnx'), bytes.subarray(0, bytes.length / 2));
  writeFileSync(place.path('empty.onnx'), '');
  writeFileSync(place.path('text.onnx'), 'Dear model, please be an ONNX file.\n');
  writeFileSync(place.path('picture.onnx'), Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
  const proto = encodeModel(smallModel());
  const name = Buffer.from(proto).indexOf('conv1.relu');
  proto[name] = 'X'.charCodeAt(0);
  writeFileSync(place.path('dangling.onnx'), proto);
  mkdirSync(place.path('folder.onnx'));
  writeModel(place.path('two-inputs.onnx'), twoInputs());
  writeModel(place.path('odd.onnx'), unknown());
  writeModel(place.path('hard.onnx'), behindRefused(smallModel()));
  writeModel(place.path('nan.onnx'), notFinite());
  writeFileSync(place.path('broken.npz'), 'PK but not really');
});

/** Replaces `@name` by a path in the workplace. */
const placed = (argv: readonly string[]) =>
  argv.map((arg) => (arg.startsWith('@') ? place.path(arg.slice(1)) : arg));

const npz = ['--dataset', 'npz', '--data', '@data.npz'];
const small = ['--arch', '1x12x12-C4-F16-4', '--epochs', '1', '--quiet'];

describe('bad files', () => {
  it.each<[string, string[], RegExp]>([
    ['a missing model', ['inspect', '@none.onnx'], /none\.onnx: no such file; expected an ONNX model/],
    ['a folder as model', ['inspect', '@folder.onnx'], /it is a folder; expected an ONNX model/],
    ['half a model', ['inspect', '@truncated.onnx'], /truncated\.onnx: not an ONNX model .*truncated/],
    ['an empty model', ['attack', '@empty.onnx'], /the file is empty/],
    ['a text as model', ['attack', '@text.onnx'], /text\.onnx: not an ONNX model/],
    [
      'a picture as model',
      ['gradient', '@picture.onnx', '--out', '@g.onnx'],
      /picture\.onnx: not an ONNX model/,
    ],
    [
      'a model with a loose end',
      ['attack', '@dangling.onnx'],
      /dangling\.onnx: damaged .*which nothing produces/,
    ],
    [
      'no classifier',
      ['attack', '@two-inputs.onnx', ...npz],
      /two-inputs\.onnx: not an image classifier: it has 2 inputs \(a, b\)/,
    ],
    [
      'no classifier to differentiate',
      ['gradient', '@two-inputs.onnx', '--out', '@g.onnx'],
      /not an image classifier/,
    ],
    ['no layer to inhibit', ['inhibit', '@two-inputs.onnx', '--out', '@g.onnx'], /no fully connected layer/],
    [
      'no such layer',
      ['inhibit', '@good.onnx', '--layer', 'fc1.wieght', '--out', '@g.onnx'],
      /did you mean "fc1.weight"/,
    ],
    [
      'operators without gradients',
      ['attack', '@hard.onnx', ...npz, '--samples', '4'],
      /cannot be differentiated: Compress \(.*\); ai\.onnx\.ml::FeatureVectorizer \(.*\)\.$/m,
    ],
    [
      'operators that the engine does not know',
      ['attack', '@odd.onnx', ...npz, '--samples', '4'],
      /odd\.onnx: ONNX Runtime refused it .*com\.example/,
    ],
    [
      'the same, for a gradient',
      ['gradient', '@odd.onnx', '--out', '@g.onnx'],
      /com\.example::Secret \(.*; .*; .*\); com\.example::Other \(/,
    ],
    [
      'weights that are NaN',
      ['attack', '@nan.onnx', ...npz],
      /weights that are not finite numbers in fc1\.weight/,
    ],
    [
      'the same, to harden',
      ['inhibit', '@nan.onnx', '--out', '@g.onnx'],
      /not finite numbers in fc1\.weight/,
    ],
    [
      'the same, to evaluate',
      ['materialize', '@nan.onnx', '--out', '@g.onnx'],
      /not finite numbers in fc1\.weight/,
    ],
    [
      'the same, to differentiate',
      ['gradient', '@nan.onnx', '--out', '@g.onnx'],
      /not finite numbers in fc1\.weight/,
    ],
    [
      'images of another size',
      ['attack', '@good.onnx'],
      /expected images of \[1, 12, 12\], received \[1, 28, 28\]\. Stretch .*--resize/,
    ],
    ['too many samples', ['attack', '@good.onnx', ...npz, '--samples', '41'], /at most the 40 test images/],
    [
      'no test images',
      ['attack', '@good.onnx', '--dataset', 'npz', '--data', '@train-only.npz'],
      /no test images/,
    ],
    [
      'no training images',
      ['train', ...small, '--dataset', 'npz', '--data', '@test-only.npz', '--out', '@o.onnx'],
      /no training images/,
    ],
    [
      'too many training images',
      ['train', ...small, ...npz, '--train-images', '121', '--out', '@o.onnx'],
      /at most the 120/,
    ],
    [
      'an architecture for other images',
      ['train', '--arch', '784-F8-10', ...npz, '--out', '@o.onnx'],
      /784-F8-10: expected images of \[1,28,28\]/,
    ],
    [
      'an architecture for other classes',
      ['train', '--arch', '784-F8-11', '--out', '@o.onnx'],
      /expected 11 classes, received 10/,
    ],
    [
      'a damaged data set',
      ['attack', '@good.onnx', '--dataset', 'npz', '--data', '@broken.npz'],
      /broken\.npz: damaged data/,
    ],
    [
      'a missing data set',
      ['attack', '@good.onnx', '--dataset', 'npz', '--data', '@none.npz'],
      /none\.npz: no such file/,
    ],
    [
      'a file in the way of the output',
      ['gradient', '@good.onnx', '--out', '@good.onnx/g.onnx'],
      /cannot be written \(a part of the path is a file/,
    ],
    [
      'a folder as output',
      ['inhibit', '@good.onnx', '--out', '@folder.onnx'],
      /cannot be written \(it is a folder/,
    ],
    [
      'an output in no folder',
      ['materialize', '@good.onnx', '--out', '@none/m.onnx'],
      /cannot be written \(the folder does not exist/,
    ],
    [
      'an unwritable JSON',
      ['attack', '@good.onnx', ...npz, '--json', '@none/a.json'],
      /a\.json: cannot be written/,
    ],
    [
      'an unwritable archive',
      ['attack', '@good.onnx', ...npz, '--save-adversarial', '@folder.onnx'],
      /cannot be written/,
    ],
    [
      'an unwritable model',
      ['train', ...small, ...npz, '--out', '@none/o.onnx'],
      /o\.onnx: cannot be written/,
    ],
    ['a file as run directory', ['reproduce', '--out', '@good.onnx'], /good\.onnx/],
  ])('%s: one line, code 2, nothing left behind', async (_title, argv, expected) => {
    const before = place.list();
    const { code, out, err } = await cli(placed([...argv, ...(argv[0] === 'attack' ? ['--quiet'] : [])]));
    expect(err).toMatch(expected);
    expect(err).toMatch(/^foolproof: [^\n]+\n$/);
    expect([code, out]).toEqual([2, '']);
    expect(place.list()).toEqual(before);
  });
});
