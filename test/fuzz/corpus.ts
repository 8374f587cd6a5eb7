import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildModel } from '../../src/core/models/build-model.js';
import { encodeModel } from '../../src/core/onnx/encode.js';
import { parseReshaping, reshapeAll } from '../../src/core/reshaping/index.js';
import { arrangementCases } from '../contracts/autodiff/arrangement.js';
import { convolutionCases } from '../contracts/autodiff/convolution.js';
import { elementwiseCases } from '../contracts/autodiff/elementwise.js';
import { linearCases } from '../contracts/autodiff/linear.js';
import { normalizationCases } from '../contracts/autodiff/normalization.js';
import { poolingCases } from '../contracts/autodiff/pooling.js';
import { reductionCases } from '../contracts/autodiff/reduction.js';
import { resamplingCases } from '../contracts/autodiff/resampling.js';
import { structureCases } from '../contracts/autodiff/structure.js';
import { richFile, sampleModel } from '../core/onnx/sample.js';
import { GraphBuilder } from '../support/toolkit.js';

const fixtures = new URL('../fixtures/quantized/', import.meta.url);

/** The small quantized networks that are committed. */
export const quantized = (ending: '.onnx' | '.npz'): Uint8Array[] =>
  readdirSync(fixtures)
    .filter((name) => name.endsWith(ending))
    .map((name) => new Uint8Array(readFileSync(fileURLToPath(new URL(name, fixtures)))))
    .filter((bytes) => bytes.length < 30_000);

/** One small graph for each case of the gradient contract: nearly every operator. */
function operators(): Uint8Array[] {
  const cases = [
    ...arrangementCases,
    ...convolutionCases,
    ...elementwiseCases,
    ...linearCases,
    ...normalizationCases,
    ...poolingCases,
    ...reductionCases,
    ...resamplingCases,
    ...structureCases,
  ];
  return cases.map(({ inputs, dtype, build }) => {
    const g = new GraphBuilder();
    const names = inputs.map(({ dims }, i) => g.input(`x${i}`, dtype, dims));
    for (const y of [build(g, ...names)].flat()) g.output(y);
    return encodeModel(g.build());
  });
}

/** A classifier of 12 x 12 images, compressed or not. */
const small = (compression: string) =>
  reshapeAll(buildModel('1x12x12-C4-F16-4', { seed: 1, kernel: 3 }), parseReshaping(compression), 1);

/** Files of models that mutations begin with. */
export const modelFiles = (): readonly Uint8Array[] => [
  ...operators(),
  ...quantized('.onnx'),
  ...[0, 1, 2, 3, 4, 5].flatMap(() => [encodeModel(sampleModel()), richFile()]),
  ...['none', 'hash:1/4', 'prune:1/4'].map((compression) => encodeModel(small(compression))),
];
