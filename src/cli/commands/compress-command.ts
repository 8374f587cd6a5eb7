import { Command, Option } from 'commander';
import { optimizers } from '../../core/training/optimizers.js';
import { schedules } from '../../core/training/schedules.js';
import { type CompressOutcome, compress as runCompress } from '../../node/apps/compress/compress-app.js';
import { compressDefaults } from '../../node/apps/compress/compress-options.js';
import { trainDefaults } from '../../node/apps/train/train-options.js';
import { checkedChoice } from '../../node/datasets/index.js';
import { assertWritable } from '../../node/store/files.js';
import {
  examples,
  jsonOption,
  nameOption,
  numberOption,
  quietOption,
  samplesOption,
  seedOption,
  threadsOption,
  trainingBatchOption,
  wholeOption,
} from '../flags/common-flags.js';
import { formatOptions, type PrepareFlags, resizeOption, statedByFlags } from '../flags/format-flags.js';
import {
  activationsHelp,
  adversaryHelp,
  augmentationHelp,
  compressionsHelp,
} from '../flags/training-help.js';
import { compressText } from '../terminal/compress-text.js';
import { deliver, type Io, talk } from '../terminal/io.js';
import { count } from '../terminal/terminal-text.js';

/** What the flags hold, most of them under the names of the options of `compress`. */
interface Options extends Omit<PrepareFlags, 'dataset'> {
  readonly data: string;
  readonly with?: string;
  readonly sweep?: readonly string[];
  readonly activations: string;
  readonly finetune: number;
  readonly optimizer: string;
  readonly learningRate?: number;
  readonly schedule: string;
  readonly weightDecay: number;
  readonly augment: string;
  readonly adversarial: string;
  readonly trainImages?: number;
  readonly samples: number | 'all';
  readonly checkpointEvery: number;
  readonly out: string;
  readonly json?: string;
  readonly quiet?: boolean;
}

/** `foolproof compress`: a smaller file of the same classifier, and what that did to its accuracy. */
export function compress(io: Io): Command {
  const maximum = Math.max(...Object.values(optimizers).map((o) => o.learningRate.maximum));
  const command = new Command('compress')
    .description(
      'prune, cluster and quantize a classifier, and measure its size and accuracy before and after',
    )
    .argument('<model>', 'ONNX classifier with weights of single precision')
    .requiredOption(
      '--out <file>',
      'where to write the model; of a sweep, the compression is put behind the name',
    )
    .requiredOption(
      '--data <name or path>',
      'images: mnist, cifar10, a folder with one sub-folder of images for each class, or an .npz file; its ' +
        'training part is used for calibration and fine-tuning, its test part for accuracy',
      checkedChoice,
    )
    .addOption(new Option('--with <compressions>', compressionsHelp()))
    .addOption(
      new Option(
        '--sweep <compressions...>',
        'several strengths instead of --with, each a file; braces stand for all that is listed in them',
      ),
    )
    .addOption(new Option('--activations <choice>', activationsHelp()).default(compressDefaults.activations))
    .addOption(
      wholeOption(
        '--finetune <epochs>',
        'passes over the training images after each compression, through those so far',
        0,
        100_000,
      ).default(compressDefaults.finetune),
    )
    .addOption(new Option('--adversarial <choice>', adversaryHelp()).default(trainDefaults.adversarial))
    .addOption(new Option('--augment <choice>', augmentationHelp()).default(trainDefaults.augment))
    .addOption(
      nameOption('--optimizer <name>', 'update rule', 'optimizer', optimizers).default(
        trainDefaults.optimizer,
      ),
    )
    .addOption(
      numberOption('--learning-rate <rate>', "step size (default: a tenth of the optimizer's)", {
        minimum: 0,
        maximum,
      }),
    )
    .addOption(
      nameOption('--schedule <name>', 'learning rate over time', 'schedule', schedules).default(
        trainDefaults.schedule,
      ),
    )
    .addOption(
      numberOption('--weight-decay <rate>', 'decoupled decay of weights, none of biases', {
        minimum: 0,
        maximum: 100,
      }).default(trainDefaults.weightDecay),
    )
    .addOption(trainingBatchOption())
    .addOption(wholeOption('--train-images <count>', 'use the first training images only (default: all)', 1))
    .addOption(samplesOption('test images that accuracy is measured on', 'all'));
  for (const option of [...formatOptions(), resizeOption()]) command.addOption(option);
  return command
    .addOption(seedOption())
    .addOption(threadsOption())
    .addOption(
      wholeOption('--checkpoint-every <seconds>', 'seconds between two checkpoints', 0, 86_400).default(
        compressDefaults.checkpointEvery,
      ),
    )
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      examples(
        ['compress model.onnx --data mnist --with quantize:int8 --out small.onnx', 'A quarter of the size'],
        [
          'compress model.onnx --data mnist --with prune:0.9+cluster+quantize --finetune 1 --out deep.onnx',
          'Deep Compression',
        ],
        [
          'compress model.onnx --data ./photos --activations static --out int8.onnx',
          'Integer kernels throughout, with ranges from training images',
        ],
        [
          'compress model.onnx --data cifar10 --sweep prune:{0.5,0.8,0.95} --finetune 1 --out pruned.onnx',
          'Three strengths, to be compared by an audit',
        ],
      ),
    )
    .action((model: string, options: Options) => execute(io, model, options));
}

async function execute(io: Io, model: string, options: Options): Promise<void> {
  const { json, quiet, data, resize, samples, seed, threads, out, sweep } = options;
  if (json !== undefined && json !== '-') await assertWritable(json);
  const { progress, say } = talk(io, quiet);
  const outcome = await runCompress({
    ...{ model, data, resize, samples, seed, threads, out, sweep, with: options.with },
    ...{ activations: options.activations, finetune: options.finetune, trainImages: options.trainImages },
    ...{ optimizer: options.optimizer, learningRate: options.learningRate, schedule: options.schedule },
    ...{ weightDecay: options.weightDecay, augment: options.augment, adversarial: options.adversarial },
    ...{ batchSize: options.batchSize, checkpointEvery: options.checkpointEvery },
    ...{ progress, signal: io.signal, stated: await statedByFlags(options) },
    onModel: ({ id, provenance }) => {
      for (const note of provenance.notes) say(`${id}: ${note}`);
    },
    onCheckpoint: ({ path, images, total }) =>
      say(
        images === null
          ? `${path} belongs to another compression or is damaged; starting anew, it will be removed`
          : `resuming at image ${count(images)} of ${count(total)} (${path})`,
      ),
  });
  const { report, seconds } = outcome satisfies CompressOutcome;
  await deliver(
    io,
    { text: (safe) => compressText(safe, seconds), data: report },
    { json: jsonFile(options), quiet },
  );
}

/** A sweep leaves its numbers beside its files in any case. */
const jsonFile = ({ json, sweep, out }: Options): string | undefined =>
  json ?? (sweep ? `${out.replace(/\.onnx$/i, '')}.json` : undefined);
