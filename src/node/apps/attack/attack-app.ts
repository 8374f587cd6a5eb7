import type { AttackedInputs } from '../../../core/attacks/harness/outcome-arrays.js';
import {
  type Attack,
  type AttackParameters,
  attacks,
  outcomeArrays,
  outcomesCsv,
  resolveParameters,
  type SweepResult,
  sweep,
} from '../../../core/attacks/index.js';
import { ToolkitError } from '../../../core/base/errors.js';
import { lookUp } from '../../../core/base/names.js';
import { naming } from '../../../core/base/naming.js';
import { silent } from '../../../core/base/progress.js';
import type { Dataset } from '../../../core/data/dataset.js';
import { sampleTest } from '../../../core/data/sampling.js';
import { type FlatOperator, flatOperatorsOnPath } from '../../../core/models/model-summary.js';
import type { ModelUnderTest } from '../../../core/models/model-under-test.js';
import { type Objective, objectives } from '../../../core/models/objectives/index.js';
import { NO_CLASS } from '../../../core/tensor/floats.js';
import { writeNpz } from '../../../core/tensor/npz.js';
import { nodeRuntime } from '../../runtime.js';
import { assertWritable, writeAtomically } from '../../store/files.js';
import { type ModelChoice, prepareAll } from '../../subject/prepare-all.js';
import {
  type AppOptions,
  type DataOptions,
  dataOf,
  type EngineOptions,
  type PreparationOptions,
  stoppable,
} from '../app-options.js';
import { versions } from '../versions.js';
import { adversarialArrays } from './adversarial-arrays.js';
import { type AttackReport, reportOf } from './attack-report.js';
import { type CriterionChoice, planCriterion } from './criterion-choice.js';

/** What `attack` does unless it is told otherwise. */
export const attackDefaults = {
  attack: 'fgsm',
  objective: 'cross-entropy',
  samples: 1000,
  seed: 1,
} as const;

/** What `attack` takes; the options of `foolproof attack`. */
export interface AttackOptions extends AppOptions, EngineOptions, DataOptions, PreparationOptions {
  /** The path of an ONNX classifier, or one that is prepared for the data. */
  readonly model: ModelChoice;
  /** An attack, or the name of one; default FGSM. */
  readonly attack?: string | Attack | undefined;
  /** What it follows, where it follows an objective; default the cross-entropy. */
  readonly objective?: string | Objective | undefined;
  /** In rising order; default: those of the attack. */
  readonly budgets?: readonly number[] | undefined;
  /** Those that are missing have the attack's defaults. */
  readonly parameters?: AttackParameters | undefined;
  /** Test images, chosen at random, or all of them; default 1000. */
  readonly samples?: number | 'all' | undefined;
  /** Of the choice of images, and of the attack; default 1. */
  readonly seed?: number | undefined;
  /** What counts as success; default: the predicted class changes. */
  readonly criterion?: CriterionChoice | undefined;
  /** Judge images as a file can hold them: 255 steps for 8 bits. */
  readonly rounding?: number | undefined;
  /** Follow the gradients of this model instead: a transfer attack. */
  readonly source?: ModelChoice | undefined;
  /** An `.npz` file to write originals, adversarial images and outcomes to. */
  readonly saveAdversarial?: string | undefined;
  /** A `.csv` or `.npz` file to write the outcome of every image to. */
  readonly outcomes?: string | undefined;
}

/** What `attack` results in. */
export interface AttackOutcome {
  /** JSON throughout; see docs/cli.md. */
  readonly report: AttackReport;
  readonly result: SweepResult;
  readonly data: Dataset;
  /** Positions of the attacked images in the test set. */
  readonly indices: Uint32Array;
  /** Piecewise constant operators of the differentiated graph: no gradient flows back through them. */
  readonly flat: readonly FlatOperator[];
}

/**
 * Attacks a classifier and counts how often it is fooled, for a set of budgets:
 * `foolproof attack` as a function.
 *
 * @throws ToolkitError as `prepare` and `sweep`; `unknown-name` for attack and objective; `nothing-to-do` for
 *   an objective that the attack does not follow; `bad-value` for more samples than there are; `not-finite`;
 *   `file-unwritable`; `stopped` after the signal
 */
