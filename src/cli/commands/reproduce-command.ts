import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { ToolkitError } from '../../core/base/errors.js';
import { lookUp } from '../../core/base/names.js';
import { shown } from '../../core/base/text/index.js';
import {
  automaticJobs,
  parseChoice,
  runName,
  type StudyProfile,
  studies,
  studyNamed,
} from '../../node/apps/study/index.js';
import { nodeRuntime } from '../../node/runtime.js';
import { assertSeparate, assertWritable } from '../../node/store/files.js';
import type { Reproduced } from '../../report/study/reproduce-files.js';
import {
  examples,
  jobsOption,
  jsonOption,
  quietOption,
  seedOption,
  wholeOption,
} from '../flags/common-flags.js';
import { deliver, type Io, talk } from '../terminal/io.js';
import { summaryOf } from '../terminal/study-summary.js';

interface Options {
  readonly dataset: string;
  readonly profile: string;
  readonly seed: number;
  readonly out?: string;
  readonly models?: readonly string[];
  readonly figures?: readonly string[];
  readonly trainImages?: number;
  readonly epochs?: number;
  readonly testImages?: number;
  readonly samples?: number;
  readonly jobs: number | 'auto';
  readonly json?: string;
  readonly quiet?: boolean;
}

/** `foolproof reproduce`: the paper's study, from training to the report. */
export function reproduce(io: Io): Command {
  return new Command('reproduce')
    .description("repeat the paper's study: train, attack, inhibit, compare with its claims, write a report")
    .addOption(new Option('--dataset <name>', `study: ${Object.keys(studies).join(', ')}`).default('mnist'))
    .addOption(new Option('--profile <name>', profileHelp()).default('quick'))
    .addOption(seedOption())
    .addOption(
      new Option(
        '--out <folder>',
        'run directory (default: runs/<dataset>-<profile>, with a suffix for other seeds and changed ' +
          'profiles)',
      ),
    )
    .addOption(
      new Option(
        '--models <list>',
        "models to compare: compressions of the study's own network (none,hash:1/64), networks by name " +
          '(dnn1,vgg16), or both (dnn1+hash:1/16); default: those of the profile',
      ).argParser((text: string) => text.split(',').map((part) => parseChoice(part).text)),
    )
    .addOption(
      new Option(
        '--figures <list>',
        "only what these figures of the paper need, such as 4,5 (default: all); the models' accuracy is " +
          'always measured',
      ).argParser((text: string) => [...new Set(text.split(',').map((part) => part.trim()))]),
    )
    .addOption(
      wholeOption('--train-images <count>', 'first training images to use (default: as the profile)', 1),
    )
    .addOption(wholeOption('--epochs <count>', 'passes over them (default: as the profile)', 1, 100_000))
    .addOption(wholeOption('--test-images <count>', 'test images for accuracy (default: as the profile)', 1))
    .addOption(wholeOption('--samples <count>', 'test images to attack (default: as the profile)', 1))
    .addOption(jobsOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText(
      'after',
      examples(
        ['reproduce', 'A first answer; stopped at any point, the same command resumes it'],
        [
          'reproduce --profile paper',
          'The whole paper on all images: hours, over as many sittings as you like',
        ],
        ['reproduce --dataset cifar10', 'The second half of the paper, in small; fetches CIFAR-10 once'],
        ['reproduce --profile paper --jobs 4', 'Four models at a time, each with a quarter of the cores'],
        ['reproduce --seed 2 --out runs/second', 'Would another seed have said the same?'],
        ['reproduce --models none,hash:1/64 --figures 4,5 --samples 200', 'Two models and two figures'],
        ['reproduce --train-images 2000 --samples 100 --out runs/tiny', 'The whole way, in small'],
      ),
    )
    .action((options: Options) => execute(io, options));
}

async function execute(io: Io, options: Options): Promise<void> {
  const { dataset, profile, seed, json, quiet } = options;
  const base = lookUp(studyNamed(dataset).profiles, profile, 'profile');
  const overrides = overridesOf(options, base);
  const out = options.out ?? join('runs', runName(dataset, profile, seed, overrides));
  if (json && json !== '-') await assertWritable(json);
  await assertSeparate([out, json], []);
  const chat = talk(io, quiet);
  // Drawing figures takes a large library; no other command should wait for it.
  const engine = await import('../../report/study/reproduce-files.js');
  try {
    const outcome = await engine.reproduce({
      runtime: await nodeRuntime(),
      dataset,
      profile,
      seed,
      out,
      overrides,
      jobs: options.jobs === 'auto' ? automaticJobs(machine()) : options.jobs,
      progress: chat.progress,
      signal: io.signal,
    });
    if (outcome.reused > 0) chat.say(`${outcome.reused} steps were finished before and were not repeated`);
    await deliver(
      io,
      { text: (results) => textOf({ ...outcome, results }, shown(out)), data: outcome.results },
      { ...(json && { json }), ...(quiet && { quiet }) },
    );
  } catch (error) {
    if (!io.signal.aborted || error instanceof ToolkitError) throw error;
    throw new ToolkitError('interrupted', { what: 'study' }, { cause: error });
  } finally {
    // Draws the line under a bar that an error left open.
    chat.progress.end('stopped');
  }
}

const machine = () => ({ cores: availableParallelism(), memory: process.availableMemory() });

const profileHelp = (): string =>
  Object.values(studies)
    .flatMap((study) =>
      Object.values(study.profiles).map(({ name, help }) => `${study.title}, ${name}: ${help}`),
    )
    .join('; ');

function overridesOf(options: Options, profile: StudyProfile): Partial<StudyProfile> {
  const { models, figures, trainImages, epochs, testImages, samples } = options;
  return {
    ...(models && { models }),
    ...(figures && { figures }),
    ...(trainImages && { trainImages }),
    ...(epochs && { epochs }),
    ...(testImages && { testImages, inhibitedTestImages: Math.min(testImages, profile.inhibitedTestImages) }),
    ...(samples && { attackSamples: samples }),
    ...(samples &&
      profile.iterativeSamples && { iterativeSamples: Math.min(samples, profile.iterativeSamples) }),
  };
}

function textOf({ results, files }: Reproduced, out: string): string {
  const report = files.find((file) => file.endsWith('.html'));
  return `${summaryOf(results)}\n\n${files.length} files in ${out}; open ${join(out, report ?? '')}`;
}
