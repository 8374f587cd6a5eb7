import { ToolkitError } from '../base/errors.js';
import type { Split } from '../data/dataset.js';
import { objectives } from '../models/objectives/index.js';
import type { Model } from '../onnx/graph.js';
import type { Runtime } from '../runtime/runtime.js';
import { type CheckpointStore, decodeCheckpoint, type HistoryPoint } from './checkpoint.js';
import { checkBatches, checkPlan, checkSplit } from './training-checks.js';
import { trainingGraph } from './training-graph.js';
import { imagesInAll, type TrainingPlan, withDefence } from './training-plan.js';
import { diverged, Run } from './training-run.js';
import { Workbench } from './workbench.js';

export { defaultPlan, type TrainingPlan } from './training-plan.js';

/** The state of a training between two steps. */
export interface TrainingProgress {
  /** Images seen, repetitions included. */
  readonly images: number;
  /** Images of the whole training, repetitions included. */
  readonly total: number;
  /** Means since the last point of the history. */
  readonly loss: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
}

/** How `fit` trains. */
export interface FitOptions {
  readonly runtime: Runtime;
  readonly plan: TrainingPlan;
  /** Called after each step. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Stops after the step in progress; a last checkpoint is written and `interrupted` thrown. */
  readonly signal?: AbortSignal;
  /** Where the training is kept and resumed from: `key` must determine plan, model and data. */
  readonly checkpoint?: {
    readonly store: CheckpointStore;
    readonly key: string;
    readonly everySeconds?: number;
  };
  /** Threads of the engine; default: all cores. */
  readonly threads?: number;
}

/** A trained model and how its training went. */
export interface FitResult {
  readonly model: Model;
  /** About 60 points of the training curve. */
  readonly history: readonly HistoryPoint[];
  /** Images seen, repetitions included. */
  readonly images: number;
}

/**
 * Trains a model on a split and returns it with its new weights, and with the running statistics of its batch
 * normalization (`updateRunning`), which it uses from then on; `foldBatchNorm` takes the normalization out
 * for export. The same plan, data and machine give the same weights, whether or not the training was
 * interrupted and resumed from a checkpoint in between.
 *
 * @throws ToolkitError `diverged`, `interrupted`, `unsupported-operators`; `nothing-to-do` for a
 *   split without images, `data-mismatch` for one that does not fit the model, `bad-value` for an
 *   impossible plan, `unknown-shape`
 */
export async function fit(model: Model, split: Split, options: FitOptions): Promise<FitResult> {
  const { plan, runtime } = options;
  checkPlan(plan);
  checkSplit(model, split);
  const graph = trainingGraph(model, objectives['cross-entropy'], plan.distillation);
  checkBatches(graph.statistics, split.count, plan);
  const { checkpoint, threads } = options;
  const bytes = await checkpoint?.store.load();
  const found = bytes && checkpoint && decodeCheckpoint(bytes, checkpoint.key);
  const run = new Run(model, graph, split, plan, found);
  if (run.step < run.steps) {
    const bench = new Workbench(model, graph, runtime, threads);
    try {
      await loop(run, bench, options);
    } finally {
      await bench.release();
    }
    // The loss of the last step was computed before its update.
    if ([...run.trained.values()].some(({ data }) => !data.every(Number.isFinite))) throw diverged(run.step);
  }
  const initializers = new Map([...model.graph.initializers, ...run.trained]);
  return {
    model: withDefence({ ...model, graph: { ...model.graph, initializers } }, plan),
    history: run.history,
    images: imagesInAll(plan, split.count),
  };
}

async function loop(run: Run, bench: Workbench, options: FitOptions): Promise<void> {
  const { checkpoint, signal, onProgress } = options;
  const every = (checkpoint?.everySeconds ?? 30) * 1000;
  let saved = Date.now();
  const clock = { start: performance.now(), images: run.imagesSeen };
  while (run.step < run.steps) {
    await run.advance(bench);
    // The engine runs synchronously: without a pause no signal, timer or progress bar would be handled.
    await new Promise((resolve) => setTimeout(resolve, 0));
    const seconds = (performance.now() - clock.start) / 1000;
    const imagesPerSecond = (run.imagesSeen - clock.images) / seconds;
    onProgress?.({
      ...run.progress(),
      imagesPerSecond,
      secondsLeft: (run.total - run.imagesSeen) / imagesPerSecond,
    });
    const stop = signal?.aborted === true && run.step < run.steps;
    if (checkpoint && (stop || Date.now() - saved >= every)) {
      await checkpoint.store.save(run.checkpoint(checkpoint.key));
      saved = Date.now();
    }
    if (stop) throw new ToolkitError('interrupted', { what: 'training' });
  }
}
