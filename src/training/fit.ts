import type { Batch, Split } from '../datasets/dataset.js';
import { ToolkitError } from '../errors.js';
import { objectives } from '../models/objectives.js';
import { lookUp } from '../names.js';
import type { Model } from '../onnx/graph.js';
import { stream } from '../random.js';
import type { Runtime, Session } from '../runtime/runtime.js';
import { expectType, type Tensor } from '../tensor/tensor.js';
import { type AugmentationChoice, parseAugmentation } from './augmentations.js';
import { type RunningStatistics, startRunning, updateRunning } from './batch-statistics.js';
import {
  type CheckpointStore,
  decodeCheckpoint,
  encodeCheckpoint,
  type Header,
  type HistoryPoint,
} from './checkpoint.js';
import { checkBatches, checkPlan, checkSplit } from './checks.js';
import { decay, type OptimizerState, optimizers } from './optimizers.js';
import { schedules } from './schedules.js';
import { type TrainingGraph, trainableParameters, trainingGraph } from './training-graph.js';

/** Everything that determines the result of a training, besides the model and the data. */
export interface TrainingPlan {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: string;
  readonly learningRate: number;
  readonly schedule: string;
  readonly seed: number;
  /** Decoupled weight decay of weights, not of biases and scales, per unit of learning rate; none when absent. */
  readonly weightDecay?: number;
  /** Random changes of the training images, such as `flip+shift:4`; see `augmentations`. None when absent. */
  readonly augmentation?: string;
}

export const defaultPlan: TrainingPlan = {
  epochs: 3,
  batchSize: 128,
  optimizer: 'adam',
  learningRate: optimizers.adam!.learningRate.default,
  schedule: 'cosine',
  seed: 1,
};

export interface TrainingProgress {
  readonly images: number;
  readonly total: number;
  /** Means since the last point of the history. */
  readonly loss: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
}

export interface FitOptions {
  readonly runtime: Runtime;
  readonly plan: TrainingPlan;
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Stops after the step in progress; a last checkpoint is written and `interrupted` thrown. */
  readonly signal?: AbortSignal;
  readonly checkpoint?: { readonly store: CheckpointStore; readonly key: string; readonly everySeconds?: number };
  readonly threads?: number;
}

export interface FitResult {
  readonly model: Model;
  readonly history: readonly HistoryPoint[];
  /** Images seen, repetitions included. */
  readonly images: number;
}

/** Points of the training curve that a whole training leaves. */
const HISTORY_POINTS = 60;

/**
 * Trains a model on a split and returns it with its new weights, and with the running statistics of its batch normalization
 * (`updateRunning`), which it uses from then on; `foldBatchNorm` takes the normalization out for export. The same plan, data and machine give the same weights,
 * whether or not the training was interrupted and resumed from a checkpoint in between.
 *
 * @throws ToolkitError `diverged`, `interrupted`, `unsupported-operators`; `nothing-to-do` for a split without images,
 *   `data-mismatch` for one that does not fit the model, `bad-value` for an impossible plan, `unknown-shape`
 */
export async function fit(model: Model, split: Split, options: FitOptions): Promise<FitResult> {
  const { plan, runtime } = options;
  checkPlan(plan);
  checkSplit(model, split);
  const graph = trainingGraph(model, objectives['cross-entropy']!);
  checkBatches(graph.statistics, split.count, plan);
  const run = await Run.start(model, graph, split, options);
  if (run.step < run.steps) {
    const session = await runtime.createSession(graph.model, {
      source: 'training step',
      ...(options.threads && { threads: options.threads }),
    });
    try {
      await loop(run, session, graph, options);
    } finally {
      await session.release();
    }
    // The loss of the last step was computed before its update.
    const trained = [...run.parameters.values(), ...run.statistics.values()];
    if (trained.some(({ data }) => !data.every(Number.isFinite))) throw diverged(run.step);
  }
  const initializers = new Map([...model.graph.initializers, ...run.parameters, ...run.statistics]);
  return {
    model: { ...model, graph: { ...model.graph, initializers } },
    history: run.history,
    images: plan.epochs * split.count,
  };
}

const diverged = (step: number) =>
  new ToolkitError('diverged', { what: 'training', step, hint: 'Try a smaller learning rate.' });

async function loop(run: Run, session: Session, graph: TrainingGraph, options: FitOptions): Promise<void> {
  const { checkpoint, signal, onProgress } = options;
  const every = (checkpoint?.everySeconds ?? 30) * 1000;
  let saved = Date.now();
  const clock = { start: performance.now(), images: run.imagesSeen };
  while (run.step < run.steps) {
    await run.advance(session, graph);
    // The engine runs synchronously: without a pause no signal, timer or progress bar would get a turn.
    await new Promise((resolve) => setTimeout(resolve, 0));
    const seconds = (performance.now() - clock.start) / 1000;
    const imagesPerSecond = (run.imagesSeen - clock.images) / seconds;
    onProgress?.({ ...run.progress(), imagesPerSecond, secondsLeft: (run.total - run.imagesSeen) / imagesPerSecond });
    const stop = signal?.aborted === true && run.step < run.steps;
    if (checkpoint && (stop || Date.now() - saved >= every)) {
      await checkpoint.store.save(run.checkpoint(checkpoint.key));
      saved = Date.now();
    }
    if (stop)
      throw new ToolkitError('interrupted', { what: 'training', resume: 'The same command goes on from here.' });
  }
}

/** The state of a training between two steps. */
class Run {
  readonly steps: number;
  readonly total: number;
  private readonly perEpoch: number;
  private readonly augmentation: AugmentationChoice;
  private order: { epoch: number; indices: Uint32Array } | undefined;

