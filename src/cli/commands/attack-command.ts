import { Command, Option } from 'commander';
import {
  type Attack,
  attacks,
  outcomeArrays,
  outcomesCsv,
  type SweepResult,
  sweep,
} from '../../core/attacks/index.js';
import { ToolkitError } from '../../core/base/errors.js';
import { lookUp } from '../../core/base/names.js';
import { dataWarnings } from '../../core/data/data-warnings.js';
import type { Dataset } from '../../core/data/dataset.js';
import { sampleTest } from '../../core/data/sampling.js';
import type { StatedFormat } from '../../core/formats/index.js';
import type { LoadedModel } from '../../core/models/load-model.js';
import { flatOperatorsOnPath } from '../../core/models/model-summary.js';
import type { ModelUnderTest } from '../../core/models/model-under-test.js';
import { objectives } from '../../core/models/objectives/index.js';
import { writeNpz } from '../../core/tensor/npz.js';
import type { Tensor } from '../../core/tensor/tensor.js';
import { nodeRuntime } from '../../node/runtime.js';
import { assertWritable, writeAtomically } from '../../node/store/files.js';
import { loadDataFor } from '../../node/subject/load-data.js';
import { readModel } from '../../node/subject/load-model.js';
import { prepare } from '../../node/subject/prepare.js';
import { adversarialArrays } from '../adversarial-arrays.js';
import { versions } from '../engine-version.js';
import {
  budgetOptions,
  checkObjective,
  chosenBudgets,
  chosenParameters,
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
import { reportOf, textOf, warnOfFailures } from '../terminal/attack-text.js';
import { deliver, type Io, talk, warn, warnOfFlat } from '../terminal/io.js';

interface Options extends PrepareFlags {
  readonly attack: string;
  readonly objective: string;
  readonly samples: number | 'all';
  readonly batchSize: number;
  readonly json?: string;
  readonly saveAdversarial?: string;
  readonly outcomes?: string;
  readonly source?: string;
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
    .addOption(nameOption('--attack <name>', 'attack', 'attack', attacks).default('fgsm'))
    .addOption(
      nameOption('--objective <name>', `loss that ${followers()} follows`, 'objective', objectives).default(
        'cross-entropy',
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
    .addOption(new Option('--outcomes <file>', 'write the fate of every image, as .csv or .npz'))
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
          'attack h64.onnx --source dense.onnx --outcomes fates.csv',
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
  const chosen = lookUp(attacks, options.attack, 'attack');
  checkObjective(chosen, objectiveGiven);
  const objective = lookUp(objectives, options.objective, 'objective');
  const budgets = chosenBudgets(chosen, options);
  const parameters = chosenParameters(chosen, options);
  const { json, saveAdversarial: save, outcomes, seed, quiet, batchSize, threads, rounding } = options;
  if (outcomes !== undefined) formatOf(outcomes);
  for (const file of [json === '-' ? undefined : json, save, outcomes]) {
    if (file !== undefined) await assertWritable(file);
  }
  const runtime = await nodeRuntime();
  const { progress, say } = talk(io, quiet);
  const shared = { progress, signal: io.signal };
  const prepared: ModelUnderTest[] = [];
  try {
    const file = await readModel(path);
    const data = await loadDataFor(file, { ...chosenData(options), ...shared });
    const engine = { runtime, seed, batchSize, ...(threads && { threads }), ...shared };
    const prepareOne = async (model: string | LoadedModel, stated: StatedFormat = {}) => {
      const made = await prepare(model, data, { ...engine, stated });
      prepared.push(made);
      for (const note of made.provenance.notes) say(`${made.source}: ${note}`);
      return made;
    };
    const classifier = await prepareOne(file, await statedByFlags(options));
    const source = options.source === undefined ? undefined : await prepareOne(options.source);
    for (const warning of dataWarnings(data)) warn(io, warning);
    const indices = sampled(data, options);
    const batch = data.test.batch(indices);
    progress.begin(`attacking ${path} with ${chosen.name}`, indices.length, 'images');
    const result = await sweep({
      attack: chosen,
      classifier,
      ...(source && { source }),
      objective,
      parameters,
      images: batch.images,
      labels: batch.labels.data,
      budgets,
      seed,
      ...(rounding && { rounding }),
      keepAdversarial: save !== undefined,
      onProgress: (done) => progress.advance(done),
      signal: io.signal,
    });
    progress.end();
    if (save !== undefined)
      await writeAtomically(save, writeNpz(adversarialArrays(batch, indices, budgets, result)));
    const fates = { indices, labels: batch.labels, budgets };
    if (outcomes !== undefined)
      await writeAtomically(outcomes, outcomesFile(outcomes, chosen, result, fates));
    const report = reportOf({
      attacked: classifier,
      ...(source && { source }),
      data,
      attack: chosen,
      parameters,
      objective: objective.name,
      batchSize,
      ...(rounding && { rounding }),
      samples: { count: indices.length, seed },
      result,
      versions: versions(runtime),
    });
    await deliver(
      io,
      { text: textOf(report), data: report },
      { ...(json && { json }), ...(quiet && { quiet }) },
    );
    warnOfFlat(io, flatOperatorsOnPath((source ?? classifier).guide.model));
    warnOfFailures(io, result);
  } catch (error) {
    if (!io.signal.aborted || error !== io.signal.reason) throw error;
    throw new ToolkitError('stopped', { what: 'attack', hint: 'Run the same command to start again.' });
  } finally {
    progress.end('stopped');
    for (const model of prepared) await model.release();
  }
}

/** @throws ToolkitError `bad-value` for a file name that tells no format */
function formatOf(file: string): 'csv' | 'npz' {
  const extension = /\.(csv|npz)$/i.exec(file)?.[1]?.toLowerCase();
  if (extension === 'csv' || extension === 'npz') return extension;
  const expected = 'a file name that ends in .csv or .npz';
  throw new ToolkitError('bad-value', { what: '--outcomes', expected, received: `"${file}"` });
}

function outcomesFile(
  file: string,
  { budget }: Attack,
  result: SweepResult,
  fates: { indices: Uint32Array; labels: Tensor<'int64'>; budgets: readonly number[] },
): string | Uint8Array {
  if (formatOf(file) === 'csv') return outcomesCsv(result, { ...fates, budgetName: budget.name });
  return writeNpz(outcomeArrays(result, fates));
}

/** @throws ToolkitError when there are fewer test images than were asked for */
function sampled(data: Dataset, { samples, seed }: Options): Uint32Array {
  const { count: available } = data.test;
  if (available === 0) {
    const hint = 'Name the arrays images and labels.';
    throw new ToolkitError('nothing-to-do', { what: 'The data set has no test images', hint });
  }
  if (samples !== 'all' && samples > available) {
    const expected = `at most the ${available} test images of the data set, or "all"`;
    throw new ToolkitError('bad-value', { what: '--samples', expected, received: String(samples) });
  }
  return sampleTest(data, samples, seed);
}
