import { Command, Option } from 'commander';
import { attacks } from '../../core/attacks/index.js';
import { lookUp } from '../../core/base/names.js';
import { dataWarnings } from '../../core/data/data-warnings.js';
import { objectives } from '../../core/models/objectives/index.js';
import { attackDefaults, attack as runAttack } from '../../node/apps/attack/attack-app.js';
import { assertSeparate, assertWritable, besideModel } from '../../node/store/files.js';
import {
  budgetOptions,
  chosenBudgets,
  chosenParameters,
  criterionOption,
  parameterOptions,
} from '../flags/attack-flags.js';
import {
  batchOption,
  examples,
  jsonOption,
  nameOption,
  quietOption,
  samplesOption,
  seedOption,
  threadsOption,
  wholeOption,
} from '../flags/common-flags.js';
import { chosenData, datasetOptions } from '../flags/data-flags.js';
import { formatOptions, type PrepareFlags, resizeOption, statedByFlags } from '../flags/format-flags.js';
import { textOf, warnOfFailures } from '../terminal/attack-text.js';
import { deliver, type Io, talk, warn, warnOfFlat } from '../terminal/io.js';

interface Options extends PrepareFlags {
  readonly attack: string;
  readonly objective: string;
  readonly samples: number | 'all';
  readonly batchSize?: number;
  readonly json?: string;
  readonly saveAdversarial?: string;
  readonly outcomes?: string;
  readonly source?: string;
  readonly criterion: string;
  readonly rounding?: number;
  readonly quiet?: boolean;
  /** Budgets and parameters as text, under the names that the attacks give them (`epsilon`, `theta`). */
  readonly [name: string]: unknown;
}

/** `foolproof attack`: success of an attack over a set of budgets. */
export function attack(io: Io): Command {
  const command = new Command('attack')
    .description('attack a classifier and count how often it is fooled, for a set of budgets')
    .argument('<model>', 'ONNX classifier')
    .addOption(nameOption('--attack <name>', 'attack', 'attack', attacks).default(attackDefaults.attack))
    .addOption(
      nameOption('--objective <name>', `loss that ${followers()} follows`, 'objective', objectives).default(
        attackDefaults.objective,
      ),
    );
  for (const option of [...budgetOptions(), ...parameterOptions(), ...formatOptions()])
    command.addOption(option);
  return command
    .addOption(
      wholeOption(
        '--rounding <steps>',
        'judge images as a file can hold them, 255 for 8 bits (default: not rounded)',
        1,
      ),
    )
    .addOption(
      new Option('--source <model>', 'follow the gradients of this model instead: a transfer attack'),
    )
    .addOption(criterionOption())
    .addOption(datasetOptions()[0])
    .addOption(datasetOptions()[1])
    .addOption(resizeOption())
    .addOption(samplesOption())
    .addOption(seedOption())
    .addOption(batchOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addOption(
      new Option('--save-adversarial <file>', 'write originals, adversarial images and outcomes as .npz'),
    )
    .addOption(new Option('--outcomes <file>', 'write the outcome of every image, as .csv or .npz'))
    .addOption(quietOption())
    .addHelpText(
      'after',
      examples(
        ['attack h64.onnx', 'FGSM on 1000 random test images of MNIST, epsilon 0.1 to 0.5'],
        [
          'attack h64.onnx --epsilon 8/255,16/255 --samples all --json out.json',
          'All test images, numbers for a script',
        ],
        [
          'attack h64.onnx --epsilon 0.3 --samples 100 --save-adversarial adv.npz',
          'Keep the images that fooled it',
        ],
        [
          'attack h64.onnx --attack jsma --elements 10,20,40 --mode iterative --samples 100',
          'Few pixels changed far, with a new saliency map after each',
        ],
        [
          'attack h64.onnx --attack apgd --epsilon 0.1 --rounding 255 --samples 100',
          'Many steps instead of one, judged as 8-bit images',
        ],
        [
          'attack h64.onnx --attack deepfool --epsilon 10 --samples 100',
          'How far the nearest other class is',
        ],
        [
          'attack h64.onnx --attack pgd --criterion differs-from:dense.onnx --samples 100',
          'Images that fool the compressed model alone',
        ],
        [
          'attack h64.onnx --source dense.onnx --outcomes outcomes.csv',
          'What fools one model, tried on another',
        ],
      ),
    )
    .action((path: string, options: Options) =>
      execute(io, path, options, command.getOptionValueSource('objective') === 'cli'),
    );
}

const followers = (): string =>
  Object.values(attacks)
    .filter((a) => a.followsObjective)
    .map((a) => a.name)
    .join(', ');

async function execute(io: Io, path: string, options: Options, objectiveGiven: boolean): Promise<void> {
  const { json, saveAdversarial, outcomes, seed, quiet, batchSize, threads, rounding, source } = options;
  const { criterion } = options;
  const chosen = lookUp(attacks, options.attack, 'attack');
  const [budgets, parameters] = [chosenBudgets(chosen, options), chosenParameters(chosen, options)];
  if (json !== undefined && json !== '-') await assertWritable(json);
  await assertSeparate(
    [json, saveAdversarial, outcomes],
    [path, source, options.data, criterion.split(':')[1]].flatMap((input) =>
      input ? besideModel(input) : [],
    ),
  );
  const { progress, say } = talk(io, quiet);
  const { report, result, flat } = await runAttack({
    model: path,
    attack: chosen,
    ...(objectiveGiven && { objective: options.objective }),
    ...{
      budgets,
      parameters,
      samples: options.samples,
      seed,
      batchSize,
      threads,
      rounding,
      source,
      criterion,
    },
    ...{ saveAdversarial, outcomes, progress, signal: io.signal },
    ...chosenData(options),
    stated: await statedByFlags(options),
    onModel: (model) => {
      for (const note of model.provenance.notes) say(`${model.source}: ${note}`);
    },
    onData: (data) => {
      for (const warning of dataWarnings(data)) warn(io, warning);
    },
  });
  await deliver(io, { text: textOf, data: report }, { json, quiet });
  warnOfFlat(io, flat);
  warnOfFailures(io, result);
}
