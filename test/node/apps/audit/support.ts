import { rate } from '../../../../src/core/base/statistics.js';
import type { AuditedModel } from '../../../../src/core/evaluation/audit-schema.js';
import type { Subject } from '../../../../src/core/evaluation/subject.js';
import { identityMap } from '../../../../src/core/formats/index.js';
import { Classifier } from '../../../../src/core/models/classifier.js';
import { materialize } from '../../../../src/core/models/materialize.js';
import { encodeModel } from '../../../../src/core/onnx/encode.js';
import type { Model } from '../../../../src/core/onnx/graph.js';
import { reshapings, withoutDefences } from '../../../../src/core/reshaping/index.js';
import { type AuditOptions, audit } from '../../../../src/node/apps/audit/run-audit.js';
import { nodeRuntime } from '../../../../src/node/runtime.js';
import { sha256 } from '../../../../src/node/store/keys.js';
import { readModel } from '../../../../src/node/subject/load-model.js';
import { mnist } from '../../../support/mnist.js';

export const ROBUST = 'test/fixtures/mnist-adversarial.onnx';
export const DISTILLED = 'test/fixtures/mnist-distilled.onnx';
/** The paper's network as a HashNet that stores one weight in 64, trained on all of MNIST. */
export const HASHED = 'docs/results/mnist-paper/models/hash-1-64.onnx';

/** A model of a file, its hashes evaluated, which changes no result. */
export async function networkOf(path: string): Promise<Model> {
  return materialize((await readModel(path)).model, await nodeRuntime());
}

/** A model that takes MNIST as it is. */
export async function subjectOf(id: string, model: Model): Promise<Subject> {
  const data = await mnist();
  const bytes = encodeModel(model);
  const engine = { runtime: await nodeRuntime() };
  const bare = withoutDefences(model, reshapings);
  return {
    id,
    path: `${id}.onnx`,
    sha256: sha256(bytes),
    bytes: bytes.length,
    producer: '',
    parameters: 0,
    reshapings: [],
    classifier: new Classifier(model, { source: id, ...engine }),
    ...(bare && { undefended: new Classifier(bare, { source: id, ...engine }) }),
    data,
    format: {
      preprocessing: { layout: 'NCHW', scale: 1, mean: [0], std: [1] },
      title: 'values 0 to 1',
      labelMap: identityMap(10),
      classes: 10,
      origins: { layout: 'shape', channelOrder: 'shape', values: 'given', labels: 'given' },
      accuracy: rate(0, 0),
      accuracyInDataOrder: null,
      chance: 0.1,
      aboveChance: true,
      candidates: [],
    },
    notes: [],
  };
}

/** Audits one model on the first test images, without a limit of time. */
export async function audited(
  model: Model,
  count: number,
  options: Partial<AuditOptions> = {},
): Promise<AuditedModel> {
  const subject = await subjectOf('patient', model);
  try {
    const { results } = await audit({
      runtime: await nodeRuntime(),
      subjects: [subject],
      norm: 'Linf',
      epsilon: 0.3,
      indices: Uint32Array.from({ length: count }, (_, i) => i),
      effort: 'quick',
      ...options,
    });
    return results.models[0]!;
  } finally {
    await subject.classifier.release();
    await subject.undefended?.release();
  }
}
