import { ToolkitError } from '../base/errors.js';
import { isStatic } from '../onnx/dims.js';
import type { Model } from '../onnx/graph.js';
import { inferShapes } from '../onnx/infer.js';
import { withFloatEnds } from './float-ends.js';
import { freeBatch } from './free-batch.js';
import { type Head, withLogits } from './logits-head.js';
import { type OutputChoice, withOneOutput } from './outputs/choose-output.js';
import { withClassAxis, withLogarithms, withTwoClasses } from './outputs/class-axis.js';

/** The shape of an image classifier, read from its graph. */
export interface ClassifierShape {
  readonly input: string;
  readonly output: string;
  /** [C, H, W], or whatever follows the batch dimension. */
  readonly dims: readonly number[];
  readonly classes: number;
  /** What the model ends in; of a softmax, its input is taken as the logits. */
  readonly head: Head;
  /** Whether it has one number for two classes: the logit z of the second, where that of the first is 0. */
  readonly single: boolean;
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

/** Which numbers of a model are its classes, and what they are. */
export interface ClassifierOutput extends OutputChoice {
  /** Whether they are known to be probabilities that nothing at the end of the model can be taken off of. */
  readonly probabilities?: boolean | undefined;
}

/** The shape of an image classifier. @throws ToolkitError as `asClassifier` */
export const classifierShape = (model: Model, source = 'model', choice: ClassifierOutput = {}) =>
  asClassifier(model, source, choice).shape;

/**
 * A model as an image classifier: for any number of images at once where its graph allows that, and with its
 * logits [N, classes] as the only output, whatever the file has at its end.
 *
 * @throws ToolkitError `ambiguous-output` where several outputs may be the classes, `unknown-name`;
 *   `not-a-classifier` with everything that is wrong with it
 */
export function asClassifier(given: Model, source = 'model', choice: ClassifierOutput = {}): ClassifierGraph {
  const isUsable = given.graph.inputs.length === 1 && given.graph.outputs.length > 0;
  const one = isUsable ? withOneOutput(given, choice, source).model : given;
  const { model: ended, inputLevels } = withFloatEnds(one);
  const model = isUsable ? withClassAxis(ended) : ended;
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
  if (logits?.length !== 2 || typeof classes !== 'number' || classes < 1) {
    problems.push(`its output has the shape [${logits ?? 'unknown'}]`);
  }
  if (problems.length > 0) throw new ToolkitError('not-a-classifier', { source, problems });
  const free = freeBatch(model);
  const { model: scored, head: found } = withLogits(free.model);
  const single = classes === 1;
  const isProbability = choice.probabilities === true && found === 'logits';
  const head = isProbability ? 'probabilities' : found;
  const rewritten = single
    ? withTwoClasses(scored, isProbability)
    : isProbability
      ? withLogarithms(scored)
      : scored;
  const shape = {
    input: input!.name,
    output: rewritten.graph.outputs[0]!.name,
    dims: dims as number[],
    classes: single ? 2 : (classes as number),
    head,
    single,
    fixedBatch: free.fixed,
    onlyBatch: free.held === null ? null : free.fixed,
    inputLevels,
  };
  return { model: rewritten, shape };
}
