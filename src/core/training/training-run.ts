import { ToolkitError } from '../base/errors.js';
import { stream } from '../base/random.js';
import type { Batch, Split } from '../data/dataset.js';
import type { Model } from '../onnx/graph.js';
import { expectType, type Tensor } from '../tensor/tensor.js';
import { type AdversaryChoice, parseAdversary, perturbed } from './adversary-choice.js';
import { type AugmentationChoice, parseAugmentation } from './augmentations.js';
import { type RunningStatistics, startRunning, updateRunning } from './batch-statistics.js';
import { type Checkpoint, encodeCheckpoint, type Header, type HistoryPoint } from './checkpoint.js';
import { hardTargets } from './distillation.js';
import { decay, type OptimizerState, optimizers } from './optimizers.js';
import { checkSingleStep } from './overfitting.js';
import { schedules } from './schedules.js';
import { type TrainingGraph, trainableParameters } from './training-graph.js';
import { imagesInAll, phases, type TrainingPlan } from './training-plan.js';
import type { Workbench } from './workbench.js';

type Values = Map<string, Tensor<'float32'>>;

/** Steps between two checks. A collapse does not pass by itself; a check costs a dozen gradients. */
const STEPS_BETWEEN_CHECKS = 100;

/** Number of points of the training curve. */
const HISTORY_POINTS = 60;

export const diverged = (step: number) =>
  new ToolkitError('diverged', { what: 'training', step, hint: 'Try a smaller learning rate.' });

/** What changes while a network is trained. */
interface State {
  parameters: Values;
  optimizer: OptimizerState;
  statistics: RunningStatistics;
}

/** Before the first step. Copies: training writes in place, and the caller's model must stay as it is. */
function freshState(model: Model, graph: TrainingGraph, plan: TrainingPlan): State {
  const { slots } = optimizers[plan.optimizer];
  const parameters: Values = new Map(
    [...trainableParameters(model)].map(([name, value]) => [name, { ...value, data: value.data.slice() }]),
  );
  const optimizer: OptimizerState = new Map();
  for (const [name, value] of parameters) {
    for (const slot of slots) optimizer.set(`${name}/${slot}`, new Float32Array(value.data.length));
  }
  return { parameters, optimizer, statistics: startRunning(model, graph.statistics) };
}

/**
 * A training between two steps. A distillation is one, too: of the teacher in its first half, of
 * the student in its second.
 */
export class Run {
  readonly steps: number;
  readonly total: number;
  step = 0;
  history: HistoryPoint[] = [];
  private state: State;
  /** Values of the teacher, once it has learnt. */
  private teacher: Values | undefined;
  private running: Header['running'] = { images: 0, loss: 0, correct: 0 };
  private readonly perEpoch: number;
  private readonly stepsPerPhase: number;
  private readonly augmentation: AugmentationChoice;
  private readonly adversary: AdversaryChoice;
  private order: { epoch: number; indices: Uint32Array } | undefined;

  /** @param found the checkpoint to resume from; a new training when absent */
  constructor(
    private readonly model: Model,
    private readonly graph: TrainingGraph,
    private readonly split: Split,
    private readonly plan: TrainingPlan,
    found?: Checkpoint,
  ) {
    this.perEpoch = Math.ceil(split.count / plan.batchSize);
    this.stepsPerPhase = this.perEpoch * plan.epochs;
    this.steps = this.stepsPerPhase * phases(plan);
    this.total = imagesInAll(plan, split.count);
    this.augmentation = parseAugmentation(plan.augmentation ?? 'none');
    this.adversary = parseAdversary(plan.adversary ?? 'none');
    if (!found) {
      this.state = freshState(model, graph, plan);
      return;
    }
    const { header, parameters, state, statistics = new Map(), teacher } = found;
    this.state = { parameters: new Map(parameters), optimizer: new Map(state), statistics };
    this.teacher = teacher && new Map(teacher);
    ({ step: this.step, history: this.history, running: this.running } = header);
  }

  /** Everything that was trained, by the name of its initializer. */
  get trained(): Values {
    return new Map([...this.state.parameters, ...this.state.statistics]);
  }

