import { rate } from '../../src/core/base/statistics.js';
import { type Dataset, splitOf } from '../../src/core/data/dataset.js';
import { relabelled } from '../../src/core/data/relabel.js';
import type { Subject } from '../../src/core/evaluation/subject.js';
import { identityMap, unitValues } from '../../src/core/formats/index.js';
import type { Classifier } from '../../src/core/models/classifier.js';
import { encodeModel } from '../../src/core/onnx/encode.js';
import type { Model } from '../../src/core/onnx/graph.js';
import type { Tensor } from '../../src/core/tensor/tensor.js';
import { sha256 } from '../../src/node/store/keys.js';
import { classifierOf } from './classifiers.js';

/** A data set of nothing but these test images [N, C, H, W]. */
export function datasetOf(
  { dims, data }: Tensor<'float32'>,
  labels: ArrayLike<number>,
  classes: number,
): Dataset {
  const parts = { dims: dims.slice(1) as [number, number, number], classes };
  return {
    ...{ name: 'planted', title: 'Planted images', source: 'this test', ...parts },
    classNames: Array.from({ length: classes }, (_, k) => `class ${k}`),
    train: splitOf({ ...parts, pixels: new Float32Array(0), labels: new Int32Array(0) }),
    test: splitOf({ ...parts, pixels: data, labels: Int32Array.from(labels) }),
  };
}

export interface SubjectOptions {
  readonly id?: string;
  /** For each class of the data the class of the model. */
  readonly labelMap?: readonly number[];
  /** Another one than that of the model. */
  readonly classifier?: Classifier;
  readonly undefended?: Classifier;
  readonly mean?: number;
}

/** A model that takes its images as they are. `data` count classes in their own order. */
export async function subjectOf(model: Model, data: Dataset, options: SubjectOptions = {}): Promise<Subject> {
  const { id = 'model', undefended, mean = 0 } = options;
  const classifier = options.classifier ?? (await classifierOf(model, { source: id }));
  const labelMap = options.labelMap ?? identityMap(data.classes);
  return {
    ...{
      id,
      path: `${id}.onnx`,
      sha256: sha256(encodeModel(model)),
      bytes: 1,
      producer: 'test',
      parameters: 1,
    },
    reshapings: undefended ? ['inhibit'] : [],
    classifier,
    ...(undefended && { undefended }),
    data: relabelled(data, labelMap, classifier.classes),
    format: {
      preprocessing: { ...unitValues, layout: 'NCHW', mean: [mean] },
      ...{ title: 'as they are', labelMap, classes: classifier.classes, candidates: [] },
      origins: { layout: 'given', channelOrder: 'given', values: 'given', labels: 'given' },
      ...{ accuracy: rate(1, 1), accuracyInDataOrder: null, chance: 0.5, aboveChance: true },
    },
    notes: [],
  };
}
