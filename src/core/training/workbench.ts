import { gradientGraph } from '../models/gradient-graph.js';
import { objectives } from '../models/objectives/index.js';
import type { Model } from '../onnx/graph.js';
import type { Runtime, Session } from '../runtime/runtime.js';
import { expectType, type Tensor } from '../tensor/tensor.js';
import type { BatchStatistics } from './batch-statistics.js';
import { softened } from './distillation.js';
import { type TrainingGraph, trainableParameters, withInputs } from './training-graph.js';

type Floats = Tensor<'float32'>;
type Values = ReadonlyMap<string, Floats>;

/** The loss of the network in training at a batch of images: its gradient, and the logits. */
export interface LossGradient {
  /** Gradient of each image's loss, of the images' size. */
  readonly gradient: Float32Array;
  /** [N, classes]. */
  readonly logits: Floats;
}

/** The sessions of one training; each is made when it is first needed. */
export class Workbench {
  private step: Promise<Session> | undefined;
  private inner: { session: Promise<Session>; graph: ReturnType<typeof gradientGraph> } | undefined;
  private teacher: Promise<Session> | undefined;

  constructor(
    private readonly model: Model,
    private readonly graph: TrainingGraph,
    private readonly runtime: Runtime,
    private readonly threads?: number,
  ) {}

  get classes(): number {
    return this.graph.classes;
  }

  /** One training step: every output of the graph. */
  async advance(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    this.step ??= this.session(this.graph.model, 'training step');
    return (await this.step).run(feeds);
  }

  /**
   * The input gradient of the cross-entropy at the current weights: what an adversary follows. The weights
   * are inputs of this graph as of the training step's, since they change after each batch. Batch
   * normalization uses its running statistics here, as when the network is attacked later, so that one
   * image's gradient does not depend on the others.
   */
  async lossGradient(
    images: Floats,
    labels: Tensor<'int64'>,
    parameters: Values,
    statistics: Values,
  ): Promise<LossGradient> {
    this.inner ??= this.openInner();
    const { graph, session } = this.inner;
    const feeds = {
      [graph.image]: images,
      [graph.label]: labels,
      ...Object.fromEntries(parameters),
      ...Object.fromEntries(statistics),
    };
    const results = await (await session).run(feeds, [graph.gradient, graph.logits]);
    return {
      gradient: expectType(results[graph.gradient]!, 'float32', 'gradient').data,
      logits: expectType(results[graph.logits]!, 'float32', 'logits'),
    };
  }

  /** A teacher's probabilities at the temperature of the distillation, with these values: [N, classes]. */
  async softLabels(images: Floats, teacher: Values, temperature: number): Promise<Floats> {
    const { graph } = this.model;
    // Its weights do not change any more, so they are constants, which the engine lays out for speed.
    const taught = {
      ...this.model,
      graph: { ...graph, initializers: new Map([...graph.initializers, ...teacher]) },
    };
    this.teacher ??= this.session(softened(taught, temperature), 'teacher');
    const session = await this.teacher;
    const results = await session.run({ [this.graph.image]: images });
    return expectType(results[session.outputs[0]!]!, 'float32', 'soft labels');
  }

  async release(): Promise<void> {
    const sessions = [this.step, this.inner?.session, this.teacher];
    for (const session of await Promise.allSettled(sessions)) {
      if (session.status === 'fulfilled') await session.value?.release();
    }
  }

  private openInner() {
    const running = this.graph.statistics.flatMap((layer: BatchStatistics) => Object.values(layer.running));
    const { initializers } = this.model.graph;
    const changing = new Map([
      ...trainableParameters(this.model),
      ...running.map((name) => [name, initializers.get(name)!] as const),
    ]);
    const graph = gradientGraph(
      withInputs(this.model, changing),
      objectives['cross-entropy'],
      'network in training',
    );
    return { graph, session: this.session(graph.model, 'gradient of the network in training') };
  }

  private session(model: Model, source: string): Promise<Session> {
    return this.runtime.createSession(model, { source, ...(this.threads && { threads: this.threads }) });
  }
}
