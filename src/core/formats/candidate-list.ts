import { isToolkitError } from '../base/errors.js';
import { asClassifier, type ClassifierOutput } from '../models/classifier-shape.js';
import { givesProbabilities } from '../models/outputs/probabilities.js';
import { fittingLayouts } from '../models/preprocessing/layouts.js';
import { inOrder, type Values } from '../models/preprocessing/preprocessing.js';
import { BATCH_SIZE, type Engine } from '../models/sessions.js';
import type { Dim, Model } from '../onnx/graph.js';
import { Candidate } from './candidates.js';
import type { NamedDetectOptions } from './detect-options.js';
import { type KnownValues, valuesFor } from './known-values.js';
import type { Sample, Stated } from './stated-format.js';

/**
 * Every layout with every preparation of the numbers, the simplest first; of a model that gives probabilities
 * which cannot be taken off, their logarithms.
 */
export async function candidatesFor(
  model: Model,
  sample: Sample,
  options: NamedDetectOptions,
): Promise<Candidate[]> {
  const candidates = fittingCandidates(model, sample, options, {});
  const [first] = candidates;
  if (!first || !(await givesProbabilities(first.judge, sample.images))) return candidates;
  for (const candidate of candidates) await candidate.release();
  return fittingCandidates(model, sample, options, { probabilities: true });
}

/**
 * @param output what of the model is asked
 * @throws ToolkitError `data-mismatch`, `not-a-classifier`, `bad-value`, `shape-mismatch`
 */
export function fittingCandidates(
  model: Model,
  { images }: Sample,
  options: NamedDetectOptions,
  output: ClassifierOutput,
): Candidate[] {
  const { source, stated = {}, runtime, threads, batchSize = BATCH_SIZE, exact } = options;
  const dims = images.dims.slice(1) as [number, number, number];
  const given = inputShape(model, source);
  // Asked in any case: where none fits, it knows what to do.
  const fitting = fittingLayouts(given, dims, source);
  const layouts = stated.layout ? [stated.layout.value] : fitting;
  const engine: Engine = { runtime, source, batchSize, threads, exact };
  const values = (stated.values ? [statedValues(stated.values)] : valuesFor(dims[0])).flatMap((known) => {
    const { channelOrder: own } = known.values;
    const said = stated.channelOrder?.value;
    return own && said && own !== said
      ? []
      : [{ ...known, values: inOrder(known.values, said ?? own ?? 'RGB') }];
  });
  const found: Candidate[] = [];
  let refusal: unknown;
  for (const layout of layouts) {
    try {
      for (const known of values) found.push(new Candidate(model, layout, known, images, engine, output));
    } catch (error) {
      // Sizes that the input leaves open may be fixed by what follows: then only one of
      // the layouts can be meant.
      if (layouts.length === 1 || !isToolkitError(error, 'shape-mismatch')) throw error;
      refusal = error;
    }
  }
  if (found.length === 0) throw refusal;
  return found;
}

/** @throws ToolkitError `not-a-classifier` for what no preprocessing can be put in front of */
function inputShape(model: Model, source: string): readonly Dim[] {
  const { inputs, outputs } = model.graph;
  const type = inputs[0]?.type;
  const usable = inputs.length === 1 && outputs.length === 1 && type?.dtype === 'float32';
  if (!usable || type.dims === undefined) asClassifier(model, source);
  return type?.dims?.slice(1) ?? [];
}

const statedValues = ({ value, origin }: Stated<Values>): KnownValues => {
  const numbers = `scale ${value.scale}, mean ${value.mean.join(', ')}, std ${value.std.join(', ')}`;
  return { name: origin, title: `values of ${numbers}`, values: value, source: origin, complexity: 0 };
};
