import { z } from 'zod';
import { parameterValuesSchema } from '../../../core/base/parameter-schema.js';
import { rateSchema } from '../../../core/base/rate-schema.js';
import { verdictNames } from '../../../core/evaluation/verdict.js';
import {
  attackedSchema,
  galleryItemsSchema,
  gradientsSchema,
  type histogramSchema,
  trainedSchema,
  weightsSchema,
} from '../../work/kinds/result-schemas.js';
import { environmentSchema } from '../../work/provenance.js';

/**
 * What a study writes as `results.json`. This schema is the documentation (`docs/results.schema.json` is made
 * from it), the validator, and the type that figures and the report are written against.
 */
const modelSchema = z.strictObject({
  id: z
    .string()
    .describe(
      'short name used everywhere else in this file, also the file name: "uncompressed", "hash-1-64"',
    ),
  label: z.string().describe('name for figures: "HashNet 1/64"'),
  architecture: z.string(),
  compression: z.string().describe('"none" or "hash:1/64"'),
  file: z.string().describe('ONNX file, relative to the run directory'),
  bytes: trainedSchema.shape.bytes,
  parameters: z.strictObject({ stored: z.int().positive(), virtual: z.int().positive() }),
  training: z.strictObject({
    images: trainedSchema.shape.images,
    epochs: z.number().positive(),
    optimizer: z.string().describe('optimizer, learning rate, schedule, batch size, regularization'),
    history: trainedSchema.shape.history,
    environments: z
      .array(environmentSchema)
      .optional()
      .describe(
        'where the model was trained, in order: more than one when it was interrupted and went on elsewhere',
      ),
  }),
  cleanAccuracy: rateSchema,
});

const variant = z
  .string()
  .describe(
    'tells runs of one attack apart: "" for its plain form, "transfer" when the gradients are those of ' +
      'the model without inhibition, "single-shot", "iterative", "iterative pairs"',
  );

const objective = z
  .string()
  .describe(
    'what the attacker follows: "cross-entropy", "cross-entropy-clipped", "margin"; for jsma ' +
      '"probabilities" or "logits"',
  );

const attackSchema = z.strictObject({
  model: z.string(),
  attack: z.string().describe('"fgsm" or "jsma"'),
  variant,
  objective,
  parameters: parameterValuesSchema.describe(
    'every parameter of the attack, as `foolproof attack --help` describes them',
  ),
  norm: attackedSchema.shape.norm,
  budgetName: z.string().describe('what the budget counts: "epsilon", "elements"'),
  tau: z.number().nonnegative().describe('gradient inhibition coefficient; 0 is the model as trained'),
  points: attackedSchema.shape.points,
  zeroGradientElements: attackedSchema.shape.zeroGradientElements,
  zeroGradientInputs: attackedSchema.shape.zeroGradientInputs,
  stuck: attackedSchema.shape.stuck,
  outcomes: z
    .string()
    .describe(
      'CSV file with the outcome of every input, relative to the run directory; the same as .npz lies ' +
        'beside it',
    ),
});

const comparisonSchema = z
  .strictObject({
    model: z.string(),
    reference: z.string().describe('the model it is compared with'),
    attack: z.string(),
    variant,
    objective,
    tau: z.number().nonnegative(),
    budget: z.number(),
    onlyModel: z.int().nonnegative().describe('inputs fooled on the model and not on the reference'),
    onlyReference: z.int().nonnegative().describe('inputs fooled on the reference and not on the model'),
    both: z.int().nonnegative().describe('inputs fooled on both'),
    neither: z.int().nonnegative().describe('inputs fooled on neither'),
  })
  .describe(
    'two models attacked on the same inputs, fooled at this budget or a smaller one; onlyModel and ' +
      'onlyReference are what the exact McNemar test compares',
  );

const inhibitionSchema = z.strictObject({
  model: z.string(),
  tau: z.number().nonnegative(),
  cleanAccuracy: rateSchema,
});

const weightsRowSchema = z.strictObject({ model: z.string(), ...weightsSchema.shape });

