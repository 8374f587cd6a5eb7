import { lookUp } from '../../../core/base/names.js';
import { contentKey } from '../../store/keys.js';
import type { RunDirectory } from '../../store/run-directory.js';
import { cifar10 } from './cifar10-study.js';
import { mnist } from './mnist-study.js';
import { effectiveProfile, type StudyProfile } from './profiles.js';
import { run, type StudyOptions, type StudyOutcome } from './run-study.js';
import type { Study } from './study.js';

export { automaticJobs } from '../../work/processes/count.js';
export { parseChoice } from './choices.js';
export type { StudyProfile } from './profiles.js';
export type { StudyOptions, StudyOutcome } from './run-study.js';
export type { Study } from './study.js';
export { type Histogram, type Rate, type Results, resultsSchema } from './study-schema.js';

/** Every study by the name of its data set. A new one is one file and one line here. */
export const studies = { mnist, cifar10 } as const satisfies Readonly<Record<string, Study>>;

export type StudyName = keyof typeof studies;

const DEFAULT_STUDY: StudyName = 'mnist';

/** @throws ToolkitError `unknown-name` */
export const studyNamed = (dataset: string): Study => lookUp(studies, dataset, 'study');

/** Runs the study of a data set; see `run`. */
export const runStudy = (
  directory: RunDirectory,
  options: Omit<StudyOptions, 'out'>,
): Promise<StudyOutcome> => run(studyNamed(options.dataset ?? DEFAULT_STUDY), directory, options);

/**
 * A folder name for a run: `mnist-quick`, or with a suffix that is different for every other seed and every
 * change to the profile, so that no run overwrites another.
 */
export function runName(
  dataset: string,
  profile: string,
  seed: number,
  overrides: Partial<StudyProfile> = {},
): string {
  const { profiles } = studyNamed(dataset);
  const effective = effectiveProfile(profiles, profile, overrides);
  const base = seed === 1 && effective.name === profile;
  const suffix = base ? '' : `-${contentKey({ ...effective, seed } as never).slice(0, 8)}`;
  return `${dataset}-${profile}${suffix}`;
}
