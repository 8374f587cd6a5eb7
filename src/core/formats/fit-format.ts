import { ToolkitError } from '../base/errors.js';
import { stream } from '../base/random.js';
import type { Dataset } from '../data/dataset.js';
import { relabelled } from '../data/relabel.js';
import { withPreprocessing } from '../models/preprocessing/preprocessing.js';
import type { Model } from '../onnx/graph.js';
import { type DetectOptions, detectFormat, type Format } from './detect-format.js';
import { formatSentences } from './format-sentences.js';

/** A model and data that fit each other. */
export interface FittedFormat {
  /** Takes [N, C, H, W] in [0, 1]. */
  readonly model: Model;
  /** Its classes counted as the model counts them. */
  readonly data: Dataset;
  readonly format: Format;
  /** What was found out about the model's input, for people. */
  readonly notes: readonly string[];
}

/** Test images that ways of feeding a model are tried on. */
const TRIED = 1024;

/**
 * Finds out how a model takes its images and counts its classes, and puts that before the model and behind the data.
 *
 * @param options what is stated is not tried; `source` names the model in messages
 * @throws ToolkitError `not-a-classifier`, `data-mismatch`, `bad-description`; `nothing-to-do` for data without test images
 */
export async function fitFormat(
  model: Model,
  data: Dataset,
  options: DetectOptions & { readonly seed?: number },
): Promise<FittedFormat> {
  const { test, classNames } = data;
  const { seed = 1, source = 'model', ...others } = options;
  if (test.count === 0) {
    const hint = 'Name the arrays images and labels.';
    throw new ToolkitError('nothing-to-do', { what: 'The data set has no test images', hint });
  }
  const chosen = stream(seed, 'format').sample(test.count, Math.min(TRIED, test.count));
  const { images, labels } = test.batch(chosen);
  const sample = { images, labels: Array.from(labels.data, Number), classNames };
  const format = await detectFormat(model, sample, { source, ...others });
  return {
    model: withPreprocessing(model, format.preprocessing, data.dims, source),
    data: relabelled(data, format.labelMap, format.classes),
    format,
    notes: formatSentences(format, classNames),
  };
}
