import { ruleSets } from '../../core/autodiff/rules/index.js';
import { lookUp } from '../../core/base/names.js';
import { naming } from '../../core/base/naming.js';
import { asClassifier, type ClassifierShape } from '../../core/models/classifier-shape.js';
import { type GradientGraph, gradientGraph } from '../../core/models/gradient-graph.js';
import { differentiable } from '../../core/models/guide-graph.js';
import { type FlatOperator, flatOperatorsOnPath } from '../../core/models/model-summary.js';
import { type Objective, objectives } from '../../core/models/objectives/index.js';
import { encodeModel } from '../../core/onnx/encode.js';
import type { Runtime } from '../../core/runtime/runtime.js';
import { nodeRuntime } from '../runtime.js';
import { assertWritable, writeAtomically } from '../store/files.js';
import { readFiniteModel } from '../subject/load-model.js';
import { assertLoadable } from './loadable.js';

/** What `gradient` does unless it is told otherwise. */
export const gradientDefaults = { objective: 'cross-entropy' } as const;

/** What `gradient` takes; the options of `foolproof gradient`. */
export interface GradientOptions {
  /** The path of an ONNX classifier. */
  readonly model: string;
  /** The loss to differentiate; default the cross-entropy. */
  readonly objective?: string | Objective | undefined;
  /** The output that holds the classes, of a model with several. */
  readonly output?: string | undefined;
  /** Where to write the graph. */
  readonly out?: string | undefined;
  /** Loads the graph before it is written; default: `nodeRuntime()`. */
  readonly runtime?: Runtime | undefined;
}

/** What `gradient` results in. */
export interface GradientOutcome {
  readonly graph: GradientGraph;
  /** The ONNX file. */
  readonly file: Uint8Array;
  readonly shape: ClassifierShape;
  readonly objective: string;
  /** Piecewise constant operators: no gradient flows back through them. */
  readonly flat: readonly FlatOperator[];
}

/**
 * A model and its input gradient as one ONNX graph that any runtime executes:
 * `foolproof gradient` as a function.
 *
 * @throws ToolkitError as `readModel`; `not-a-classifier`, `ambiguous-output`, `bad-weights`,
 *   `unsupported-operators`, `unknown-name`, `runtime` when the engine does not load the graph,
 *   `file-unwritable`
 */
export const gradient = (options: GradientOptions): Promise<GradientOutcome> =>
  naming(options.model, () => written(options));

async function written(options: GradientOptions): Promise<GradientOutcome> {
  const { model: path, out, output, objective: given = gradientDefaults.objective } = options;
  const objective = typeof given === 'string' ? lookUp(objectives, given, 'objective') : given;
  if (out !== undefined) await assertWritable(out);
  const loaded = await readFiniteModel(path);
  const { model, shape } = asClassifier(loaded.model, path, { output });
  const followed = differentiable(model, path);
  const graph = gradientGraph(followed.model, objective, path, ruleSets[followed.rules]);
  const file = encodeModel(graph.model);
  await assertLoadable(file, options.runtime ?? (await nodeRuntime()), `gradient graph of ${path}`);
  if (out !== undefined) await writeAtomically(out, file);
  return { graph, file, shape, objective: objective.name, flat: flatOperatorsOnPath(model) };
}
