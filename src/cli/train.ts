import { Command, Option } from 'commander';
import type { Split } from '../datasets/dataset.js';
import { splitDigest } from '../datasets/digest.js';
import { isToolkitError, ToolkitError } from '../errors.js';
import { buildModel } from '../models/build.js';
import { Classifier } from '../models/classifier.js';
import { foldBatchNorm } from '../models/fold.js';
import { countParameters } from '../models/inspect.js';
import type { Architecture } from '../models/notation.js';
import { encodeModel } from '../onnx/encode.js';
import { parseReshaping, reshapeAll } from '../reshaping/index.js';
import { nodeRuntime } from '../runtime/node.js';
import { assertWritable, writeAtomically } from '../store/files.js';
import { contentKey } from '../store/keys.js';
import { parseAdversary } from '../training/adversary-choice.js';
import { parseAugmentation } from '../training/augmentations.js';
import { temperatures } from '../training/distillation.js';
import { type FitResult, fit as fitModel } from '../training/fit.js';
import { optimizers } from '../training/optimizers.js';
import { defaultPlan, imagesInAll, type TrainingPlan } from '../training/plan.js';
import { schedules } from '../training/schedules.js';
import { checkpointFile, checkpointSteps } from './checkpoint-file.js';
import { type DataOptions, datasetOptions, loadFitting, measureAccuracy } from './data.js';
import { bytesText, count, duration, percent, rateText } from './format.js';
import { deliver, type Io, type Talk, talk } from './io.js';
import {
  batchOption,
  examples,
  jsonOption,
  nameOption,
  numberOption,
  quietOption,
  seedOption,
  threadsOption,
  wholeOption,
} from './options.js';
import type { TrainReport } from './schemas.js';
import {
  checkedArchitecture,
  firstImages,
  imagesAfter,
  type ModelFlags,
  type PlanFlags,
  planOf,
} from './training-flags.js';
import { adversaryHelp, architectureHelp, augmentationHelp, compressionHelp } from './training-help.js';
import { versions } from './version.js';

interface Options extends DataOptions, PlanFlags, ModelFlags {
  readonly trainImages?: number;
  readonly out: string;
  readonly threads?: number;
  readonly checkpointEvery: number;
  readonly json?: string;
  readonly quiet?: boolean;
}

/** A bound on typing errors; usual values are 5e-4 to 0.5. */
const MOST_WEIGHT_DECAY = 100;

/** `foolproof train`: a classifier from scratch, compressed or not. */
export function train(io: Io): Command {
  const rates = Object.values(optimizers).map((o) => `${o.learningRate.default} for ${o.name}`);
  const rateRange = { minimum: 0, maximum: Math.max(...Object.values(optimizers).map((o) => o.learningRate.maximum)) };
  const compression = new Option('--compression <choice>', compressionHelp())
    .argParser(parseReshaping)
    .default(parseReshaping('none'), '"none"');
  const augmentation = new Option('--augment <choice>', augmentationHelp())
    .argParser(parseAugmentation)
    .default(parseAugmentation('none'), '"none"');
  const adversary = new Option('--adversarial <choice>', adversaryHelp())
    .argParser(parseAdversary)
    .default(parseAdversary('none'), '"none"');
  return new Command('train')
    .description('train a classifier; stopped at any point, the same command goes on where it was')
    .requiredOption('--out <file>', 'where to write the model')
    .option('--arch <name or notation>', architectureHelp(), '784-C64-C128-F512-10')
    .addOption(wholeOption('--kernel <size>', 'size of convolutions that name none, odd', 1, 31).default(5))
    .addOption(compression)
    .addOption(datasetOptions()[0])
    .addOption(datasetOptions()[1])
    .addOption(wholeOption('--train-images <count>', 'use the first images only (default: all)', 1))
    .addOption(wholeOption('--epochs <count>', 'passes over the images', 1, 100_000).default(defaultPlan.epochs))
    .addOption(batchOption())
    .addOption(nameOption('--optimizer <name>', 'update rule', 'optimizer', optimizers).default(defaultPlan.optimizer))
    .addOption(numberOption('--learning-rate <rate>', `step size (default: ${rates.join(', ')})`, rateRange))
    .addOption(
      nameOption('--schedule <name>', 'learning rate over time', 'schedule', schedules).default(defaultPlan.schedule),
    )
    .addOption(
      numberOption('--weight-decay <rate>', 'decoupled decay of weights, none of biases (as in AdamW)', {
        minimum: 0,
        maximum: MOST_WEIGHT_DECAY,
      }).default(0),
    )
    .addOption(augmentation)
    .addOption(adversary)
    .addOption(
      numberOption(
        '--distill <temperature>',
        'defensive distillation: train a teacher at this softmax temperature, then the model on its soft labels; masks gradients, does not make robust',
        temperatures,
      ),
    )
    .addOption(seedOption())
    .addOption(threadsOption())
    .addOption(wholeOption('--checkpoint-every <seconds>', 'work that a kill can cost at most', 0, 86_400).default(20))
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      examples(
        ['train --compression hash:1/64 --out h64.onnx', 'The HashNet of the paper at rate 1/64, on MNIST'],
        [
          'train --weight-decay 0.05 --augment shift:2 --out regularized.onnx',
          'Weights kept small, digits moved about',
        ],
        ['train --arch 784-C8-C16-F32-10 --train-images 2000 --epochs 2 --out small.onnx', 'A small one in seconds'],
        ['train --arch 3x32x32-C32k3-M-F128-10 --dataset npz --data photos.npz --out photos.onnx', 'Your own images'],
        [
          'train --arch 784-C16-C32-F100-10 --adversarial fgsm-rs:0.3 --epochs 10 --out robust.onnx',
          'On images that are perturbed by up to 0.3 against the weights of the moment',
        ],
        [
          'train --arch 784-C16-C32-F128-10 --distill 100 --out distilled.onnx',
          'A teacher, and the model from its word',
        ],
        [
          'train --arch dnn1 --dataset npz --data photos.npz --augment flip+shift:4 --out dnn1.onnx',
          'A network of Table I, its batch normalization folded away',
        ],
      ),
    )
    .action((options: Options) => execute(io, options));
}

