import { ToolkitError } from '../errors.js';
import { isStatic } from '../onnx/dims.js';
import type { Model } from '../onnx/graph.js';
import { inferShapes } from '../onnx/shapes/index.js';
import type { Runtime, Session } from '../runtime/runtime.js';
import { expectType, float32, int64, rows, sizeOf, type Tensor } from '../tensor/tensor.js';
import { freeBatch } from './batch.js';
import { checkCotangent, checkLabels, checkTargets } from './checks.js';
import {
  type GradientGraph,
  gradientGraph,
  type Outputs,
  OWN_PREDICTION,
  RUNNER_UP,
  type VjpGraph,
  vjpGraph,
} from './gradient-graph.js';
import { type Head, withLogits } from './head.js';
import type { Objective } from './objectives.js';

type Floats = Tensor<'float32'>;

export interface ClassifierOptions {
  readonly runtime: Runtime;
  /** How messages name the model. */
  readonly source?: string;
  /** Images for each run of the engine (default 128). */
  readonly batchSize?: number;
  readonly threads?: number;
}

export interface GradientResult {
  /** [N]. */
  readonly loss: Float32Array;
  /** [N, classes]. */
  readonly logits: Floats;
  /** Of the images' shape. */
  readonly gradient: Floats;
}

export interface VjpResult {
  /** [N, classes]. */
  readonly logits: Floats;
  /** Of the images' shape, one for each cotangent. */
  readonly gradients: readonly Floats[];
}

/** How often the model was asked, counted in images; a vector-Jacobian product counts as one gradient. */
export interface QueryCount {
  forward: number;
  gradient: number;
}

/** The shape of an image classifier, read from its graph. */
export interface ClassifierShape {
  readonly input: string;
  readonly output: string;
  /** [C, H, W], or whatever follows the batch dimension. */
  readonly dims: readonly number[];
  readonly classes: number;
  /** What the model ends in; of a softmax, its input is taken as the logits. */
  readonly head: Head;
  /** The batch size that the file fixes, which is then freed; null when it is free already. */
  readonly fixedBatch: number | null;
}

/** The shape of an image classifier. @throws ToolkitError as `asClassifier` */
export const classifierShape = (model: Model, source = 'model'): ClassifierShape => asClassifier(model, source).shape;

/**
 * A model as an image classifier: for any number of images at once, and with its logits as the output.
 *
 * @throws ToolkitError `not-a-classifier` with everything that is wrong with it
 */
export function asClassifier(
  model: Model,
  source = 'model',
): { readonly model: Model; readonly shape: ClassifierShape } {
  const { graph } = model;
  const problems: string[] = [];
  const [input] = graph.inputs;
  const [output] = graph.outputs;
  if (graph.inputs.length !== 1)
    problems.push(`it has ${graph.inputs.length} inputs (${graph.inputs.map((v) => v.name).join(', ')})`);
  if (graph.outputs.length !== 1) problems.push(`it has ${graph.outputs.length} outputs`);
  const dims = input?.type?.dims?.slice(1) ?? [];
  if (input?.type && input.type.dtype !== 'float32') problems.push(`its input is ${input.type.dtype}, not float32`);
  if (dims.length === 0 || !isStatic(dims))
    problems.push(`its input has the shape [${input?.type?.dims ?? 'unknown'}]`);
  const logits = (output && (inferShapes(graph).type(output.name) ?? output.type))?.dims ?? output?.type?.dims;
  const classes = logits?.[1];
  if (logits?.length !== 2 || typeof classes !== 'number' || classes < 2) {
    problems.push(`its output has the shape [${logits ?? 'unknown'}]`);
  }
  if (problems.length > 0) throw new ToolkitError('not-a-classifier', { source, problems });
  const free = freeBatch(model, source);
  const { model: rewritten, head } = withLogits(free.model);
  const names = { input: input!.name, output: output!.name };
  const shape = { ...names, dims: dims as number[], classes: classes as number, head, fixedBatch: free.fixed };
  return { model: rewritten, shape };
}

/**
 * An image classifier: an ONNX model with its sessions, run in batches.
 * Images are float32 [N, ...dims] with values inside `bounds`.
 */
