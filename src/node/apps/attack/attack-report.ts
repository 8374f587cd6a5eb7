import * as z from 'zod';
import type { Attack, AttackParameters, SweepResult } from '../../../core/attacks/index.js';
import { parameterValuesSchema } from '../../../core/base/parameter-schema.js';
import { rateSchema } from '../../../core/base/rate-schema.js';
import { quantiles } from '../../../core/base/statistics.js';
import type { Dataset } from '../../../core/data/dataset.js';
import { isIdentity } from '../../../core/models/class-order.js';
import type { ModelUnderTest } from '../../../core/models/model-under-test.js';
import { isUnit } from '../../../core/models/preprocessing/preprocessing.js';
import { formatReportOf, formatSchema } from '../format-report.js';
import { type Versions, versionsSchema } from '../versions.js';

const reshapingSchema = z.strictObject({ name: z.string(), parameters: parameterValuesSchema });

const modelSchema = z.strictObject({
  path: z.string(),
  sha256: z.string().describe('of the file'),
  bytes: z.int().positive(),
  reshapings: z.record(z.string(), z.array(reshapingSchema)).describe('by weight, as the file records them'),
});

const queriesSchema = z.strictObject({
  forward: z.int().nonnegative().describe('images sent through the model'),
  gradient: z.int().nonnegative().describe('images whose gradient was asked for'),
});

/**
 * What an attack results in, field by field in docs/cli.md. A change that could break a reader raises the
 * number at the end of `schema`.
 */
export const attackReportSchema = z.strictObject({
  schema: z.literal('foolproof.attack/2'),
  versions: versionsSchema,
  model: modelSchema,
  source: modelSchema
    .extend({ queries: queriesSchema })
    .nullable()
    .describe('the model whose gradients were followed; null when it was the attacked one'),
  dataset: z.strictObject({
    name: z.string(),
    source: z.string(),
    testImages: z.int().positive().describe('images to choose from'),
  }),
  format: formatSchema
    .nullable()
    .describe(
      'its input format; null when it takes the images of the data as they are, better than by chance',
    ),
  samples: z.strictObject({
    count: z.int().positive().describe('images attacked'),
    seed: z.int().describe('of their choice, and of the attack'),
  }),
  attack: z.strictObject({
    name: z.string(),
    objective: z.string().nullable().describe('null when the attack follows none'),
    parameters: parameterValuesSchema.describe('all of them, given or default'),
    norm: z.enum(['Linf', 'L2', 'L1', 'L0']),
    budgetName: z.string(),
    criterion: z.string().describe('what counts as success: "prediction-changes", "targeted:3"'),
    rounding: z
      .int()
      .positive()
      .nullable()
      .describe('steps that judged images are rounded to; null for none'),
    batchSize: z.int().positive(),
  }),
  cleanAccuracy: rateSchema,
  points: z.array(
    z.strictObject({
      budget: z.number(),
      success: rateSchema.describe('success by the criterion at this budget or a smaller one (Algorithm 1)'),
      successAtBudget: rateSchema.describe('success by the criterion at exactly this budget'),
      robustAccuracy: rateSchema.describe('classified correctly before the attack and at this budget'),
      untouched: rateSchema.describe('came back unchanged at this budget: the attack did nothing to them'),
    }),
  ),
  zeroGradients: z
    .strictObject({
      elements: z.number().min(0).max(1).describe('share of input elements with a gradient of exactly zero'),
      inputs: rateSchema.describe('images whose whole gradient is exactly zero'),
    })
    .nullable()
    .describe('null when the attack does not start from one gradient for all budgets'),
  stuck: rateSchema
    .nullable()
    .describe('not fooled, and no admissible element or no slope was left; null when the attack cannot say'),
  distances: z
    .strictObject({ count: z.int().positive(), quantiles: z.record(z.string(), z.number()) })
    .nullable()
    .describe('sizes of what first fooled the model, in the norm of the attack; null when nothing did'),
  queries: queriesSchema,
});

/** The JSON of `foolproof attack`. */
export type AttackReport = z.infer<typeof attackReportSchema>;

/** Everything that a report of an attack is made of. */
export interface Reported {
  readonly attacked: ModelUnderTest;
  /** The model whose gradients were followed, where it is another. */
  readonly source?: ModelUnderTest;
  readonly data: Dataset;
  readonly attack: Attack;
  readonly parameters: AttackParameters;
  readonly objective: string;
  /** What counts as success, as text. */
  readonly criterion: string;
  /** Steps that judged images were rounded to. */
  readonly rounding?: number;
  readonly samples: { readonly count: number; readonly seed: number };
  readonly result: SweepResult;
  readonly versions: Versions;
}

/** The JSON of `foolproof attack`; docs/cli.md explains it field by field. */
export function reportOf(reported: Reported): AttackReport {
  const { attacked, source, data, attack, result } = reported;
  const { gradient, stuck } = result;
  return {
    schema: 'foolproof.attack/2',
    versions: reported.versions,
    model: modelOf(attacked),
    source: source ? { ...modelOf(source), queries: source.queries } : null,
    dataset: { name: data.name, source: data.source, testImages: data.test.count },
    format: takesDataAsTheyAre(attacked) ? null : formatReportOf(attacked.provenance.format),
    samples: reported.samples,
    attack: {
      name: attack.name,
      objective: attack.followsObjective ? reported.objective : null,
      parameters: { ...reported.parameters },
      norm: attack.norm,
      budgetName: attack.budget.name,
      criterion: reported.criterion,
      rounding: reported.rounding ?? null,
      batchSize: attacked.judge.engine.batchSize,
    },
    cleanAccuracy: result.cleanAccuracy,
    points: result.points.map((point, b) => ({ ...point, untouched: result.untouched[b]! })),
    zeroGradients: gradient ? { elements: gradient.zeroElements, inputs: gradient.zeroInputs } : null,
    stuck: stuck ?? null,
    distances: distancesOf(result),
    queries: attacked.queries,
  };
}

/** Quantiles over the inputs that were fooled. */
function distancesOf({ distances }: SweepResult): AttackReport['distances'] {
  const known = distances.filter(Number.isFinite).sort();
  if (known.length === 0) return null;
  return { count: known.length, quantiles: quantiles(known, PROBABILITIES) };
}

const PROBABILITIES = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1];

function modelOf({ provenance }: ModelUnderTest): AttackReport['model'] {
  const { path, sha256, bytes, reshapings } = provenance;
  const recorded = Object.entries(reshapings).map(([weight, records]) => [
    weight,
    records.map((record) => ({ name: record.name, parameters: record.parameters })),
  ]);
  return { path, sha256, bytes, reshapings: Object.fromEntries(recorded) };
}

/** Nothing was stated about its input format, and there is nothing to report. */
function takesDataAsTheyAre({ provenance: { format } }: ModelUnderTest): boolean {
  const { preprocessing, labelMap, origins, aboveChance, output } = format;
  const stated = Object.values(origins).some((origin) => origin === 'given' || origin === 'sidecar');
  const asGiven = preprocessing.layout === 'NCHW' && isUnit(preprocessing) && isIdentity(labelMap);
  const isOrdinary = output.name === null && !output.single && output.head !== 'probabilities';
  return !stated && aboveChance && asGiven && isOrdinary;
}
