import { Command, Option } from 'commander';
import { shown } from '../../core/base/text/index.js';
import { parseReshaping, type ReshapingChoice } from '../../core/reshaping/index.js';
import { type AdversaryChoice, parseAdversary } from '../../core/training/adversary-choice.js';
import { type AugmentationChoice, parseAugmentation } from '../../core/training/augmentations.js';
import { temperature } from '../../core/training/distillation.js';
import { optimizers } from '../../core/training/optimizers.js';
import { schedules } from '../../core/training/schedules.js';
import { train as runTraining, type TrainOutcome } from '../../node/apps/train/train-app.js';
import { trainDefaults } from '../../node/apps/train/train-options.js';
import { assertSeparate, assertWritable } from '../../node/store/files.js';
import {
  examples,
  jsonOption,
  nameOption,
  numberOption,
  quietOption,
  seedOption,
  threadsOption,
  trainingBatchOption,
  wholeOption,
} from '../flags/common-flags.js';
import { chosenData, type DataOptions, datasetOptions } from '../flags/data-flags.js';
import {
  adversaryHelp,
  architectureHelp,
  augmentationHelp,
  compressionHelp,
} from '../flags/training-help.js';
import { deliver, type Io, talk } from '../terminal/io.js';
import { bytesText, count, duration, percent, rateText } from '../terminal/terminal-text.js';

/** What the flags hold, under the names of the options of `train`. */
interface Options extends DataOptions {
  readonly arch: string;
  readonly kernel: number;
  readonly compression: ReshapingChoice;
  readonly trainImages?: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: string;
  readonly learningRate?: number;
  readonly schedule: string;
  readonly weightDecay: number;
  readonly augment: AugmentationChoice;
  readonly adversarial: AdversaryChoice;
  readonly distill?: number;
  readonly seed: number;
  readonly threads?: number;
  readonly checkpointEvery: number;
  readonly out: string;
  readonly json?: string;
  readonly quiet?: boolean;
}

/** A bound on typing errors; common values are 5e-4 to 0.5. */
const MAX_WEIGHT_DECAY = 100;

/** `foolproof train`: a classifier from scratch, compressed or not. */
export function train(io: Io): Command {
  const rates = Object.values(optimizers).map((o) => `${o.learningRate.default} for ${o.name}`);
  const rateRange = {
    minimum: 0,
    maximum: Math.max(...Object.values(optimizers).map((o) => o.learningRate.maximum)),
  };
  const compression = new Option('--compression <choice>', compressionHelp())
    .argParser(parseReshaping)
    .default(parseReshaping(trainDefaults.compression), `"${trainDefaults.compression}"`);
  const augmentation = new Option('--augment <choice>', augmentationHelp())
    .argParser(parseAugmentation)
    .default(parseAugmentation(trainDefaults.augment), `"${trainDefaults.augment}"`);
  const adversary = new Option('--adversarial <choice>', adversaryHelp())
    .argParser(parseAdversary)
    .default(parseAdversary(trainDefaults.adversarial), `"${trainDefaults.adversarial}"`);
  return new Command('train')
    .description('train a classifier; stopped at any point, the same command resumes it')
    .requiredOption('--out <file>', 'where to write the model')
    .option('--arch <name or notation>', architectureHelp(), trainDefaults.arch)
    .addOption(
      wholeOption('--kernel <size>', 'size of convolutions that name none, odd', 1, 31).default(
        trainDefaults.kernel,
      ),
    )
    .addOption(compression)
    .addOption(datasetOptions()[0])
    .addOption(datasetOptions()[1])
    .addOption(wholeOption('--train-images <count>', 'use the first images only (default: all)', 1))
    .addOption(
      wholeOption('--epochs <count>', 'passes over the images', 1, 100_000).default(trainDefaults.epochs),
    )
    .addOption(trainingBatchOption())
    .addOption(
      nameOption('--optimizer <name>', 'update rule', 'optimizer', optimizers).default(
        trainDefaults.optimizer,
      ),
    )
    .addOption(numberOption('--learning-rate <rate>', `step size (default: ${rates.join(', ')})`, rateRange))
    .addOption(
      nameOption('--schedule <name>', 'learning rate over time', 'schedule', schedules).default(
        trainDefaults.schedule,
      ),
    )
    .addOption(
      numberOption('--weight-decay <rate>', 'decoupled decay of weights, none of biases (as in AdamW)', {
        minimum: 0,
        maximum: MAX_WEIGHT_DECAY,
      }).default(trainDefaults.weightDecay),
    )
    .addOption(augmentation)
    .addOption(adversary)
    .addOption(
      numberOption(
        '--distill <temperature>',
        'defensive distillation: train a teacher at this softmax temperature, then the model on its ' +
          'soft labels; masks gradients, does not make robust',
        temperature,
      ),
    )
    .addOption(seedOption())
    .addOption(threadsOption())
    .addOption(
      wholeOption('--checkpoint-every <seconds>', 'seconds between two checkpoints', 0, 86_400).default(
        trainDefaults.checkpointEvery,
      ),
    )
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
        [
          'train --arch 784-C8-C16-F32-10 --train-images 2000 --epochs 2 --out small.onnx',
          'A small one in seconds',
        ],
        [
          'train --arch 3x32x32-C32k3-M-F128-10 --dataset npz --data photos.npz --out photos.onnx',
          'Your own images',
        ],
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
  const { json, quiet, out } = options;
  if (json !== undefined && json !== '-') await assertWritable(json);
  await assertSeparate([out, json], [options.data]);
  const { progress, say } = talk(io, quiet);
  const { dataset: _, data: __, json: ___, quiet: ____, ...flags } = options;
  const outcome = await runTraining({
    ...flags,
    ...chosenData(options),
    ...{ progress, signal: io.signal },
    onCheckpoint: ({ path, images, total }) =>
      say(
        images === null
          ? `${path} belongs to another training or is damaged; starting anew, it will be removed`
          : `resuming at image ${count(images)} of ${count(total)} (${path})`,
      ),
  });
  const { report, ...rest } = outcome;
  await deliver(
    io,
    { text: (data) => textOf(shown(out), { ...rest, report: data }), data: report },
    { json, quiet },
  );
}

function textOf(out: string, { report, images, seconds }: TrainOutcome): string {
  const { architecture, compression, testAccuracy, parameters, model, plan, history } = report;
  const last = history.at(-1);
  const perturbed = plan.adversary === undefined ? '' : ' on perturbed images';
  return [
    `${out}: ${architecture}, ${compression === 'none' ? 'uncompressed' : compression}`,
    `test accuracy      ${rateText(testAccuracy)}`,
    `training accuracy  ${percent(last?.accuracy ?? null)}${perturbed}, loss ${last?.loss.toFixed(4)} ` +
      `(end of ${count(images)} images)`,
    `parameters         ${count(parameters.stored)} stored, ${count(parameters.virtual)} virtual`,
    `file               ${bytesText(model.bytes)}`,
    `time               ${duration(seconds)}`,
  ].join('\n');
}
