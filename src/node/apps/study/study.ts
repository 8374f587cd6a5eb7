import type { Plan } from '../../work/plan.js';
import type { StudyProfile } from './profiles.js';
import type { StudyData } from './study-plan.js';
import type { Results } from './study-schema.js';

/** A study: what is trained and measured, at which sizes, and which statements are judged by it. */
export interface Study {
  readonly title: string;
  /** Name of its data set. */
  readonly dataset: string;
  readonly profiles: Readonly<Record<string, StudyProfile>>;
  /** Everything that is done, as data. */
  plan(profile: StudyProfile, seed: number, data: StudyData): Plan;
  /** The claims of the paper that these results decide on. */
  judge(results: Results): Results['claims'];
}
