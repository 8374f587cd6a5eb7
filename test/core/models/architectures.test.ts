import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { architectures, parseArchitecture } from '../../../src/core/models/architectures.js';
import { buildModel } from '../../../src/core/models/build-model.js';
import { foldBatchNorm } from '../../../src/core/models/fold-batch-norm.js';
import { inspectModel } from '../../../src/core/models/model-summary.js';
import { multiplyAdds, parseNotation } from '../../../src/core/models/notation.js';
import { dataOf } from '../../support/errors.js';

/** Convolutional, fully connected and pooling layers: Table I, and section IV for MNIST. */
const LAYERS: Readonly<Record<string, readonly [number, number, number]>> = {
  'paper-mnist': [2, 2, 2],
  dnn1: [4, 2, 2],
  dnn2: [6, 2, 3],
  dnn3: [9, 2, 3],
  vgg16: [13, 3, 5],
};

const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');

describe.each(Object.entries(architectures))('architecture %s', (name, entry) => {
  const architecture = parseArchitecture(name);
  const [convolutional, full, pools] = LAYERS[name]!;
  // Nothing is run: inspection reads the graph.
  const report = inspectModel(foldBatchNorm(buildModel(architecture)));

  it('describes itself completely', () => {
    expect(entry.name).toBe(name);
    for (const text of [entry.title, entry.help, entry.source]) expect(text).not.toBe('');
    expect(entry.help).toContain(
      `${convolutional} convolutional, ${full} fully connected, ${pools} pooling layers`,
    );
    expect(entry.help).toContain(`${(multiplyAdds(architecture) / 1e6).toFixed(1)} million multiply-adds`);
    expect(page).toContain(`| \`${name}\``);
    expect(page).toContain(`\`${entry.notation}\``);
  });

  it('is inspected as exactly the layers of Table I, all ReLU, with no normalization left', () => {
    const operators = Object.fromEntries(report.operators.map(({ op, onPath }) => [op, onPath]));
    expect(operators).toEqual({
      Conv: convolutional,
      Gemm: full,
      MaxPool: pools,
      // The last layer gives the logits.
      Relu: convolutional + full - 1,
      Flatten: 1,
    });
    expect(report.layers.map(({ op }) => op)).toEqual([
      ...Array(convolutional).fill('Conv'),
      ...Array(full).fill('Gemm'),
    ]);
    expect(report.differentiable.ok).toBe(true);
  });

  it('takes the images and classes of its data set', () => {
    const dims = name === 'paper-mnist' ? [1, 28, 28] : [3, 32, 32];
    expect(report.classifier.shape).toMatchObject({ dims, classes: 10 });
  });

  it('is trained with batch normalization behind every hidden layer, or with none', () => {
    const hidden = architecture.layers.filter((layer) => layer.kind !== 'pool');
    const normalized = hidden.filter((layer) => layer.batchNorm);
    expect(normalized).toHaveLength(name === 'paper-mnist' ? 0 : hidden.length);
  });
});

it('every architecture of the table has a name', () => {
  expect(Object.keys(architectures)).toEqual(Object.keys(LAYERS));
});

describe('parseArchitecture', () => {
  it('reads names and notations', () => {
    expect(parseArchitecture('dnn1')).toEqual(parseNotation(architectures.dnn1.notation));
    expect(parseArchitecture('784-C8-10', 3)).toEqual(parseNotation('784-C8-10', 3));
  });

  it('a name means one network, whatever the default kernel', () => {
    for (const name of Object.keys(architectures))
      expect(parseArchitecture(name, 7)).toEqual(parseArchitecture(name));
    const { layers } = parseNotation('784-C64-C128-F512-10');
    expect(parseArchitecture('paper-mnist').layers).toEqual(layers);
  });

  it.each([
    ['dnn4', 'dnn1'],
    ['VGG16', 'vgg16'],
    ['paper', undefined],
    ['toString', undefined],
  ])('does not know %s', async (text, nearest) => {
    const data = await dataOf('unknown-name', () => parseArchitecture(text));
    expect(data).toMatchObject({ what: 'architecture', known: Object.keys(architectures) });
    expect(data.nearest).toBe(nearest);
  });

  it.each(['', '-10', '784', 'ü'])('takes "%s" for a notation', async (text) => {
    await dataOf('bad-notation', () => parseArchitecture(text));
  });
});