  private constructor(
    private readonly split: Split,
    private readonly plan: TrainingPlan,
    readonly parameters: Map<string, Tensor<'float32'>>,
    private readonly state: OptimizerState,
    readonly statistics: RunningStatistics,
    public step: number,
    readonly history: HistoryPoint[],
    private running: Header['running'],
  ) {
    this.perEpoch = Math.ceil(split.count / plan.batchSize);
    this.steps = this.perEpoch * plan.epochs;
    this.total = split.count * plan.epochs;
    this.augmentation = parseAugmentation(plan.augmentation ?? 'none');
  }

  static async start(model: Model, graph: TrainingGraph, split: Split, options: FitOptions): Promise<Run> {
    const { plan, checkpoint } = options;
    const empty = { images: 0, loss: 0, correct: 0 };
    const bytes = await checkpoint?.store.load();
    const found = bytes && checkpoint && decodeCheckpoint(bytes, checkpoint.key);
    if (found) {
      const { step, history, running } = found.header;
      const kept = found.statistics ?? new Map();
      return new Run(split, plan, new Map(found.parameters), new Map(found.state), kept, step, history, running);
    }
    const { slots } = lookUp(optimizers, plan.optimizer, 'optimizer');
    // Copies: training writes in place, and the caller's model must stay as it is.
    const parameters = new Map(
      [...trainableParameters(model)].map(([name, value]) => [name, { ...value, data: value.data.slice() }]),
    );
    const state: OptimizerState = new Map();
    for (const [name, value] of parameters) {
      for (const slot of slots) state.set(`${name}/${slot}`, new Float32Array(value.data.length));
    }
    return new Run(split, plan, parameters, state, startRunning(model, graph.statistics), 0, [], empty);
  }

  get imagesSeen(): number {
    const epoch = Math.floor(this.step / this.perEpoch);
    return epoch * this.split.count + Math.min(this.split.count, (this.step % this.perEpoch) * this.plan.batchSize);
  }

  async advance(session: Session, graph: TrainingGraph): Promise<void> {
    const { plan } = this;
    const { images, labels } = this.augmented(this.split.batch(this.nextIndices()));
    const feeds = { [graph.image]: images, [graph.label]: labels, ...Object.fromEntries(this.parameters) };
    const results = await session.run(feeds);
    const loss = Number(results[graph.loss]!.data[0]);
    if (!Number.isFinite(loss)) throw diverged(this.step);
    const optimizer = lookUp(optimizers, plan.optimizer, 'optimizer');
    const rate = plan.learningRate * lookUp(schedules, plan.schedule, 'schedule').factor(this.step / this.steps);
    this.step += 1;
    for (const [name, output] of graph.gradients) {
      const slots = optimizer.slots.map((slot) => this.state.get(`${name}/${slot}`)!);
      const gradient = expectType(results[output]!, 'float32', output).data;
      const { data } = this.parameters.get(name)!;
      if (plan.weightDecay && graph.weights.has(name)) decay(data, rate, plan.weightDecay);
      optimizer.update(data, gradient, slots, rate, this.step);
    }
    updateRunning(this.statistics, graph.statistics, results, images.dims[0]!);
    this.record(loss, Number(results[graph.correct]!.data[0]), images.dims[0]!);
  }

  progress() {
    const { images, loss, correct } = this.running;
    const last = this.history.at(-1);
    const recent =
      images > 0 ? { loss: loss / images, accuracy: correct / images } : (last ?? { loss: 0, accuracy: 0 });
    return { images: this.imagesSeen, total: this.total, loss: recent.loss, accuracy: recent.accuracy };
  }

  checkpoint(key: string): Uint8Array {
    const { parameters, state, statistics, step, history, running } = this;
    const { slots } = lookUp(optimizers, this.plan.optimizer, 'optimizer');
    const header = { key, step, history, running, parameters: [...parameters.keys()], slots: [...slots] };
    if (statistics.size === 0) return encodeCheckpoint({ header, parameters, state });
    return encodeCheckpoint({
      header: { ...header, statistics: [...statistics.keys()] },
      parameters,
      state,
      statistics,
    });
  }

  private nextIndices(): Uint32Array {
    const epoch = Math.floor(this.step / this.perEpoch);
    if (this.order?.epoch !== epoch) {
      // Each epoch has a stream of its own, so a resumed training need not replay the earlier ones.
      this.order = { epoch, indices: stream(this.plan.seed, 'shuffle', epoch).shuffle(this.split.count) };
    }
    const start = (this.step % this.perEpoch) * this.plan.batchSize;
    return this.order.indices.subarray(start, start + this.plan.batchSize);
  }

  private augmented({ images, labels }: Batch): Batch {
    // Each step has a stream of its own, so a resumed training augments as an uninterrupted one does.
    return { images: this.augmentation.apply(images, stream(this.plan.seed, 'augment', this.step)), labels };
  }

  private record(loss: number, correct: number, images: number): void {
    const sums = this.running;
    this.running = { images: sums.images + images, loss: sums.loss + loss * images, correct: sums.correct + correct };
    const interval = Math.max(1, Math.round(this.steps / HISTORY_POINTS));
    if (this.step % interval !== 0 && this.step !== this.steps) return;
    const { running } = this;
    this.history.push({
      images: this.imagesSeen,
      loss: running.loss / running.images,
      accuracy: running.correct / running.images,
    });
    this.running = { images: 0, loss: 0, correct: 0 };
  }
}
