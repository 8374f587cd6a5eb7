import { z } from 'zod';
import { auditSchema } from '../../../core/evaluation/audit-schema.js';
import type { Plan, Step } from '../../work/plan.js';

const results = auditSchema.shape;
const model = results.models.element.shape;

/** What the results say of a trial beside its outcomes. */
const trialAboutSchema = model.trials.element
  .pick({
    id: true,
    attack: true,
    title: true,
    reference: true,
    role: true,
    objective: true,
    from: true,
    parameters: true,
  })
  .extend({ rounded: z.boolean() });

/** What the results say of a model beside what was measured on it. */
const modelAboutSchema = z.strictObject({
  id: model.id,
  path: model.path,
  sha256: model.sha256,
  bytes: model.bytes,
  producer: model.producer,
  parameters: model.parameters,
  reshapings: model.reshapings,
  redFlags: model.redFlags,
  format: model.format,
  batch: model.batch,
  testAccuracy: model.testAccuracy,
  classes: z.int().positive(),
  refusal: z.string().nullable().describe('why it has no gradient; null where it has one'),
  gallery: z.string().describe('file of its gallery, should there be one'),
  trials: z.array(trialAboutSchema),
});

/** What the results say of an audit as a whole, kept in its plan. */
const auditAboutSchema = z.strictObject({
  seed: results.seed,
  norm: results.norm,
  effort: results.effort,
  epsilon: results.epsilon,
  epsilons: z.array(z.number()).describe('of the curve'),
  rounding: results.rounding,
  threshold: results.threshold,
  seconds: z.number().nullable().describe('time allowed; null for no limit'),
  data: z.strictObject({
    name: z.string(),
    source: z.string(),
    available: z.int(),
    classNames: z.array(z.string()),
    warnings: z.array(z.string()),
  }),
  transferred: z.string().nullable().describe('the attack that follows other models; null for none'),
  models: z.array(modelAboutSchema),
});

/** What a step is a part of. */
const stepAboutSchema = z.strictObject({
  model: z.string().describe('position of the model in the audit'),
  part: z.enum(['throughput', 'probe', 'substitute', 'chunk', 'gallery']),
});

export type TrialAbout = z.infer<typeof trialAboutSchema>;
export type ModelAbout = z.infer<typeof modelAboutSchema>;
export type AuditAbout = z.infer<typeof auditAboutSchema>;
export type AuditPart = z.infer<typeof stepAboutSchema>['part'];

/** @throws ZodError for a plan that is not of an audit */
export const auditOf = ({ about }: Plan): AuditAbout => auditAboutSchema.parse(about);

/** The steps of one part for one model, in their order. */
export const partsOf = ({ steps }: Pick<Plan, 'steps'>, part: AuditPart, at: number): Step[] =>
  steps.filter(({ about }) => about?.part === part && about.model === String(at));
