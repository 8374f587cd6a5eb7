import { ToolkitError } from '../base/errors.js';
import { isStatic } from '../onnx/dims.js';
import type { Model } from '../onnx/graph.js';
import { inferShapes } from '../onnx/infer.js';
import { withFloatEnds } from './float-ends.js';
import { freeBatch } from './free-batch.js';
import { type Head, withLogits } from './logits-head.js';

/** The shape of an image classifier, read from its graph. */
export interface ClassifierShape {
  readonly input: string;
  readonly output: string;
  /** [C, H, W], or whatever follows the batch dimension. */
  readonly dims: readonly number[];
  readonly classes: number;
  /** What the model ends in; of a softmax, its input is taken as the logits. */
  readonly head: Head;
  /** The batch size that the file fixes, which is freed where possible; null when it is free already. */
  readonly fixedBatch: number | null;
  /** The batch size that it cannot be run without, since the graph depends on it; null where any will do. */
  readonly onlyBatch: number | null;
  /**
   * Steps from black to white that the image is rounded to before the model sees it; null where it is not.
   */
  readonly inputLevels: number | null;
}

/** A model as an image classifier. */
export interface ClassifierGraph {
  readonly model: Model;
  readonly shape: ClassifierShape;
}

/** The shape of an image classifier. @throws ToolkitError as `asClassifier` */
export const classifierShape = (model: Model, source = 'model'): ClassifierShape =>
  asClassifier(model, source).shape;

/**
 * A model as an image classifier: for any number of images at once where its graph allows that, and with its
 * logits as the output.
 *
 * @throws ToolkitError `not-a-classifier` with everything that is wrong with it
 */
export function asClassifier(given: Model, source = 'model'): ClassifierGraph {
  const { model, inputLevels } = withFloatEnds(given);
  const { graph } = model;
  const problems: string[] = [];
  const [input] = graph.inputs;
  const [output] = graph.outputs;
  if (graph.inputs.length !== 1)
    problems.push(`it has ${graph.inputs.length} inputs (${graph.inputs.map((v) => v.name).join(', ')})`);
  if (graph.outputs.length !== 1) problems.push(`it has ${graph.outputs.length} outputs`);
  const dims = input?.type?.dims?.slice(1) ?? [];
  if (input?.type && input.type.dtype !== 'float32')
    problems.push(`its input is ${input.type.dtype}, not float32`);
  if (dims.length === 0 || !isStatic(dims))
    problems.push(`its input has the shape [${input?.type?.dims ?? 'unknown'}]`);
  const logits =
    (output && (inferShapes(graph).type(output.name) ?? output.type))?.dims ?? output?.type?.dims;
  const classes = logits?.[1];
  if (logits?.length !== 2 || typeof classes !== 'number' || classes < 2) {
    problems.push(`its output has the shape [${logits ?? 'unknown'}]`);
  }
  if (problems.length > 0) throw new ToolkitError('not-a-classifier', { source, problems });
  const free = freeBatch(model);
  const { model: rewritten, head } = withLogits(free.model);
  const names = { input: input!.name, output: output!.name };
  const shape = {
    ...names,
    dims: dims as number[],
    classes: classes as number,
    head,
    fixedBatch: free.fixed,
    onlyBatch: free.held === null ? null : free.fixed,
    inputLevels,
  };
  return { model: rewritten, shape };
}
