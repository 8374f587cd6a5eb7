import { Command, Option } from 'commander';
import { parseReshaping } from '../../core/reshaping/index.js';
import { parseAdversary } from '../../core/training/adversary-choice.js';
import { parseAugmentation } from '../../core/training/augmentations.js';
import { temperatures } from '../../core/training/distillation.js';
import { optimizers } from '../../core/training/optimizers.js';
import { schedules } from '../../core/training/schedules.js';
import { defaultPlan } from '../../core/training/training-plan.js';
import { nodeRuntime } from '../../node/runtime.js';
import { assertWritable } from '../../node/store/files.js';
import { loadDataOf } from '../../node/subject/load-data.js';
import type { TrainReport } from '../command-schemas.js';
import { versions } from '../engine-version.js';
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
} from '../flags/common-flags.js';
import { chosenData, datasetOptions } from '../flags/data-flags.js';
import { checkedArchitecture, firstImages, planOf } from '../flags/training-flags.js';
import {
  adversaryHelp,
  architectureHelp,
  augmentationHelp,
  compressionHelp,
} from '../flags/training-help.js';
import { deliver, type Io, talk } from '../terminal/io.js';
import { bytesText, count, duration, percent, rateText } from '../terminal/terminal-text.js';
import { type TrainOptions, trainInto } from '../training-report.js';

/** A bound on typing errors; usual values are 5e-4 to 0.5. */
const MOST_WEIGHT_DECAY = 100;

/** `foolproof train`: a classifier from scratch, compressed or not. */
export function train(io: Io): Command {
  const rates = Object.values(optimizers).map((o) => `${o.learningRate.default} for ${o.name}`);
  const rateRange = {
    minimum: 0,
    maximum: Math.max(...Object.values(optimizers).map((o) => o.learningRate.maximum)),
  };
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
    .addOption(
      wholeOption('--epochs <count>', 'passes over the images', 1, 100_000).default(defaultPlan.epochs),
    )
    .addOption(batchOption())
    .addOption(
      nameOption('--optimizer <name>', 'update rule', 'optimizer', optimizers).default(defaultPlan.optimizer),
    )
    .addOption(numberOption('--learning-rate <rate>', `step size (default: ${rates.join(', ')})`, rateRange))
    .addOption(
      nameOption('--schedule <name>', 'learning rate over time', 'schedule', schedules).default(
        defaultPlan.schedule,
      ),
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
    .addOption(
      wholeOption('--checkpoint-every <seconds>', 'work that a kill can cost at most', 0, 86_400).default(20),
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
    .action((options: TrainOptions) => execute(io, options));
}

async function execute(io: Io, options: TrainOptions): Promise<void> {
  const architecture = checkedArchitecture(options);
  const plan = planOf(options);
  for (const path of [options.out, ...(options.json && options.json !== '-' ? [options.json] : [])])
    await assertWritable(path);
  const { input, classes } = architecture;
  const chat = talk(io, options.quiet);
  const expected = { source: options.arch, dims: input, classes };
  const data = await loadDataOf(expected, {
    ...chosenData(options),
    progress: chat.progress,
    signal: io.signal,
  });
  const split = firstImages(data.train, options.trainImages);

  const started = performance.now();
  const trained = await trainInto(io, chat, options, plan, data);
  const seconds = (performance.now() - started) / 1000;
  const { model, history, parameters, testAccuracy } = trained;
  const report: TrainReport = {
    schema: 'foolproof.train/1',
    versions: versions(await nodeRuntime()),
    model: { path: options.out, bytes: model.length },
    architecture: options.arch,
    kernel: options.kernel,
    compression: options.compression.text,
    parameters,
    dataset: {
      name: data.name,
      source: data.source,
      trainImages: split.count,
      testImages: data.test.count,
    },
    plan,
    history: [...history],
    testAccuracy,
  };
  const last = history.at(-1);
  const perturbed = plan.adversary === undefined ? '' : ' on perturbed images';
  const compression = options.compression.text === 'none' ? 'uncompressed' : options.compression.text;
  const trainingAccuracy = `${percent(last?.accuracy ?? null)}${perturbed}, loss ${last?.loss.toFixed(4)}`;
  const text = [
    `${options.out}: ${options.arch}, ${compression}`,
    `test accuracy      ${rateText(testAccuracy)}`,
    `training accuracy  ${trainingAccuracy} (end of ${count(trained.images)} images)`,
    `parameters         ${count(parameters.stored)} stored, ${count(parameters.virtual)} virtual`,
    `file               ${bytesText(model.length)}`,
    `time               ${duration(seconds)}`,
  ].join('\n');
  await deliver(io, { text, data: report }, options);
}