export class Classifier {
  readonly source: string;
  /** The model that is run: with a free batch, and its logits as output. */
  readonly model: Model;
  readonly shape: ClassifierShape;
  readonly bounds: readonly [number, number] = [0, 1];
  readonly queries: QueryCount = { forward: 0, gradient: 0 };
  readonly batchSize: number;
  private forward: Promise<Session> | undefined;
  private readonly gradients = new Map<Objective, { graph: GradientGraph; session: Promise<Session> }>();
  private readonly products = new Map<string, { graph: VjpGraph; session: Promise<Session> }>();

  constructor(
    model: Model,
    private readonly options: ClassifierOptions,
  ) {
    this.source = options.source ?? (model.graph.name || 'model');
    const prepared = asClassifier(model, this.source);
    this.model = prepared.model;
    this.shape = prepared.shape;
    this.batchSize = options.batchSize ?? 128;
  }

  get classes(): number {
    return this.shape.classes;
  }

  /** Logits [N, classes] of images [N, ...dims]. */
  async logits(images: Floats): Promise<Floats> {
    this.forward ??= this.options.runtime.createSession(this.model, this.sessionOptions());
    const session = await this.forward;
    const parts: Float32Array[] = [];
    for (const batch of this.batches(images)) {
      const result = await session.run({ [this.shape.input]: batch });
      parts.push(expectType(result[this.shape.output]!, 'float32', 'logits').data);
    }
    this.queries.forward += images.dims[0]!;
    return this.finite('outputs', float32([images.dims[0]!, this.classes], join(parts)));
  }

  /** Predicted classes [N]; among equal logits the first. */
  async predict(images: Floats): Promise<Int32Array> {
    return argMax(await this.logits(images));
  }

  /**
   * Loss, logits and input gradient from one fused graph.
   * @param labels classes [N]; default: the model's own predictions
   * @param targets classes [N] that a targeted objective leads to; default: the most likely ones besides the labels
   * @throws ToolkitError `unsupported-operators` on the first call, naming all of them; `data-mismatch` for labels that
   *   are too few or no class of the model, and for such targets
   */
  async gradient(
    images: Floats,
    objective: Objective,
    labels?: ArrayLike<number>,
    targets?: ArrayLike<number>,
  ): Promise<GradientResult> {
    if (labels) checkLabels(this, labels, images.dims[0]!);
    if (targets) checkTargets(this, objective, targets, labels, images.dims[0]!);
    const { graph, session } = this.gradientSession(objective);
    const [losses, logits, gradients]: Float32Array[][] = [[], [], []];
    const ready = await session;
    let start = 0;
    for (const batch of this.batches(images)) {
      const count = batch.dims[0]!;
      const classesOf = (given: ArrayLike<number> | undefined, absent: number) =>
        int64(
          [count],
          Array.from({ length: count }, (_, i) => given?.[start + i] ?? absent),
        );
      const result = await ready.run({
        [graph.image]: batch,
        [graph.label]: classesOf(labels, OWN_PREDICTION),
        ...(graph.target && { [graph.target]: classesOf(targets, RUNNER_UP) }),
      });
      losses.push(expectType(result[graph.loss]!, 'float32', 'loss').data);
      logits.push(expectType(result[graph.logits]!, 'float32', 'logits').data);
      gradients.push(expectType(result[graph.gradient]!, 'float32', 'gradient').data);
      start += count;
    }
    this.queries.gradient += images.dims[0]!;
    return {
      loss: join(losses),
      logits: this.finite('outputs', float32([images.dims[0]!, this.classes], join(logits))),
      gradient: this.finite('input gradients', float32(images.dims, join(gradients))),
    };
  }