  get imagesSeen(): number {
    const epoch = Math.floor(this.step / this.perEpoch);
    return (
      epoch * this.split.count + Math.min(this.split.count, (this.step % this.perEpoch) * this.plan.batchSize)
    );
  }

  async advance(bench: Workbench): Promise<void> {
    const { plan, graph } = this;
    if (this.step === this.stepsPerPhase && !this.teacher) this.beginStudent();
    const { parameters, statistics } = this.state;
    const { images, labels } = await this.attacked(
      this.augmented(this.split.batch(this.nextIndices())),
      bench,
    );
    const targets = graph.targets && { [graph.targets]: await this.targets(images, labels, bench) };
    const feeds = {
      [graph.image]: images,
      [graph.label]: labels,
      ...targets,
      ...Object.fromEntries(parameters),
    };
    const results = await bench.advance(feeds);
    const loss = Number(results[graph.loss]!.data[0]);
    if (!Number.isFinite(loss)) throw diverged(this.step);
    const optimizer = optimizers[plan.optimizer];
    const rate = plan.learningRate * schedules[plan.schedule].factor(this.progressOfPhase);
    const update = (this.step % this.stepsPerPhase) + 1;
    this.step += 1;
    for (const [name, output] of graph.gradients) {
      const slots = optimizer.slots.map((slot) => this.state.optimizer.get(`${name}/${slot}`)!);
      const gradient = expectType(results[output]!, 'float32', output).data;
      const { data } = parameters.get(name)!;
      if (plan.weightDecay && graph.weights.has(name)) decay(data, rate, plan.weightDecay);
      optimizer.update(data, gradient, slots, rate, update);
    }
    updateRunning(statistics, graph.statistics, results, images.dims[0]!);
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
    const { step, history, running, teacher } = this;
    const { parameters, optimizer: state, statistics } = this.state;
    const { slots } = optimizers[this.plan.optimizer];
    const header = {
      ...{ key, step, history, running, parameters: [...parameters.keys()], slots: [...slots] },
      // Left out where there are none, so that older checkpoints stay readable.
      ...(statistics.size > 0 && { statistics: [...statistics.keys()] }),
      ...(teacher && { teacher: [...teacher.keys()] }),
    };
    return encodeCheckpoint({ header, parameters, state, statistics, ...(teacher && { teacher }) });
  }

  /** Share of this network's training that is done. */
  private get progressOfPhase(): number {
    return (this.step % this.stepsPerPhase) / this.stepsPerPhase;
  }

  /** The student starts from the teacher's initial weights, and sees the images in other orders. */
  private beginStudent(): void {
    this.teacher = this.trained;
    this.state = freshState(this.model, this.graph, this.plan);
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

  /** The batch after the adversary, with a random stream of this step's own. */
  private async attacked(batch: Batch, bench: Workbench): Promise<Batch> {
    if (!this.adversary.active) return batch;
    const { images, labels } = batch;
    const { parameters, statistics } = this.state;
    const lossGradient = (points: Tensor<'float32'>) =>
      bench.lossGradient(points, labels, parameters, statistics);
    const gradient = async (points: Tensor<'float32'>) => (await lossGradient(points)).gradient;
    const random = stream(this.plan.seed, 'adversary', this.step);
    const progress = this.progressOfPhase;
    const attacked = await perturbed(this.adversary, images, progress, random, gradient);
    if (this.adversary.adversary.singleStep && (this.step + 1) % STEPS_BETWEEN_CHECKS === 0) {
      const epsilon = this.adversary.epsilonAt(progress);
      await checkSingleStep({ step: this.step, images, attacked, labels, epsilon, random, lossGradient });
    }
    return { images: attacked, labels };
  }

  /** What a distillation's loss compares with: true labels (teacher), the teacher's soft labels (student). */
  private async targets(images: Tensor<'float32'>, labels: Tensor<'int64'>, bench: Workbench) {
    if (this.teacher) return bench.softLabels(images, this.teacher, this.plan.distillation!);
    return hardTargets(labels.data, bench.classes);
  }

  private record(loss: number, correct: number, images: number): void {
    const sums = this.running;
    this.running = {
      images: sums.images + images,
      loss: sums.loss + loss * images,
      correct: sums.correct + correct,
    };
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
