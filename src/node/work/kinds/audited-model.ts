import { z } from 'zod';
import { type Attack, attacks } from '../../../core/attacks/index.js';
import { lookUp } from '../../../core/base/names.js';
import type { Dataset } from '../../../core/data/dataset.js';
import { roles } from '../../../core/evaluation/evidence.js';
import type { Source } from '../../../core/evaluation/gradient-sources.js';
import type { ModelTrial } from '../../../core/evaluation/model-trials.js';
import { layoutNames } from '../../../core/formats/index.js';
import { type ModelFormat, type OpenedModel, openModel } from '../../../core/formats/prepare-model.js';
import { heads } from '../../../core/models/logits-head.js';
import type { ModelUnderTest } from '../../../core/models/model-under-test.js';
import { objectives } from '../../../core/models/objectives/index.js';
import { contentKey } from '../../store/keys.js';
import type { StepContext } from '../step-kind.js';
import { attackParametersSchema } from './attack-step.js';
import { MODEL } from './step-parts.js';

/** What of a prepared model decides how its file is asked: preprocessing in front, class order behind. */
export const modelFormatSchema = z.strictObject({
  preprocessing: z.strictObject({
    layout: z.enum(layoutNames),
    channelOrder: z.literal('BGR').optional(),
    scale: z.number(),
    mean: z.array(z.number()).min(1),
    std: z.array(z.number()).min(1),
  }),
  labelMap: z.array(z.int().nonnegative()).describe("for each class of the data the model's class"),
  output: z
    .strictObject({ name: z.string().nullable(), head: z.enum(heads) })
    .optional()
    .describe('absent where the classes are the only output and it gives logits, or what can be taken off'),
  deployedBatch: z
    .int()
    .positive()
    .optional()
    .describe('batch size of deployment, where answers depend on it'),
});

/**
 * Whose gradients a transfer attack follows: the attacked model without its defences, or
 * another input of the step.
 */
const sourceSchema = z.union([
  z.strictObject({ name: z.string(), undefended: z.literal(true) }),
  z.strictObject({ name: z.string(), input: z.string(), format: modelFormatSchema }),
]);

export const trialSchema = z.strictObject({
  id: z.string().describe('unique among the trials of a model'),
  attack: z.string(),
  role: z.enum(roles),
  objective: z.string().optional().describe('for attacks that follow one'),
  parameters: attackParametersSchema.optional(),
  budgets: z.array(z.number()).min(1),
  rounded: z.literal(true).optional().describe('the attack sees the model through the grid'),
  source: z.string().optional().describe('name of a source'),
});

/** Models as the steps of an audit name them. */
export const auditedSchema = z.strictObject({
  model: modelFormatSchema,
  sources: z.array(sourceSchema),
});

export type Audited = z.infer<typeof auditedSchema>;
export type AuditedSource = Audited['sources'][number];
export type AuditedTrial = z.infer<typeof trialSchema>;

/** The inputs of a step about these models. */
export const auditedInputs = ({ sources }: Pick<Audited, 'sources'>): Record<string, string> =>
  Object.fromEntries([
    ['model', MODEL],
    ...sources.flatMap((source) => ('input' in source ? [[source.input, MODEL]] : [])),
  ]);

type FormatJson = z.infer<typeof modelFormatSchema>;

/** How a prepared model is asked, as the parameters of steps hold it. */
export const askedFormat = ({
  provenance: { format, batch },
}: Pick<ModelUnderTest, 'provenance'>): FormatJson =>
  plainFormat({ ...format, deployedBatch: batch?.deployed ?? undefined });

/** A format as the parameters of steps hold it. */
export function plainFormat({ preprocessing, labelMap, output, deployedBatch }: ModelFormat): FormatJson {
  const { layout, channelOrder, scale, mean, std } = preprocessing;
  return {
    preprocessing: { layout, ...(channelOrder && { channelOrder }), scale, mean: [...mean], std: [...std] },
    labelMap: [...labelMap],
    ...(output && isOfNote(output) && { output: { name: output.name, head: output.head } }),
    ...(deployedBatch && { deployedBatch }),
  };
}

/** Of others the file alone decides. */
const isOfNote = ({ name, head }: NonNullable<ModelFormat['output']>): boolean =>
  name !== null || head === 'probabilities';

/** The format that parameters of steps hold. */
export const modelFormatOf = ({
  preprocessing: { channelOrder, ...values },
  labelMap,
  output,
  deployedBatch,
}: FormatJson): ModelFormat => ({
  preprocessing: { ...values, ...(channelOrder && { channelOrder }) },
  labelMap,
  output,
  deployedBatch,
});

/** Under this name an opened model is shared between steps. @param hash of its file */
export const sharedModelName = (hash: string, format: FormatJson): string =>
  `model ${hash} ${contentKey(format)}`;

/** Under this name an attack that is not registered is shared with the steps of this process. */
export const sharedAttackName = (name: string): string => `attack ${name}`;

/** The model of an input, opened once for all steps that ask for it in a row. */
export function openedInput(
  context: StepContext,
  input: string,
  format: FormatJson,
  dims: Dataset['dims'],
): Promise<OpenedModel> {
  const { runtime } = context;
  return context.shared(sharedModelName(context.hashOf(input), format), async () =>
    openModel(await context.input(input), modelFormatOf(format), dims, { runtime, source: input }),
  );
}

/** The attacked model and the trials on it, ready to be made. */
export async function openedTrials(
  context: StepContext,
  { model: format, sources }: Audited,
  trials: readonly AuditedTrial[],
  dims: Dataset['dims'],
) {
  const model = await openedInput(context, 'model', format, dims);
  const opened = new Map<string, Source>();
  for (const source of sources) {
    const { name } = source;
    const classifier =
      'input' in source
        ? (await openedInput(context, source.input, source.format, dims)).classifier
        : model.undefended;
    if (!classifier) throw new Error(`the model records no defence that ${name} could be without`);
    opened.set(name, { name, classifier });
  }
  const made: ModelTrial[] = [];
  for (const trial of trials) made.push(await openedTrial(context, trial, opened));
  return { classifier: model.classifier, trials: made };
}

async function openedTrial(
  { shared }: StepContext,
  { id, attack: name, role, objective, parameters, budgets, rounded, source: from }: AuditedTrial,
  sources: ReadonlyMap<string, Source>,
): Promise<ModelTrial> {
  const attack = await shared(
    sharedAttackName(name),
    async (): Promise<Attack> => lookUp(attacks, name, 'attack'),
  );
  const source = from === undefined ? undefined : sources.get(from);
  if (from !== undefined && !source) throw new Error(`trial ${id} follows ${from}, which is no source`);
  return {
    id,
    budgets,
    planned: {
      attack,
      role,
      ...(objective !== undefined && { objective: lookUp(objectives, objective, 'objective') }),
      ...(parameters && { parameters }),
      ...(rounded && { rounded }),
      // Budgets and time were decided when the step was planned.
      budgets: 'epsilon',
      cost: 0,
    },
    ...(source && { source }),
  };
}