  /**
   * Vector-Jacobian products `sum_c cotangent[n, c] * dF_c / dx_n`, all from one forward pass.
   *
   * @param cotangents each [N, classes]
   * @param outputs F: the logits, or their softmax
   * @throws ToolkitError `unsupported-operators`, `not-finite`; `data-mismatch` for a cotangent of another shape
   */
  async vjp(images: Floats, cotangents: readonly Floats[], outputs: Outputs = 'logits'): Promise<VjpResult> {
    for (const cotangent of cotangents) checkCotangent(this, cotangent, images.dims[0]!);
    const { graph, session } = this.productSession(cotangents.length, outputs);
    const ready = await session;
    const logits: Float32Array[] = [];
    const gradients: Float32Array[][] = cotangents.map(() => []);
    let start = 0;
    for (const batch of this.batches(images)) {
      const end = start + batch.dims[0]!;
      const feeds = Object.fromEntries(graph.cotangents.map((name, k) => [name, rows(cotangents[k]!, start, end)]));
      const result = await ready.run({ [graph.image]: batch, ...feeds });
      logits.push(expectType(result[graph.logits]!, 'float32', 'logits').data);
      graph.gradients.forEach((name, k) => {
        gradients[k]!.push(expectType(result[name]!, 'float32', 'gradient').data);
      });
      start = end;
    }
    this.queries.gradient += images.dims[0]! * cotangents.length;
    return {
      logits: this.finite('outputs', float32([images.dims[0]!, this.classes], join(logits))),
      gradients: gradients.map((parts) => this.finite('input gradients', float32(images.dims, join(parts)))),
    };
  }

  /** Frees the engine's memory; the classifier can be used again afterwards. */
  async release(): Promise<void> {
    const derived = [...this.gradients.values(), ...this.products.values()];
    const sessions = [this.forward, ...derived.map((g) => g.session)];
    this.forward = undefined;
    this.gradients.clear();
    this.products.clear();
    // A session that could not be created has nothing to free, and must not keep the others from being freed.
    for (const session of sessions) await (await session?.catch(() => undefined))?.release();
  }

  private gradientSession(objective: Objective) {
    const found = this.gradients.get(objective);
    if (found) return found;
    const graph = gradientGraph(this.model, objective, this.source);
    const created = { graph, session: this.options.runtime.createSession(graph.model, this.sessionOptions()) };
    this.gradients.set(objective, created);
    return created;
  }

  private productSession(count: number, outputs: Outputs) {
    const key = `${count} ${outputs}`;
    const found = this.products.get(key);
    if (found) return found;
    const graph = vjpGraph(this.model, count, outputs, this.source);
    const created = { graph, session: this.options.runtime.createSession(graph.model, this.sessionOptions()) };
    this.products.set(key, created);
    return created;
  }

  private sessionOptions() {
    return { source: this.source, ...(this.options.threads && { threads: this.options.threads }) };
  }

  /** NaN compares as nothing: it would predict class 0 for ever, move no attack, and look robust. */
  private finite(what: string, value: Floats): Floats {
    if (allFinite(value.data)) return value;
    const total = value.dims[0]!;
    const broken = [...Array(total).keys()].filter((n) => !allFinite(rows(value, n, n + 1).data));
    throw new ToolkitError('not-finite', { source: this.source, what, count: broken.length, total });
  }

  private *batches(images: Floats): Generator<Floats> {
    if (sizeOf(images.dims.slice(1)) !== sizeOf(this.shape.dims)) {
      throw new ToolkitError('data-mismatch', {
        what: this.source,
        expected: `images of [${this.shape.dims}]`,
        received: `[${images.dims.slice(1)}]`,
      });
    }
    const shaped = { ...images, dims: [images.dims[0]!, ...this.shape.dims] };
    for (let start = 0; start < images.dims[0]!; start += this.batchSize) {
      yield rows(shaped, start, Math.min(images.dims[0]!, start + this.batchSize));
    }
  }
}

/** A plain loop: `every` would cost more than it guards. */
function allFinite(data: Float32Array): boolean {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return false;
  return true;
}

/** Index of the largest logit of each row; the first among equals. */
export function argMax(logits: Floats): Int32Array {
  const [count, classes] = logits.dims as [number, number];
  const result = new Int32Array(count);
  for (let n = 0; n < count; n++) {
    let best = 0;
    for (let k = 1; k < classes; k++) if (logits.data[n * classes + k]! > logits.data[n * classes + best]!) best = k;
    result[n] = best;
  }
  return result;
}

function join(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Float32Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
