import { isToolkitError } from '../base/errors.js';
import { prose } from '../base/text/index.js';
import { dependsOnBatch, probeBatch } from '../models/batch-probe.js';
import type { BatchUse } from '../models/model-under-test.js';
import type { Model } from '../onnx/graph.js';
import { type Detected, detect } from './detect-format.js';
import type { DetectOptions } from './detect-options.js';
import type { Sample } from './stated-format.js';

/** A detected format with what is known of the batch. */
export interface DetectedInBatches extends Detected {
  readonly batch: BatchUse;
}

/**
 * The input format of a model, and whether its answers depend on the batch that an image is in. Where they
 * do, everything is measured with the batch size of deployment: the one that is given, else the one that the
 * file fixes, else one image at a time. The format is then detected again, since its accuracy was that of
 * another batch.
 *
 * @throws ToolkitError as `detect`
 */
export async function detectInBatches(
  model: Model,
  sample: Sample,
  options: DetectOptions,
): Promise<DetectedInBatches> {
  const first = await detected(model, sample, options);
  const { judge, predictions } = first;
  try {
    const probe = await probeBatch(judge, sample.images, predictions);
    if (!dependsOnBatch(probe)) return { ...first, batch: { ...probe, deployed: null, origin: 'assumed' } };
    const { fixedBatch, onlyBatch } = judge.shape;
    // Nothing but its own size can be run, whoever says what else.
    const given = onlyBatch ?? options.batchSize;
    const deployed = given ?? fixedBatch ?? 1;
    const origin = onlyBatch !== null ? 'file' : given ? 'given' : fixedBatch === null ? 'assumed' : 'file';
    const batch: BatchUse = { ...probe, deployed, origin };
    if (onlyBatch !== null) return { ...first, batch };
    await judge.release();
    return { ...(await detect(model, sample, { ...options, batchSize: deployed, exact: true })), batch };
  } catch (error) {
    await judge.release();
    throw error;
  }
}

/** A file may name its batch axis and fix the batch inside: then it can be run with one image at a time. */
async function detected(model: Model, sample: Sample, options: DetectOptions): Promise<Detected> {
  try {
    return await detect(model, sample, options);
  } catch (error) {
    if (options.batchSize !== undefined || !isToolkitError(error, 'runtime')) throw error;
    return detect(model, sample, { ...options, batchSize: 1, exact: true }).catch(() => {
      throw error;
    });
  }
}

/** What people should know of it; nothing where answers do not depend on the batch. */
export function batchSentences({
  deployed,
  origin,
  predictions,
  logits,
  largest,
  refused,
}: BatchUse): string[] {
  if (deployed === null) return [];
  const move = prose.percent(largest);
  const changed = `${prose.counts(logits)} images get other logits (by up to ${move} of their range)`;
  const seen =
    logits.count > 0
      ? `${changed} and ${prose.counts(predictions)} another class in another batch`
      : `the engine runs it with no batch of ${refused.join(', ')}`;
  const by = { given: 'as stated', file: 'as the file fixes it', assumed: 'one image at a time' }[origin];
  return [`answers depend on the batch: ${seen}; judged with batch size ${deployed}, ${by}`];
}
