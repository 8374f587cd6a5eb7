import { z } from 'zod';
import type { DataReference } from '../../work/data-reference.js';
import type { Plan, Step } from '../../work/plan.js';

/** Data of a study, as its plan names them. */
export interface StudyData {
  readonly reference: DataReference;
  readonly classNames: readonly string[];
}

/** What the results say of the study as a whole, kept in its plan. */
const studySchema = z.strictObject({
  study: z.string(),
  profile: z.string(),
  figures: z.array(z.string()),
  seed: z.int(),
  train: z.int(),
  test: z.int(),
  attacked: z.int(),
  classNames: z.array(z.string()),
});

/** What the results say of a step beside its parameters. */
const stepSchema = z.strictObject({
  model: z.string().describe('id of the model that it is about'),
  label: z.string().describe('of that model, for figures'),
  variant: z.string().describe('tells runs of one attack apart, see `results.json`'),
  role: z
    .enum(['training', 'clean-accuracy', 'accuracy-over-tau', 'attack', 'weights', 'gallery'])
    .describe('which part of the results it becomes'),
});

export type StudyAbout = z.infer<typeof studySchema>;
export type StepAbout = z.infer<typeof stepSchema>;

/** @throws ZodError for a plan that is not of a study */
export const studyOf = ({ about }: Plan): StudyAbout => studySchema.parse(about);

/** @throws ZodError for a step that is not of a study */
export const aboutOf = ({ about }: Step): StepAbout => stepSchema.parse(about);
