import { Command, Option } from 'commander';
import { type Attack, attacks, type SweepResult, sweep } from '../attacks/index.js';
import type { Batch, Dataset } from '../datasets/dataset.js';
import { sampleTest } from '../datasets/sampling.js';
import { ToolkitError } from '../errors.js';
import { flatOperatorsOnPath } from '../models/inspect.js';
import { type LoadedClassifier, readClassifier } from '../models/load.js';
import { objectives } from '../models/objectives.js';
import { lookUp } from '../names.js';
import { reshapingsOf } from '../reshaping/index.js';
import { nodeRuntime } from '../runtime/node.js';
import { assertWritable, writeAtomically } from '../store/files.js';
import { writeNpz } from '../tensor/npz.js';
import { adversarialArrays } from './adversarial.js';
import { type DataOptions, datasetOptions, loadFitting } from './data.js';
import { count, percent, rateText, table } from './format.js';
import { deliver, type Io, talk, warn, warnOfFlat } from './io.js';
import {
  batchOption,
  examples,
  jsonOption,
  nameOption,
  parseBudgets,
  quietOption,
  samplesOption,
  seedOption,
  threadsOption,
} from './options.js';
import type { AttackReport } from './schemas.js';
import { type Versions, versions } from './version.js';

interface Options extends DataOptions {
  readonly attack: string;
  readonly objective: string;
  readonly samples: number | 'all';
  readonly seed: number;
  readonly batchSize: number;
  readonly threads?: number;
  readonly json?: string;
  readonly saveAdversarial?: string;
  readonly quiet?: boolean;
  /** Budgets, under the name that the attack gives them (`epsilon`). */
  readonly [budget: string]: unknown;
}

