import { ruleSets } from '../autodiff/rules/index.js';
import { ToolkitError } from '../base/errors.js';
import type { Model } from '../onnx/graph.js';
import type { Runtime } from '../runtime/runtime.js';
import { argMax } from '../tensor/floats.js';
import type { Tensor } from '../tensor/tensor.js';
import { asClassifier, type ClassifierShape } from './classifier-shape.js';
import type { Outputs } from './gradient-graph.js';
import { type GradientResult, Guide, type VjpResult } from './guide.js';
import { type DifferentiableGraph, differentiable } from './guide-graph.js';
import { Judge } from './judge.js';
import type { Objective } from './objectives/index.js';
import { BATCH_SIZE, type Engine } from './sessions.js';

export type { GradientResult, VjpResult } from './guide.js';

type Floats = Tensor<'float32'>;

/** How a classifier is run and differentiated. */
export interface ClassifierOptions {
  readonly runtime: Runtime;
  /** How messages name the model. */
  readonly source?: string | undefined;
  /** Images for each run of the engine (default 128). */
  readonly batchSize?: number | undefined;
  /**
   * The batch size that the model is deployed with, where its answers depend on it: judge and guide are run
   * with exactly that many images.
   */
  readonly deployedBatch?: number | undefined;
  readonly threads?: number | undefined;
  /**
   * The model to differentiate, where it is another one; default: what `differentiable` makes of the model.
   */
  readonly guide?: Model | DifferentiableGraph | undefined;
}

/** How often the model was asked, counted in images; a vector-Jacobian product counts as one gradient. */
export interface QueryCount {
  readonly forward: number;
  readonly gradient: number;
}

/**
 * An image classifier that can be asked and differentiated. It has two graphs: the judge decides what
 * an image is classified as, the guide has the gradients. For a model of differentiable operators
 * both are the same graph.
 *
 * Images are float32 [N, ...dims] with values inside `bounds`.
 */
export class Classifier {
  readonly source: string;
  readonly judge: Judge;
  readonly guide: Guide;
  /** Images that are attacked together. */
  readonly batchSize: number;
  readonly bounds: readonly [number, number] = [0, 1];
  /**
   * Whether the guide's logits are the judge's, up to rounding: only then do they say what
   * an image is classified as.
   */
  readonly guideIsJudge: boolean;
  /**
   * Quantizers between image and logits, which gradients pass straight through; 0 where
   * gradients are derivatives.
   */
  readonly quantizers: number;

  /**
   * @param model a graph, or the judge that was made of it: its sessions go on being used
   * @throws ToolkitError `not-a-classifier`; `data-mismatch` for a guide of other images or classes
   */
  constructor(model: Model | Judge, options: ClassifierOptions) {
    const { runtime, threads, batchSize = BATCH_SIZE, deployedBatch } = options;
    const named = model instanceof Judge ? model.engine.source : model.graph.name;
    this.source = options.source ?? (named || 'model');
    this.batchSize = batchSize;
    const engine: Engine = {
      ...{ runtime, source: this.source, threads, batchSize: deployedBatch ?? batchSize },
      exact: deployedBatch !== undefined,
    };
    this.judge = model instanceof Judge ? model : new Judge(asClassifier(model, this.source), engine);
    const followed = followedGraph(this.judge.model, options.guide, this.source);
    this.guideIsJudge = followed.isSame;
    const graph =
      followed.model === this.judge.model ? this.judge : asClassifier(followed.model, this.source);
    this.guide = new Guide(graph, engine, ruleSets[followed.rules]);
    this.quantizers = followed.quantizers;
    checkGuide(this.judge.shape, this.guide.shape, this.source);
  }

  /** The graph that judges: with a free batch, and its logits as output. */
  get model(): Model {
    return this.judge.model;
  }

  /** Names and shapes of input and output, read from the graph. */
  get shape(): ClassifierShape {
    return this.judge.shape;
  }

  /** How many classes the model has. */
  get classes(): number {
    return this.shape.classes;
  }

  /** What was asked so far. */
  get queries(): QueryCount {
    return { forward: this.judge.queries, gradient: this.guide.queries };
  }

  /** Logits [N, classes] of images [N, ...dims]; see `Judge.logits`. */
  logits(images: Floats): Promise<Floats> {
    return this.judge.logits(images);
  }

  /** Predicted classes [N]; among equal logits the first. */
  async predict(images: Floats): Promise<Int32Array> {
    return argMax(await this.logits(images));
  }

  /** Loss, logits and input gradient of the guide; see `Guide.gradient`. */
  gradient(
    images: Floats,
    objective: Objective,
    labels?: ArrayLike<number>,
    targets?: ArrayLike<number>,
  ): Promise<GradientResult> {
    return this.guide.gradient(images, objective, labels, targets);
  }

  /** Vector-Jacobian products of the guide; see `Guide.vjp`. */
  vjp(images: Floats, cotangents: readonly Floats[], outputs?: Outputs): Promise<VjpResult> {
    return this.guide.vjp(images, cotangents, outputs);
  }

  /** Frees the engine's memory; the classifier can be used again afterwards. */
  async release(): Promise<void> {
    await this.judge.release();
    await this.guide.release();
  }
}

/** What gradients are taken of: what was given, or what follows from the judge. */
function followedGraph(judge: Model, guide: ClassifierOptions['guide'], source: string): DifferentiableGraph {
  if (!guide) return differentiable(judge, source);
  return 'rules' in guide ? guide : { ...differentiable(guide, source), isSame: false };
}

/**
 * @throws ToolkitError `data-mismatch` for a guide that takes other images, or has
 *   other classes, than its judge
 */
function checkGuide(judge: ClassifierShape, guide: ClassifierShape, source: string): void {
  if (String(judge.dims) === String(guide.dims) && judge.classes === guide.classes) return;
  const describe = ({ dims, classes }: ClassifierShape) => `images of [${dims}] and ${classes} classes`;
  const what = `guide of ${source}`;
  throw new ToolkitError('data-mismatch', { what, expected: describe(judge), received: describe(guide) });
}
