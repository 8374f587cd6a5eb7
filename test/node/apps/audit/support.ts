import type { AuditedModel } from '../../../../src/core/evaluation/audit-schema.js';
import { materialize } from '../../../../src/core/models/materialize.js';
import type { ModelUnderTest } from '../../../../src/core/models/model-under-test.js';
import type { Model } from '../../../../src/core/onnx/graph.js';
import type { RunAuditOptions } from '../../../../src/node/apps/audit/audit-options.js';
import { runAudit } from '../../../../src/node/apps/audit/run-audit.js';
import { nodeRuntime } from '../../../../src/node/runtime.js';
import { readModel } from '../../../../src/node/subject/load-model.js';
import { mnist } from '../../../support/mnist.js';
import { subjectOf as preparedOf } from '../../../support/subjects.js';

export const ROBUST = 'test/fixtures/mnist-adversarial.onnx';
export const DISTILLED = 'test/fixtures/mnist-distilled.onnx';
/** The paper's network as a HashNet that stores one weight in 64, trained on all of MNIST. */
export const HASHED = 'docs/results/mnist-paper/models/hash-1-64.onnx';

/** A model of a file, its hashes evaluated, which changes no result. */
export async function networkOf(path: string): Promise<Model> {
  return materialize((await readModel(path)).model, await nodeRuntime());
}

/** A model that takes MNIST as it is. */
export const subjectOf = async (id: string, model: Model): Promise<ModelUnderTest> =>
  preparedOf(model, await mnist(), { id });

/** Audits one model on the first test images, without a limit of time. */
export async function audited(
  model: Model,
  count: number,
  options: Partial<RunAuditOptions> = {},
): Promise<AuditedModel> {
  const subject = await subjectOf('patient', model);
  try {
    const { results } = await runAudit({
      runtime: await nodeRuntime(),
      models: [subject],
      data: await mnist(),
      norm: 'Linf',
      epsilon: 0.3,
      indices: Uint32Array.from({ length: count }, (_, i) => i),
      effort: 'quick',
      ...options,
    });
    return results.models[0]!;
  } finally {
    await subject.release();
  }
}
