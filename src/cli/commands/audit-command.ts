import { basename, join } from 'node:path';
import { Command, Option } from 'commander';
import { ToolkitError } from '../../core/base/errors.js';
import { shown } from '../../core/base/text/index.js';
import { dataWarnings } from '../../core/data/data-warnings.js';
import type { AuditNorm, Effort } from '../../core/evaluation/attack-suite.js';
import type { VerdictName } from '../../core/evaluation/verdict.js';
import { flatOperatorsOnPath } from '../../core/models/model-summary.js';
import { auditDefaults } from '../../node/apps/audit/audit-app.js';
import { assertPassed, gateChecks } from '../../node/apps/audit/gate.js';
import { checkedChoice } from '../../node/datasets/index.js';
import { assertWritable, writeAtomically } from '../../node/store/files.js';
import { budgetOption, effortOption, epsilonOption, failOnOption, normOption } from '../flags/audit-flags.js';
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
import { type ExportChoice, exportOption } from '../flags/export-flags.js';
import { formatOptions, type PrepareFlags, resizeOption, statedByFlags } from '../flags/format-flags.js';
import { adviceHint } from '../terminal/advice-text.js';
import { deliver, type Io, talk, warn, warnOfFlat } from '../terminal/io.js';

interface Options extends Omit<PrepareFlags, 'dataset'> {
  readonly data: string;
  readonly norm: AuditNorm;
  readonly epsilon?: number;
  readonly budget: number | 'none';
  readonly samples: number | 'all';
  readonly effort: Effort | 'auto';
  readonly rounding?: number;
  readonly failUnder?: number;
  readonly failOn?: readonly VerdictName[];
  readonly export?: readonly ExportChoice[];
  readonly allowInconclusive?: boolean;
  readonly robustAt: number;
  readonly out?: string;
  readonly json?: string;
  readonly quiet?: boolean;
}

const SHARE = { minimum: 0, maximum: 1 };

/** `foolproof audit`: can these models be fooled, and does the evaluation mean what it seems to mean? */
export function audit(io: Io): Command {
  const command = new Command('audit')
    .description('attack classifiers with everything there is, and separate robustness from gradient masking')
    .argument(
      '<models...>',
      'ONNX classifiers; several are compared, and attacked with the gradients of each other',
    )
    .requiredOption(
      '--data <name or path>',
      'test images: mnist, cifar10, a folder with one sub-folder of images for each class, or an .npz file',
      checkedChoice,
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
        'share of the correct inputs that must stay right for "robust"',
        SHARE,
      ).default(auditDefaults.robustAt),
    )
    .addOption(
      numberOption(
        '--fail-under <share>',
        'for CI: exit with 3 unless the robust accuracy of every model is this at least, by the lower end ' +
          'of its exact 95 % interval and of 20 images or more',
        SHARE,
      ),
    )
    .addOption(failOnOption())
    .addOption(
      new Option('--allow-inconclusive', 'let --fail-under pass models whose verdict is inconclusive'),
    );
  for (const option of [...formatOptions(), resizeOption()]) command.addOption(option);
  return command
    .addOption(new Option('--out <folder>', 'where report and results go (default: runs/audit-<model>)'))
    .addOption(seedOption())
    .addOption(batchOption())
    .addOption(threadsOption())
    .addOption(exportOption())
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
          'For CI: exit code 3 unless the robust accuracy is at least 40 %',
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
  const { json, quiet, failUnder, resize, norm, epsilon, samples, effort, rounding, robustAt } = options;
  const { seed, batchSize, threads, allowInconclusive, failOn } = options;
  const [first = ''] = paths;
  const out = options.out ?? join('runs', `audit-${basename(first).replace(/\.onnx$/i, '')}`);
  for (const file of [json, ...(options.export ?? []).map((choice) => choice.file)])
    if (file && file !== '-') await assertWritable(file);
  const { progress, say } = talk(io, quiet);
  // Drawing takes a large library; no other command should wait for it.
  const { auditExports, auditText, writeAudit } = await import('../../report/index.js');
  try {
    const { results, files, stopped } = await writeAudit({
      ...{ models: paths, data: options.data, resize, norm, epsilon, samples, effort, rounding, robustAt },
      ...{ seed, batchSize, threads, out, progress, signal: io.signal },
      seconds: options.budget === 'none' ? null : options.budget,
      stated: await statedByFlags(options),
      onModel: ({ id, provenance, guide }) => {
        for (const note of provenance.notes) say(`${id}: ${note}`);
        warnOfFlat(io, flatOperatorsOnPath(guide.model, guide.rules));
      },
      onData: (data) => {
        for (const warning of dataWarnings(data)) warn(io, warning);
      },
    });
    const written = files.filter((name) => !name.includes('/')).map((name) => shown(join(out, name)));
    await deliver(
      io,
      { text: (data) => auditText(data, { files: written, hint: adviceHint }), data: results },
      { json, quiet },
    );
    const gate = gateChecks(results, { robustAccuracy: failUnder, verdicts: failOn, allowInconclusive });
    for (const { name, file } of options.export ?? [])
      await writeAtomically(
        file ?? join(out, auditExports[name].file),
        await auditExports[name].write({ results, gate }),
      );
    if (stopped)
      throw new ToolkitError('interrupted', { what: `audit after ${results.data.attacked} images` });
    assertPassed(gate);
  } finally {
    progress.end('stopped');
  }
}
