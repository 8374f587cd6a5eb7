import { isToolkitError } from '../base/errors.js';
import { asClassifier, type ClassifierOutput } from '../models/classifier-shape.js';
import { Judge } from '../models/judge.js';
import type { Layout } from '../models/preprocessing/layouts.js';
import { type Preprocessing, withPreprocessing } from '../models/preprocessing/preprocessing.js';
import type { Engine } from '../models/sessions.js';
import type { Model } from '../onnx/graph.js';
import { argMax } from '../tensor/floats.js';
import { rows, type Tensor } from '../tensor/tensor.js';
import type { KnownValues } from './known-values.js';

/** What no class is: the model gave something that is not a number. */
const NO_CLASS = -1;

/** One input format that a model may have, and what the model predicts with it. */
export class Candidate {
  readonly preprocessing: Preprocessing;
  /** Takes images [N, C, H, W] in [0, 1]. */
  readonly judge: Judge;
  /** Classes of the model for the first images, as many as were asked for. */
  readonly predictions: number[] = [];

  /** @throws ToolkitError `data-mismatch`, `not-a-classifier`, `shape-mismatch` */
  constructor(
    private readonly model: Model,
    readonly layout: Layout,
    readonly known: KnownValues,
    private readonly images: Tensor<'float32'>,
    private readonly engine: Engine,
    private readonly output: ClassifierOutput = {},
  ) {
    this.preprocessing = { layout, ...known.values };
    const dims = images.dims.slice(1) as [number, number, number];
    const { source } = engine;
    const graph = asClassifier(withPreprocessing(model, this.preprocessing, dims, source), source, output);
    this.judge = new Judge(graph, engine);
  }

  /** The number of channels of the images. */
  get channels(): number {
    return this.images.dims[1] ?? 0;
  }

  /** The same but for the values. */
  with(known: KnownValues): Candidate {
    return new Candidate(this.model, this.layout, known, this.images, this.engine, this.output);
  }

  /** Classes of the model. */
  get classes(): number {
    return this.judge.shape.classes;
  }

  /** Makes sure that the first `count` images are predicted. */
  async predict(count: number): Promise<void> {
    if (count <= this.predictions.length) return;
    const some = rows(this.images, this.predictions.length, count);
    try {
      this.predictions.push(...argMax(await this.judge.logits(some)));
    } catch (error) {
      // Numbers far from those that it was trained on may overflow: then they are not what it takes.
      if (!isToolkitError(error, 'not-finite')) throw error;
      while (this.predictions.length < count) this.predictions.push(NO_CLASS);
    }
  }

  release(): Promise<void> {
    return this.judge.release();
  }
}