const gradientsRowSchema = z.strictObject({
  model: z.string(),
  attack: z.string().describe('the attack that asked for these gradients'),
  variant,
  tau: z.number().nonnegative(),
  objective,
  ...gradientsSchema.shape,
});

const gallerySchema = z.strictObject({
  model: z.string(),
  attack: z.string(),
  variant,
  objective,
  budgetName: z.string(),
  budget: z.number(),
  file: z
    .string()
    .describe('PNG, relative to the run directory: one row for each input: original, perturbation, result'),
  items: galleryItemsSchema,
});

const verdictSchema = z
  .strictObject({
    model: z.string(),
    objective: z.string().describe("the evaluation of J that the paper's own protocol (FGSM) followed"),
    tau: z.number().positive(),
    budget: z.number().describe('epsilon of all these attacks'),
    before: rateSchema.describe('success without inhibition, at exactly this epsilon, as all rates here'),
    after: rateSchema.describe('success at this tau'),
    fell: z
      .boolean()
      .describe('success fell clearly (intervals apart) and by at least five percentage points'),
    others: z
      .array(
        z.strictObject({ variant: z.string(), objective: z.string(), before: rateSchema, after: rateSchema }),
      )
      .describe(
        'attacks that do not depend on the saturated loss in the same way, without and with inhibition',
      ),
    verdict: z
      .enum(verdictNames)
      .describe(
        'masked: another attack succeeds notably more often and was spared by the defence; fooled: not ' +
          'masked, and some attack clearly fools most inputs; robust: every attack fell notably and ' +
          'none fools half of the inputs; inconclusive: anything else. Notably: intervals apart, and ' +
          'at least five percentage points',
      ),
    strongest: z.int().nullable().describe('position in `others` of the attack that succeeds most often'),
  })
  .describe('does a lower success rate mean a more robust model, or an attacker without a gradient?');

const claimSchema = z.strictObject({
  id: z.string(),
  figure: z.string().describe('"3", "10a" ...'),
  statement: z.string().describe('what the paper says'),
  paper: z.string().describe("the paper's number"),
  ours: z.string().describe('our number with its interval'),
  verdict: z.enum(['reproduced', 'partly', 'not reproduced', 'not measured']),
  note: z.string().describe('why, when the verdict is not simply "reproduced"'),
});

/** What a study writes as `results.json`: documentation, validator and type in one. */
export const resultsSchema = z.strictObject({
  schema: z.literal('foolproof.results/1'),
  toolkit: z.string().describe('version of foolproof'),
  study: z.string().describe('"mnist"'),
  profile: z
    .string()
    .describe('"quick", "paper", "paper-regularized"; with ", changed" where flags changed it'),
  seed: z.int(),
  figures: z
    .array(z.string())
    .describe('figures of the paper that were asked for; claims of others are not judged'),
  finished: z.string().describe('ISO 8601 time'),
  environment: environmentSchema.describe('of the step that was finished last'),
  dataset: z.strictObject({
    name: z.string(),
    train: z.int().describe('training images used'),
    test: z.int().describe('test images that accuracy is measured on'),
    attacked: z.int().describe('test images attacked'),
    classNames: z.array(z.string()).optional().describe('name of each class, in the order of the labels'),
  }),
  models: z.array(modelSchema),
  attacks: z.array(attackSchema),
  comparisons: z.array(comparisonSchema).describe('every model with every earlier one, as trained (tau = 0)'),
  inhibition: z.array(inhibitionSchema),
  verdicts: z.array(verdictSchema).describe('for each model, evaluation of J and tau above 0'),
  weights: z.array(weightsRowSchema),
  gradients: z.array(gradientsRowSchema),
  gallery: z.array(gallerySchema),
  claims: z.array(claimSchema),
});

/** What a study writes as `results.json`; JSON throughout. */
export type Results = z.infer<typeof resultsSchema>;
export type Rate = z.infer<typeof rateSchema>;
export type Histogram = z.infer<typeof histogramSchema>;
