import type { Model } from '../onnx/graph.js';
import type { Tensor } from '../tensor/tensor.js';
import { batchesOf, Collected } from './batches.js';
import type { ClassifierGraph, ClassifierShape } from './classifier-shape.js';
import { type Engine, engineOf, Sessions } from './sessions.js';

type Floats = Tensor<'float32'>;

/** The deployed graph of a model, forward only: the one thing that decides what an input is classified as. */
export class Judge {
  /** The graph that is run: with a free batch, and its logits as output. */
  readonly model: Model;
  readonly shape: ClassifierShape;
  /** Images that were asked about. */
  queries = 0;
  readonly engine: Engine;
  private readonly sessions: Sessions;

  constructor({ model, shape }: ClassifierGraph, engine: Engine) {
    this.model = model;
    this.shape = shape;
    this.engine = engineOf(engine, shape.onlyBatch);
    this.sessions = new Sessions(engine);
  }

  /**
   * Logits [N, classes] of images [N, ...dims].
   *
   * @param batchSize images for each run of the engine, where it is not to be the engine's; a model that
   *   can only be run with one batch size keeps that
   * @returns what the model says, which need not be numbers; see `argMax`
   * @throws ToolkitError `data-mismatch` for images of another size, `runtime`
   */
  async logits(images: Floats, batchSize = this.engine.batchSize): Promise<Floats> {
    const { input, output, dims, classes } = this.shape;
    const session = await this.sessions.of(this.model, () => this.model);
    const logits = new Collected('logits');
    const engine = engineOf({ ...this.engine, batchSize }, this.shape.onlyBatch);
    for (const batch of batchesOf(images, { ...engine, dims })) {
      const result = await session.run({ [input]: batch.images });
      logits.add(result[output], batch);
    }
    const count = images.dims[0] ?? 0;
    this.queries += count;
    return logits.tensor([count, classes]);
  }

  /** Frees the engine's memory; the judge can be used again afterwards. */
  release(): Promise<void> {
    return this.sessions.release();
  }
}
