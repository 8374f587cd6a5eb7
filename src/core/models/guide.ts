import type { RuleSet } from '../autodiff/rule.js';
import { ruleSets } from '../autodiff/rules/index.js';
import type { Model } from '../onnx/graph.js';
import { int64, rows, type Tensor } from '../tensor/tensor.js';
import { batchesOf, Collected, filledUp } from './batches.js';
import { checkCotangent, checkLabels, checkTargets } from './classifier-checks.js';
import type { ClassifierGraph, ClassifierShape } from './classifier-shape.js';
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
import { type Engine, engineOf, Sessions } from './sessions.js';

type Floats = Tensor<'float32'>;

/** Loss, logits and input gradient of a batch. */
export interface GradientResult {
  /** [N]. */
  readonly loss: Float32Array;
  /** [N, classes], of the differentiated graph. */
  readonly logits: Floats;
  /** Of the images' shape. */
  readonly gradient: Floats;
}

/** Logits and vector-Jacobian products of a batch. */
export interface VjpResult {
  /** [N, classes], of the differentiated graph. */
  readonly logits: Floats;
  /** Of the images' shape, one for each cotangent. */
  readonly gradients: readonly Floats[];
}

/** A differentiable graph of a model: it proposes directions and decides nothing. */
export class Guide {
  /** The graph that is differentiated: with a free batch, and its logits as output. */
  readonly model: Model;
  readonly shape: ClassifierShape;
  /** Images whose gradient was asked for; a vector-Jacobian product counts as one gradient. */
  queries = 0;
  readonly engine: Engine;
  private readonly sessions: Sessions;
  private readonly gradients = new Map<Objective, GradientGraph>();
  private readonly products = new Map<string, VjpGraph>();

  /** @param rules what operators are differentiated by; default: their derivatives */
  constructor(
    { model, shape }: ClassifierGraph,
    engine: Engine,
    readonly rules: RuleSet = ruleSets.exact,
  ) {
    this.model = model;
    this.shape = shape;
    this.engine = engineOf(engine, shape.onlyBatch);
    this.sessions = new Sessions(engine);
  }

  /**
   * Loss, logits and input gradient from one fused graph. A gradient that is no number is given as zero.
   * @param labels classes [N]; default: the graph's own predictions
   * @param targets classes [N] that a targeted objective leads to; default: the most
   *   likely ones besides the labels
   * @throws ToolkitError `unsupported-operators` on the first call, naming all of them; `data-mismatch` for
   *   labels that are too few or no class of the model, and for such targets
   */
  async gradient(
    images: Floats,
    objective: Objective,
    labels?: ArrayLike<number>,
    targets?: ArrayLike<number>,
  ): Promise<GradientResult> {
    const count = images.dims[0] ?? 0;
    if (labels) checkLabels(this.named, labels, count);
    if (targets) checkTargets(this.named, objective, targets, labels, count);
    const graph = this.gradientGraph(objective);
    const session = await this.sessions.of(graph, () => graph.model);
    const [losses, logits, gradients] = [
      new Collected('loss'),
      new Collected('logits'),
      new Collected('gradient'),
    ];
    for (const batch of this.batches(images)) {
      const classesOf = (given: ArrayLike<number> | undefined, absent: number) =>
        int64(
          [batch.positions.length],
          batch.positions.map((n) => given?.[n] ?? absent),
        );
      const result = await session.run({
        [graph.image]: batch.images,
        [graph.label]: classesOf(labels, OWN_PREDICTION),
        ...(graph.target && { [graph.target]: classesOf(targets, RUNNER_UP) }),
      });
      losses.add(result[graph.loss], batch);
      logits.add(result[graph.logits], batch);
      gradients.add(result[graph.gradient], batch);
    }
    this.queries += count;
    return {
      loss: losses.data,
      logits: this.logitsOf(logits, count),
      gradient: gradients.directions(images.dims),
    };
  }

  /**
   * Vector-Jacobian products `sum_c cotangent[n, c] * dF_c / dx_n`, all from one forward pass.
   *
   * @param cotangents each [N, classes]
   * @param outputs F: the logits, or their softmax
   * @throws ToolkitError `unsupported-operators`; `data-mismatch` for a cotangent of another shape
   */
  async vjp(images: Floats, cotangents: readonly Floats[], outputs: Outputs = 'logits'): Promise<VjpResult> {
    const count = images.dims[0] ?? 0;
    for (const cotangent of cotangents) checkCotangent(this.named, cotangent, count);
    const graph = this.productGraph(cotangents.length, outputs);
    const session = await this.sessions.of(graph, () => graph.model);
    const logits = new Collected('logits');
    const products = cotangents.map((cotangent) => ({ cotangent, gradient: new Collected('gradient') }));
    for (const batch of this.batches(images)) {
      const [start = 0] = batch.positions;
      const feeds = products.map(({ cotangent }, k) => [
        graph.cotangents[k] ?? '',
        filledUp(rows(cotangent, start, start + batch.count), batch.positions.length),
      ]);
      const result = await session.run({ [graph.image]: batch.images, ...Object.fromEntries(feeds) });
      logits.add(result[graph.logits], batch);
      for (const [k, { gradient }] of products.entries())
        gradient.add(result[graph.gradients[k] ?? ''], batch);
    }
    this.queries += count * cotangents.length;
    return {
      logits: this.logitsOf(logits, count),
      gradients: products.map(({ gradient }) => gradient.directions(images.dims)),
    };
  }

  /** Frees the engine's memory; the guide can be used again afterwards. */
  async release(): Promise<void> {
    this.gradients.clear();
    this.products.clear();
    await this.sessions.release();
  }

  private get named() {
    return { source: this.engine.source, classes: this.shape.classes };
  }

  private batches(images: Floats) {
    return batchesOf(images, { ...this.engine, dims: this.shape.dims });
  }

  private logitsOf(logits: Collected, count: number): Floats {
    return logits.tensor([count, this.shape.classes]);
  }

  private gradientGraph(objective: Objective): GradientGraph {
    const graph =
      this.gradients.get(objective) ?? gradientGraph(this.model, objective, this.engine.source, this.rules);
    this.gradients.set(objective, graph);
    return graph;
  }

  private productGraph(count: number, outputs: Outputs): VjpGraph {
    const key = `${count} ${outputs}`;
    const graph =
      this.products.get(key) ?? vjpGraph(this.model, count, outputs, this.engine.source, this.rules);
    this.products.set(key, graph);
    return graph;
  }
}
