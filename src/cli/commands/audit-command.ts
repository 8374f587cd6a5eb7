import { basename, join } from 'node:path';
import { Command, Option } from 'commander';
import { ToolkitError } from '../../core/base/errors.js';
import { shuffledTest } from '../../core/data/sampling.js';
import type { AuditNorm, Effort } from '../../core/evaluation/attack-suite.js';
import { flatOperatorsOnPath } from '../../core/models/model-summary.js';
import type { AuditOutcome } from '../../node/apps/audit/assemble-results.js';
import { type AuditOptions, audit as runAudit, USUAL_THRESHOLD } from '../../node/apps/audit/run-audit.js';
import { datasetNamed, isPath } from '../../node/datasets/index.js';
import { nodeRuntime } from '../../node/runtime.js';
import { assertWritable } from '../../node/store/files.js';
import { RunDirectory } from '../../node/store/run-directory.js';
import { readSubjects } from '../audit-subjects.js';
import type { FittingOptions } from '../fitting.js';
import { budgetOption, effortOption, epsilonOption, normOption, usualEpsilon } from '../flags/audit-flags.js';
import {
  batchOption,
  examples,
  jsonOption,
  numberOption,
  quietOption,
  samplesOption,
  seedOption,
  threadsOption,
  wholeOption,
} from '../flags/common-flags.js';
import { formatOptions, resizeOption } from '../flags/format-flags.js';
import { adviceHint } from '../terminal/advice-text.js';
import { deliver, type Io, talk, warn, warnOfFlat } from '../terminal/io.js';
import { percent } from '../terminal/terminal-text.js';

interface Options extends Omit<FittingOptions, 'dataset'> {
  readonly data: string;
  readonly norm: AuditNorm;
  readonly epsilon?: number;
  readonly budget: number | 'none';
  readonly samples: number | 'all';
  readonly effort: Effort | 'auto';
  readonly rounding?: number;
  readonly failUnder?: number;
  readonly robustAt: number;
  readonly out?: string;
  readonly json?: string;
  readonly quiet?: boolean;
}

const SHARE = { minimum: 0, maximum: 1 };

/** `foolproof audit`: can these models be fooled, and does the evaluation mean what it seems to mean? */
export function audit(io: Io): Command {
  const command = new Command('audit')
    .description('attack classifiers with everything there is, and tell robustness from its look-alikes')
    .argument(
      '<models...>',
      'ONNX classifiers; several are compared, and attacked with the gradients of each other',
    )
    .requiredOption(
      '--data <name or path>',
      'test images: mnist, cifar10, a folder with one sub-folder of images for each class, or an .npz file',
      (text: string) => (isPath(text) ? text : datasetNamed(text).name),
    )
    .addOption(epsilonOption())
    .addOption(normOption())
    .addOption(budgetOption())
    .addOption(samplesOption())
    .addOption(effortOption())
    .addOption(wholeOption('--rounding <steps>', 'judge images as a file can hold them, 255 for 8 bits', 1))
    .addOption(
      numberOption(
        '--robust-at <share>',
        'share of the correct inputs that must withstand for "robust"',
        SHARE,
      ).default(USUAL_THRESHOLD),
    )
    .addOption(
      numberOption(
        '--fail-under <share>',
        'exit with 3 when the robust accuracy of a model is lower, for CI',
        SHARE,
      ),
    );
  for (const option of [...formatOptions(), resizeOption()]) command.addOption(option);
  return command
    .addOption(new Option('--out <folder>', 'where report and results go (default: runs/audit-<model>)'))
    .addOption(seedOption())
    .addOption(batchOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      examples(
        [
          'audit model.onnx --data mnist',
          'Is it robust at epsilon 0.3? An answer and a report within five minutes',
        ],
        ['audit model.onnx --data ./photos --epsilon 4/255', 'Your model, your images'],
        [
          'audit float.onnx pruned.onnx --data cifar10 --budget 20m',
          'What compression changed, on the same images',
        ],
        [
          'audit model.onnx --data test.npz --fail-under 0.4',
          'For CI: exit code 3 below 40 % robust accuracy',
        ],
        [
          'audit model.onnx --data ./photos --layout NHWC --range 0,255',
          'Say what would otherwise be found by trying',
        ],
      ),
    )
    .action((models: string[], options: Options) => execute(io, models, options));
}

async function execute(io: Io, paths: readonly string[], options: Options): Promise<void> {
  const { json, quiet, norm, failUnder } = options;
  const out = options.out ?? join('runs', `audit-${basename(paths[0]!).replace(/\.onnx$/i, '')}`);
  if (json && json !== '-') await assertWritable(json);
  const chat = talk(io, quiet);
  const runtime = await nodeRuntime();
  const context = { runtime, progress: chat.progress, signal: io.signal, io };
  const { data: dataset, ...others } = options;
  const { subjects, warnings } = await readSubjects(paths, { ...others, dataset }, context);
  for (const warning of warnings) warn(io, warning);
  for (const { id, notes, classifier } of subjects) {
    for (const note of notes) chat.say(`${id}: ${note}`);
    warnOfFlat(io, flatOperatorsOnPath(classifier.model));
  }
  const directory = await RunDirectory.open(out);
  // Drawing takes a large library; nothing else should wait for it.
  const report = await import('../../report/audit/audit-files.js');
  const { data } = subjects[0]!;
  try {
    const outcome = await runAudit({
      runtime,
      subjects,
      norm,
      epsilon: options.epsilon ?? usualEpsilon(data.name, norm),
      indices: shuffledTest(data, options.samples, options.seed),
      ...(options.budget !== 'none' && { seconds: options.budget }),
      effort: options.effort,
      threshold: options.robustAt,
      seed: options.seed,
      ...(options.rounding && { rounding: options.rounding }),
      warnings,
      directory,
      progress: chat.progress,
      signal: io.signal,
    } satisfies AuditOptions);
    const files = await report.auditFiles(outcome);
    for (const [name, content] of files) await directory.write(name, content);
    const shown = [...files.keys()].filter((name) => !name.includes('/')).map((name) => join(out, name));
    await deliver(
      io,
      { text: report.auditText(outcome.results, { files: shown, hint: adviceHint }), data: outcome.results },
      { ...(json && { json }), ...(quiet && { quiet }) },
    );
    finish(outcome, failUnder);
  } finally {
    chat.progress.end('stopped');
    for (const { classifier, undefended } of subjects) {
      await classifier.release();
      await undefended?.release();
    }
    await directory.close();
  }
}

/** @throws ToolkitError `not-robust`, `interrupted` */
function finish({ results, stopped }: AuditOutcome, failUnder: number | undefined): void {
  if (stopped) {
    throw new ToolkitError('interrupted', {
      what: `audit after ${results.data.attacked} images`,
      resume: 'The same command goes on from there.',
    });
  }
  if (failUnder === undefined) return;
  const failed = results.models.filter(({ robustAccuracy: { value } }) => (value ?? 0) < failUnder);
  if (failed.length === 0) return;
  const models = failed.map(({ id, robustAccuracy: { value } }) => `${id} ${percent(value)}`);
  throw new ToolkitError('not-robust', { models, threshold: failUnder });
}
