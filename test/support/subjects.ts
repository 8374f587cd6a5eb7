import { rate } from '../../src/core/base/statistics.js';
import { type Dataset, splitOf } from '../../src/core/data/dataset.js';
import { identityMap, unitValues } from '../../src/core/formats/index.js';
import { classNamesOf, classOrder, withClassOrder } from '../../src/core/models/class-order.js';
import { asClassifier } from '../../src/core/models/classifier-shape.js';
import { ModelUnderTest } from '../../src/core/models/model-under-test.js';
import { encodeModel } from '../../src/core/onnx/encode.js';
import type { Model } from '../../src/core/onnx/graph.js';
import { reshapings, reshapingsOf, withoutDefences } from '../../src/core/reshaping/index.js';
import type { Tensor } from '../../src/core/tensor/tensor.js';
import { nodeRuntime } from '../../src/node/runtime.js';
import { sha256 } from '../../src/node/store/keys.js';

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
  /** Followed in its place; default: the model without the defences that it records. */
  readonly undefended?: Model;
  readonly mean?: number;
}

/** A model that takes its images as they are, and counts classes as `labelMap` says, without any trying. */
export async function subjectOf(
  model: Model,
  data: Pick<Dataset, 'classes' | 'classNames'>,
  options: SubjectOptions = {},
): Promise<ModelUnderTest> {
  const { id = 'model', mean = 0, labelMap = identityMap(data.classes) } = options;
  const graph = asClassifier(model, id);
  const { classes } = graph.shape;
  const order = classOrder(labelMap, classes);
  const undefended = options.undefended ?? withoutDefences(model, reshapings);
  return new ModelUnderTest(withClassOrder(graph.model, order), {
    ...{ runtime: await nodeRuntime(), threads: 1, source: id, id },
    classNames: classNamesOf(order, data.classNames),
    ...(undefended && { undefended: withClassOrder(asClassifier(undefended).model, order) }),
    provenance: {
      ...{ path: `${id}.onnx`, sha256: sha256(encodeModel(model)), bytes: 1, producer: 'test', opset: 20 },
      parameters: { stored: 1, virtual: 1 },
      reshapings: reshapingsOf(model),
      redFlags: [],
      ...{ inputLevels: null, batch: null },
      format: {
        preprocessing: { ...unitValues, layout: 'NCHW', mean: [mean] },
        ...{ title: 'as they are', labelMap, classes, candidates: [], tied: [], sharedNames: [] },
        output: { ...{ name: null, origin: 'shape', others: [] }, head: 'logits', single: false },
        origins: { layout: 'given', channelOrder: 'given', values: 'given', labels: 'given' },
        ...{ accuracy: rate(1, 1), accuracyInDataOrder: null, chance: 0.5, aboveChance: true },
      },
      notes: [],
    },
  });
}
