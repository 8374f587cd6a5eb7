import { ToolkitError } from '../base/errors.js';
import type { Model } from '../onnx/graph.js';
import type { Runtime, Session } from '../runtime/runtime.js';
import { allFinite, argMax, concatenate } from '../tensor/floats.js';
import { expectType, float32, int64, rows, sizeOf, type Tensor } from '../tensor/tensor.js';
import { checkCotangent, checkLabels, checkTargets } from './classifier-checks.js';
import { asClassifier, type ClassifierShape } from './classifier-shape.js';
import {
  type GradientGraph,
  gradientGraph,
  type Outputs,
  OWN_PREDICTION,
  RUNNER_UP,
  type VjpGraph,
  vjpGraph,
} from './gradient-graph.js';
import type { Objective } from './objectives/index.js';

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

  /** Another model, run with the options of this one. */
  as(model: Model): Classifier {
    return new Classifier(model, this.options);
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
    return this.finite('outputs', float32([images.dims[0]!, this.classes], concatenate(parts)));
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
    const losses: Float32Array[] = [];
    const logits: Float32Array[] = [];
    const gradients: Float32Array[] = [];
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
      loss: concatenate(losses),
      logits: this.finite('outputs', float32([images.dims[0]!, this.classes], concatenate(logits))),
      gradient: this.finite('input gradients', float32(images.dims, concatenate(gradients))),
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
      const feeds = Object.fromEntries(
        graph.cotangents.map((name, k) => [name, rows(cotangents[k]!, start, end)]),
      );
      const result = await ready.run({ [graph.image]: batch, ...feeds });
      logits.push(expectType(result[graph.logits]!, 'float32', 'logits').data);
      graph.gradients.forEach((name, k) => {
        gradients[k]!.push(expectType(result[name]!, 'float32', 'gradient').data);
      });
      start = end;
    }
    this.queries.gradient += images.dims[0]! * cotangents.length;
    return {
      logits: this.finite('outputs', float32([images.dims[0]!, this.classes], concatenate(logits))),
      gradients: gradients.map((parts) =>
        this.finite('input gradients', float32(images.dims, concatenate(parts))),
      ),
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
    const created = {
      graph,
      session: this.options.runtime.createSession(graph.model, this.sessionOptions()),
    };
    this.gradients.set(objective, created);
    return created;
  }

  private productSession(count: number, outputs: Outputs) {
    const key = `${count} ${outputs}`;
    const found = this.products.get(key);
    if (found) return found;
    const graph = vjpGraph(this.model, count, outputs, this.source);
    const created = {
      graph,
      session: this.options.runtime.createSession(graph.model, this.sessionOptions()),
    };
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