/** `foolproof attack`: success of an attack over a set of budgets. */
export function attack(io: Io): Command {
  const command = new Command('attack')
    .description('attack a classifier and count how often it is fooled, for a set of budgets')
    .argument('<model>', 'ONNX classifier')
    .addOption(nameOption('--attack <name>', 'attack', 'attack', attacks).default('fgsm'))
    .addOption(
      nameOption('--objective <name>', 'loss that the attack follows', 'objective', objectives).default(
        'cross-entropy',
      ),
    );
  for (const option of budgetOptions()) command.addOption(option);
  return command
    .addOption(datasetOptions()[0])
    .addOption(datasetOptions()[1])
    .addOption(samplesOption())
    .addOption(seedOption())
    .addOption(batchOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addOption(new Option('--save-adversarial <file>', 'write originals, adversarial images and outcomes as .npz'))
    .addOption(quietOption())
    .addHelpText(
      'after',
      examples(
        ['attack h64.onnx', 'FGSM on 1000 random test images of MNIST, epsilon 0.1 to 0.5'],
        [
          'attack h64.onnx --epsilon 8/255,16/255 --samples all --json out.json',
          'All test images, numbers for a script',
        ],
        ['attack h64.onnx --epsilon 0.3 --samples 100 --save-adversarial adv.npz', 'Keep the images that fooled it'],
      ),
    )
    .action((path: string, options: Options) => execute(io, path, options));
}

/** One flag for each kind of budget; attacks that count the same thing share it. */
function budgetOptions(): Option[] {
  const kinds = new Map(Object.values(attacks).map((a) => [a.budget.name, a.budget]));
  return [...kinds.values()].map(
    ({ name, help, default: usual }) => new Option(`--${name} <list>`, `${help}; a list (default: ${usual.join(',')})`),
  );
}

/** Where commander keeps the value of a flag that is named after a budget: `max-elements` becomes `maxElements`. */
const attributeOf = (name: string): string => new Option(`--${name} <list>`).attributeName();

export function chosenBudgets(
  chosen: Attack,
  options: Readonly<Record<string, unknown>>,
  all: Readonly<Record<string, Attack>> = attacks,
): readonly number[] {
  for (const { budget } of Object.values(all)) {
    if (budget.name !== chosen.budget.name && options[attributeOf(budget.name)] !== undefined) {
      const hint = `Its budget is --${chosen.budget.name}.`;
      throw new ToolkitError('nothing-to-do', { what: `${chosen.name} has no --${budget.name}`, hint });
    }
  }
  const { budget } = chosen;
  const text = options[attributeOf(budget.name)];
  return typeof text === 'string' ? parseBudgets(`--${budget.name}`, text, budget) : budget.default;
}

async function execute(io: Io, path: string, options: Options): Promise<void> {
  const chosen = lookUp(attacks, options.attack, 'attack');
  const objective = lookUp(objectives, options.objective, 'objective');
  const budgets = chosenBudgets(chosen, options);
  const { json, saveAdversarial: save, seed, quiet } = options;
  for (const file of [json === '-' ? undefined : json, save]) if (file !== undefined) await assertWritable(file);
  const { batchSize, threads } = options;
  const runtime = await nodeRuntime();
  const loaded = await readClassifier(path, { runtime, batchSize, ...(threads && { threads }) });
  const { classifier } = loaded;
  const { progress } = talk(io, quiet);
  try {
    const data = await loadFitting(options, { source: path, ...classifier.shape });
    const indices = sampled(data, options);
    const batch = data.test.batch(indices);
    progress.begin(`attacking ${path} with ${chosen.name}`, indices.length, 'images');
    const result = await sweep({
      attack: chosen,
      classifier,
      objective,
      images: batch.images,
      labels: batch.labels.data,
      budgets,
      seed,
      keepAdversarial: save !== undefined,
      onProgress: (done) => progress.advance(done),
      signal: io.signal,
    });
    progress.end();
    if (save !== undefined) await writeAtomically(save, writeNpz(adversarialArrays(batch, indices, budgets, result)));
    const report = reportOf(path, loaded, data, options, chosen, result, batch, versions(runtime));
    await deliver(io, { text: textOf(report), data: report }, { ...(json && { json }), ...(quiet && { quiet }) });
    warnOfFlat(io, flatOperatorsOnPath(classifier.model));
    warnOfZeros(io, result);
  } catch (error) {
    if (!io.signal.aborted || error !== io.signal.reason) throw error;
    throw new ToolkitError('stopped', { what: 'attack', hint: 'Run the same command to start again.' });
  } finally {
    progress.end('stopped');
    await classifier.release();
  }
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

function reportOf(
  path: string,
  { sha256, bytes, model, classifier }: LoadedClassifier,
  data: Dataset,
  { objective, batchSize, seed }: Options,
  { name, norm, budget }: Attack,
  result: SweepResult,
  { labels }: Batch,
  madeWith: Versions,
): AttackReport {
  const reshapings = Object.entries(reshapingsOf(model)).map(([weight, records]) => [
    weight,
    records.map((record) => ({ name: record.name, parameters: record.parameters })),
  ]);
  const { gradient } = result;
  return {
    schema: 'foolproof.attack/1',
    versions: madeWith,
    model: { path, sha256, bytes, reshapings: Object.fromEntries(reshapings) },
    dataset: { name: data.name, source: data.source, testImages: data.test.count },
    samples: { count: labels.data.length, seed },
    attack: { name, objective, norm, budgetName: budget.name, batchSize },
    cleanAccuracy: result.cleanAccuracy,
    points: [...result.points],
    zeroGradients: gradient ? { elements: gradient.zeroElements, inputs: gradient.zeroInputs } : null,
    queries: { ...classifier.queries },
  };
}

function textOf({ model, dataset, samples, attack: a, cleanAccuracy, points, zeroGradients }: AttackReport): string {
  const lines = [
    `${model.path}: ${a.name} (${a.norm}) following ${a.objective}, ` +
      `${count(samples.count)} of ${count(dataset.testImages)} test images of ${dataset.name}, seed ${samples.seed}`,
    'rates are count/total with their 95 % interval',
    '',
    `clean accuracy  ${rateText(cleanAccuracy)}`,
  ];
  if (zeroGradients) {
    lines.push(
      `zero gradients  ${percent(zeroGradients.elements)} of all input elements; all of them in ${rateText(zeroGradients.inputs)} of the images`,
    );
  }
  const rows = points.map((p) => [
    String(Number(p.budget.toPrecision(4))),
    rateText(p.success),
    rateText(p.successAtBudget),
    rateText(p.robustAccuracy),
  ]);
  lines.push('', table([a.budgetName, 'success (up to it)', 'success (at it)', 'robust accuracy'], rows));
  return lines.join('\n');
}

function warnOfZeros(io: Io, { gradient }: SweepResult): void {
  const stuck = gradient?.zeroInputs.count ?? 0;
  if (stuck === 0) return;
  const inputs = stuck === 1 ? '1 input has' : `${stuck} inputs have`;
  warn(io, `${inputs} a gradient of exactly zero: the attack could not move them. This is not robustness.`);
}
