import { asClassifier } from '../models/classifier-shape.js';
import { type ChosenOutput, fittingOutputs, withOneOutput } from '../models/outputs/choose-output.js';
import type { Origin } from '../models/preprocessing/input-format.js';
import type { Model } from '../onnx/graph.js';
import { fittingCandidates } from './candidate-list.js';
import type { NamedDetectOptions } from './detect-options.js';
import type { Sample, StatedFormat } from './stated-format.js';

/** The output that holds the classes, and who said so. */
export interface StatedOutput extends Omit<ChosenOutput, 'labels'> {
  readonly origin: Origin;
  readonly labels: StatedFormat['labels'];
}

/** The model with the output that holds its classes, and what it calls these. */
export async function chosenOutput(
  model: Model,
  sample: Sample,
  options: NamedDetectOptions,
): Promise<StatedOutput> {
  const { source, stated: { output, labels: said } = {} } = options;
  const { inputs, outputs } = model.graph;
  if (inputs.length !== 1 || outputs.length === 0) asClassifier(model, source);
  const classes = sample.classNames.length;
  const same = output
    ? undefined
    : await sameDecision(model, fittingOutputs(model, classes), sample, options);
  const chosen = withOneOutput(model, { output: output?.value ?? same, classes }, source);
  const own = chosen.labels && { value: chosen.labels, origin: 'metadata' as const };
  const origin = output?.origin ?? (same === undefined ? 'shape' : 'guessed');
  return { ...chosen, origin, labels: said ?? own };
}

/** Images that outputs are compared on. */
const COMPARED = 256;

/**
 * Of several outputs the first, where all of them mean the same class for every image (logits and what is
 * normalized of them): then it is no question which of them is asked.
 */
async function sameDecision(
  model: Model,
  outputs: readonly string[],
  sample: Sample,
  options: NamedDetectOptions,
): Promise<string | undefined> {
  const [first] = outputs;
  if (first === undefined || outputs.length === 1) return undefined;
  const predictions: string[] = [];
  for (const output of outputs) {
    const { model: one } = withOneOutput(model, { output }, options.source);
    const [candidate, ...others] = fittingCandidates(one, sample, options, {});
    try {
      await candidate?.predict(Math.min(COMPARED, sample.labels.length));
      predictions.push(candidate?.predictions.join() ?? '');
    } finally {
      for (const each of others) await each.release();
      await candidate?.release();
    }
  }
  return new Set(predictions).size === 1 ? first : undefined;
}