async function execute(io: Io, options: Options): Promise<void> {
  const architecture = checkedArchitecture(options);
  const plan = planOf(options);
  for (const path of [options.out, ...(options.json && options.json !== '-' ? [options.json] : [])])
    await assertWritable(path);
  const { input, classes } = architecture;
  const chat = talk(io, options.quiet);
  const expected = { source: options.arch, dims: input, classes };
  const data = await loadFitting(options, expected, { progress: chat.progress, signal: io.signal });
  const split = firstImages(data.train, options.trainImages);

  const started = performance.now();
  const result = await trained(io, chat, options, architecture, plan, split);
  const model = foldBatchNorm(result.model);
  const bytes = encodeModel(model);
  await writeAtomically(options.out, bytes);
  await checkpointFile(checkpointPath(options)).clear();

  const runtime = await nodeRuntime();
  const classifier = new Classifier(model, { runtime, source: options.out, ...threads(options) });
  try {
    const accuracy = await measureAccuracy(classifier, data.test, io, chat.progress);
    const seconds = (performance.now() - started) / 1000;
    const parameters = countParameters(model).total;
    const report: TrainReport = {
      schema: 'foolproof.train/1',
      versions: versions(runtime),
      model: { path: options.out, bytes: bytes.length },
      architecture: options.arch,
      kernel: options.kernel,
      compression: options.compression.text,
      parameters,
      dataset: { name: data.name, source: data.source, trainImages: split.count, testImages: data.test.count },
      plan,
      history: [...result.history],
      testAccuracy: accuracy,
    };
    const last = result.history.at(-1);
    const perturbed = plan.adversary === undefined ? '' : ' on perturbed images';
    const text = [
      `${options.out}: ${options.arch}, ${options.compression.text === 'none' ? 'uncompressed' : options.compression.text}`,
      `test accuracy      ${rateText(accuracy)}`,
      `training accuracy  ${percent(last?.accuracy ?? null)}${perturbed}, loss ${last?.loss.toFixed(4)} (end of ${count(result.images)} images)`,
      `parameters         ${count(parameters.stored)} stored, ${count(parameters.virtual)} virtual`,
      `file               ${bytesText(bytes.length)}`,
      `time               ${duration(seconds)}`,
    ].join('\n');
    await deliver(io, { text, data: report }, options);
  } catch (error) {
    if (!io.signal.aborted || error !== io.signal.reason) throw error;
    const resume = `${options.out} is complete; only its accuracy was not measured.`;
    throw new ToolkitError('interrupted', { what: 'measuring', resume });
  } finally {
    chat.progress.end('stopped');
    await classifier.release();
  }
}

/** Trains, or goes on training, with a word about what the checkpoint holds. */
async function trained(
  io: Io,
  { say, progress }: Talk,
  options: Options,
  architecture: Architecture,
  plan: TrainingPlan,
  split: Split,
): Promise<FitResult> {
  const model = reshapeAll(buildModel(architecture, { seed: options.seed }), options.compression, options.seed);
  const path = checkpointPath(options);
  const store = checkpointFile(path);
  const runtime = await nodeRuntime();
  const { foolproof, onnxruntime } = versions(runtime);
  const reshaping = { name: options.compression.reshaping.name, ...options.compression.parameters };
  // Threads change the order in which the engine sums, hence the last bits of the result.
  const key = contentKey({
    notation: architecture.notation,
    layers: architecture.layers as never,
    reshaping,
    plan: { ...plan },
    data: splitDigest(split),
    threads: options.threads ?? null,
    foolproof,
    onnxruntime,
  });
  const found = await checkpointSteps(store, key);
  if (found === 'other') say(`${path} belongs to another training or is damaged; starting anew, it will be replaced`);
  const images = imagesInAll(plan, split.count);
  progress.begin(`training ${options.out}`, images, 'images');
  if (typeof found === 'number') {
    const done = imagesAfter(found, split.count, plan);
    say(`resuming at image ${count(done)} of ${count(images)} (${path})`);
  }
  const kind = plan.adversary === undefined ? '' : 'adversarial ';
  try {
    const result = await fitModel(model, split, {
      runtime,
      plan,
      signal: io.signal,
      checkpoint: { store, key, everySeconds: options.checkpointEvery },
      ...threads(options),
      onProgress: ({ images: seen, loss, accuracy }) =>
        progress.advance(seen, `${kind}loss ${loss.toFixed(4)}, accuracy ${percent(accuracy)}`),
    });
    progress.end();
    return result;
  } catch (error) {
    if (!isToolkitError(error, 'interrupted')) throw error;
    const resume = `Checkpoint: ${path}. Run the same command to go on.`;
    throw new ToolkitError('interrupted', { what: 'training', resume }, { cause: error });
  } finally {
    progress.end('stopped');
  }
}

const checkpointPath = ({ out }: Options): string => `${out}.checkpoint`;

const threads = (options: Options) => (options.threads ? { threads: options.threads } : {});