export async function attack(options: AttackOptions): Promise<AttackOutcome> {
  const chosen =
    typeof options.attack === 'object'
      ? options.attack
      : lookUp(attacks, options.attack ?? attackDefaults.attack, 'attack');
  const objective = objectiveOf(chosen, options.objective);
  const parameters = resolveParameters(chosen, options.parameters);
  const criterion = planCriterion(options.criterion);
  const { saveAdversarial, outcomes, rounding, signal, threads, source, progress = silent } = options;
  const { samples = attackDefaults.samples, seed = attackDefaults.seed } = options;
  const budgets = options.budgets ?? chosen.budget.default;
  if (outcomes !== undefined) formatOf(outcomes);
  for (const file of [saveAdversarial, outcomes]) if (file !== undefined) await assertWritable(file);
  const runtime = options.runtime ?? (await nodeRuntime());

  return stoppable('attack', signal, async () => {
    const { models, data, release } = await prepareAll(
      [options.model, ...(source ? [source] : []), ...(criterion.reference ? [criterion.reference] : [])],
      dataOf(options),
      {
        ...{ runtime, seed, threads, progress, signal, batchSize: options.batchSize },
        ...{ onModel: options.onModel, onData: options.onData },
        // What is said of the attacked model is not said of others.
        stated: (model) => (model === 0 ? options.stated : undefined),
      },
    );
    try {
      const [attacked, ...others] = models as readonly [ModelUnderTest, ...ModelUnderTest[]];
      const followed = source ? others.shift() : undefined;
      const [reference] = others;
      const indices = sampled(data, samples, seed);
      const batch = data.test.batch(indices);
      progress.begin(`attacking ${attacked.source} with ${chosen.name}`, indices.length, 'images');
      const result = await naming(
        attacked.source,
        () =>
          sweep({
            attack: chosen,
            classifier: attacked,
            ...(followed && { source: followed }),
            objective,
            parameters,
            images: batch.images,
            labels: batch.labels.data,
            budgets,
            seed,
            criterion: criterion.make(reference),
            ...(rounding !== undefined && { rounding }),
            keepAdversarial: saveAdversarial !== undefined,
            onProgress: (done) => progress.advance(done),
            ...(signal && { signal }),
          }),
        signal,
      );
      progress.end();
      checkDefined(attacked, result);
      const inputs = { indices, labels: batch.labels, budgets };
      if (saveAdversarial !== undefined)
        await writeAtomically(saveAdversarial, writeNpz(adversarialArrays(batch, indices, budgets, result)));
      if (outcomes !== undefined)
        await writeAtomically(outcomes, outcomesFile(outcomes, chosen, result, inputs));
      const report = reportOf({
        ...{ attacked, data, attack: chosen, parameters, objective: objective.name, result },
        criterion: criterion.text,
        ...(followed && { source: followed }),
        ...(rounding !== undefined && { rounding }),
        samples: { count: indices.length, seed },
        versions: versions(runtime),
      });
      const { model, rules } = (followed ?? attacked).guide;
      return { report, result, data, indices, flat: flatOperatorsOnPath(model, rules) };
    } finally {
      progress.end('stopped');
      await release();
    }
  });
}

/**
 * @throws ToolkitError `nothing-to-do` for one that the attack does not follow: it would look as if it
 *   changed anything
 */
function objectiveOf(chosen: Attack, given: string | Objective | undefined): Objective {
  if (given !== undefined && !chosen.followsObjective) {
    throw new ToolkitError('nothing-to-do', {
      what: `${chosen.name} follows no objective, so one would change nothing`,
      hint: 'Leave it out.',
      option: 'objective',
    });
  }
  if (typeof given === 'object') return given;
  return lookUp(objectives, given ?? attackDefaults.objective, 'objective');
}

/** @throws ToolkitError `bad-value` for a file name that tells no format */
function formatOf(file: string): 'csv' | 'npz' {
  const extension = /\.(csv|npz)$/i.exec(file)?.[1]?.toLowerCase();
  if (extension === 'csv' || extension === 'npz') return extension;
  throw new ToolkitError('bad-value', {
    what: 'file of outcomes',
    expected: 'a file name that ends in .csv or .npz',
    received: `"${file}"`,
    option: 'outcomes',
  });
}

function outcomesFile(
  file: string,
  { budget }: Attack,
  result: SweepResult,
  inputs: AttackedInputs,
): string | Uint8Array {
  if (formatOf(file) === 'csv') return outcomesCsv(result, { ...inputs, budgetName: budget.name });
  return writeNpz(outcomeArrays(result, inputs));
}

/** @throws ToolkitError `not-finite` for a model that predicts no class of any image */
function checkDefined({ source }: ModelUnderTest, { clean }: SweepResult): void {
  if (clean.some((prediction) => prediction !== NO_CLASS)) return;
  const { length: count } = clean;
  throw new ToolkitError('not-finite', { source, what: 'outputs', count, total: count });
}

/** @throws ToolkitError when there are fewer test images than were asked for */
function sampled(data: Dataset, samples: number | 'all', seed: number): Uint32Array {
  const { count: available } = data.test;
  if (samples !== 'all' && samples > available) {
    throw new ToolkitError('bad-value', {
      what: 'samples',
      expected: `at most the ${available} test images of the data set, or "all"`,
      received: String(samples),
      option: 'samples',
    });
  }
  return sampleTest(data, samples, seed);
}
