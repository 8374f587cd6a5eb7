import * as z from 'zod';
import { parameterValuesSchema } from '../base/parameter-schema.js';
import { rateSchema as rate, shareSchema as share } from '../base/rate-schema.js';
import { redFlagNames } from '../models/red-flags/index.js';
import { efforts } from './attack-suite.js';
import { roles } from './evidence.js';
import { adviceCodes, severities } from './findings/index.js';
import { probesSchema } from './probes/index.js';
import { verdictNames } from './verdict.js';

const trial = z
  .strictObject({
    id: z.string().describe('"pgd cross-entropy", "apgd from dense.onnx": unique within its model'),
    attack: z.string().describe('name in `foolproof attack --attack`'),
    title: z.string(),
    reference: z.string().describe('the publication of the attack'),
    role: z.enum(roles).describe('what the trial is for; see docs/verdicts.md'),
    objective: z
      .string()
      .nullable()
      .describe('the loss that was followed; null for attacks that follow none'),
    from: z
      .string()
      .nullable()
      .describe('the model whose gradient was followed; null for the attacked one itself'),
    rounded: z
      .boolean()
      .optional()
      .describe('whether the attack saw the model through a grid of values, as files hold them'),
    parameters: parameterValuesSchema,
    inputs: z
      .int()
      .nonnegative()
      .describe('attacked inputs: the first of the sample, where they are not all'),
    points: z.array(
      z.strictObject({
        epsilon: z.number(),
        fooled: rate.describe(
          'of the inputs that were classified correctly: fooled at this epsilon or a smaller one',
        ),
        robustAccuracy: rate.describe(
          'of all attacked inputs: correct before the attack and at every epsilon up to this',
        ),
        success: rate.describe(
          'Algorithm 1: of all attacked inputs, prediction changed at this epsilon or a smaller one',
        ),
      }),
    ),
    untouched: rate.describe('inputs that came back unchanged at the largest epsilon'),
    zeroGradients: rate
      .nullable()
      .describe('inputs whose first gradient is exactly zero; null where none was asked for'),
    silent: rate
      .nullable()
      .describe(
        'inputs that were not fooled though the attack had come through a point that fools; null: not ' +
          'watched',
      ),
    stuck: rate.nullable().describe('inputs not fooled for which the attack found nothing more to try'),
    otherForm: rate
      .optional()
      .describe(
        'inputs fooled by the rounded form of a candidate alone, or, where `rounded`, by the exact one',
      ),
    distances: z
      .strictObject({ count: z.int(), quantiles: z.record(z.string(), z.number()) })
      .nullable()
      .describe('sizes of the perturbations that first fooled, over the inputs that were fooled'),
    seconds: z.number().nonnegative(),
    queries: z.strictObject({ forward: z.int().nonnegative(), gradient: z.int().nonnegative() }),
  })
  .describe('one attack on one model');

const finding = z
  .strictObject({
    id: z.string(),
    title: z.string(),
    severity: z
      .enum(severities)
      .describe(
        'masking: the gradient is hidden; unreliable: the measurement cannot be trusted; note: worth knowing',
      ),
    text: z.string().describe('what was seen, with its numbers'),
    numbers: z.array(z.strictObject({ label: z.string(), rate })),
    trials: z.array(z.string()).describe('ids of the trials that show it'),
    source: z.string().describe('where the literature describes it'),
    next: z.string().describe('what to do'),
    advice: z
      .strictObject({
        code: z.enum(adviceCodes),
        data: z.record(z.string(), z.union([z.string(), z.number()])),
      })
      .optional()
      .describe('what to do as data, where a program can say more than `next`'),
  })
  .describe('one sign that an evaluation does not mean what it seems to mean');

const format = z
  .strictObject({
    layout: z.string().describe('"NCHW", "NHWC", "flat"'),
    preprocessing: z.string().describe('what the model expects of values, in words'),
    labels: z.string().describe('order of its classes, in words'),
    origin: z.string().describe('"given", "sidecar", "guessed" or "as the data"'),
    sentences: z.array(z.string()).describe('what was assumed and why, for people'),
    candidates: z.array(z.strictObject({ description: z.string(), accuracy: rate })),
    tied: z
      .array(
        z.strictObject({
          description: z.string(),
          accuracy: rate,
          chosen: rate.describe('of the chosen format on the same images'),
          budgetRatio: z
            .number()
            .describe('times a budget means more to the model than in the chosen format'),
        }),
      )
      .describe('candidates that the images do not tell from the chosen one'),
  })
  .describe('input format of the model');

const batch = z
  .strictObject({
    deployed: z
      .int()
      .positive()
      .nullable()
      .describe('batch size of every run, where answers depend on it; null: any size gives the same answers'),
    origin: z
      .enum(['given', 'file', 'assumed'])
      .describe(
        'who said so: the user, the file, which fixes its batch size; assumed: not stated, so it is 1',
      ),
    sizes: z.array(z.int().positive()).describe('batch sizes that were compared with one image at a time'),
    refused: z.array(z.int().positive()).describe('batch sizes that the engine refused'),
    predictions: rate.describe('images whose predicted class changed in some batch'),
    logits: rate.describe('images whose logits moved beyond rounding in some batch'),
    largest: z.number().nonnegative().describe("largest move, as a share of the range of an image's logits"),
  })
  .describe('whether answers depend on the batch that an image is in');

const redFlag = z
  .strictObject({
    id: z.enum(redFlagNames),
    severity: z
      .enum(['warning', 'note'])
      .describe('warning: its answers, or the file itself, may not be what they seem; note: worth knowing'),
    text: z.string(),
    count: z.int().positive().describe('how many places raise it'),
    where: z.array(z.string()).describe('the first of them'),
  })
  .describe('something that was found in the file; nothing was run for it');

const model = z.strictObject({
  id: z.string().describe('name used everywhere else in this file'),
  path: z.string(),
  sha256: z.string(),
  bytes: z.int().nonnegative(),
  producer: z.string(),
  parameters: z.int().nonnegative().describe('numbers that the file stores'),
  reshapings: z
    .array(z.string())
    .describe('compressions and defences recorded in the file: "hash", "inhibit"'),
  redFlags: z.array(redFlag),
  format,
  batch: batch.nullable().describe('null: not tried'),
  probes: probesSchema.optional().describe('what was asked of the model before any attack'),
  cleanAccuracy: rate.describe('on the attacked inputs'),
  testAccuracy: rate
    .nullable()
    .describe('on the test images that the input format was detected with; null where that was not measured'),
  trials: z.array(trial),
  findings: z.array(finding),
  verdict: z.enum(verdictNames),
  why: z.string().describe('the verdict in a sentence with its numbers'),
  robustAccuracy: rate.describe(
    'of the inputs that every attack was tried on: correct, and no attack fools them at epsilon',
  ),
  strongest: z
    .string()
    .nullable()
    .describe('id of the trial that fools most at epsilon; null where none fools any'),
  curve: z
    .array(z.strictObject({ epsilon: z.number(), robustAccuracy: rate }))
    .describe(
      'against all attacks together, at the epsilons where strong attacks were tried that find what all find',
    ),
  gallery: z
    .strictObject({
      file: z.string().describe('PNG beside this file: a row for each input: original, perturbation, result'),
      trial: z.string(),
      items: z.array(
        z.strictObject({
          index: z.int().describe('index in the test set'),
          label: z.int(),
          clean: z.int().describe('prediction before, as a class of the data'),
          adversarial: z.int().describe('prediction after'),
          size: z.number().describe('of the perturbation, in the norm of the audit'),
        }),
      ),
    })
    .nullable(),
});

/**
 * What an audit writes as `audit.json`. This schema is the documentation (`docs/audit.schema.json` is made
 * from it), the validator, and the type that the report is written against.
 */
export const auditSchema = z.strictObject({
  schema: z.literal('foolproof.audit/1'),
  toolkit: z.string(),
  finished: z.string().describe('ISO 8601 time'),
  environment: z.strictObject({
    node: z.string(),
    onnxruntime: z.string(),
    platform: z.string(),
    cpu: z.string(),
    device: z.string().optional(),
  }),
  seed: z.int(),
  norm: z.enum(['Linf', 'L2']),
  effort: z
    .enum(efforts)
    .nullable()
    .describe('how thorough the suite of attacks was; null for attacks chosen one by one'),
  epsilon: z
    .number()
    .positive()
    .describe('the bound that verdicts are about, in input units, inputs being in [0, 1]'),
  rounding: z
    .int()
    .nullable()
    .describe('adversarial images were judged with this many steps; null: not rounded'),
  threshold: share.describe(
    'share of the correctly classified inputs that no attack may fool for "robust"; clearly fewer are ' +
      '"fooled"',
  ),
  time: z.strictObject({
    budget: z.number().nullable().describe('seconds that were allowed'),
    used: z.number(),
  }),
  data: z.strictObject({
    name: z.string(),
    source: z.string(),
    available: z.int().describe('test images'),
    attacked: z.int(),
    classes: z.int(),
    classNames: z.array(z.string()),
    warnings: z.array(z.string()).describe('skipped images, classes without images ...'),
  }),
  models: z.array(model),
  transfer: z
    .strictObject({
      attack: z.string(),
      epsilon: z.number(),
      inputs: z.int(),
      rows: z
        .array(z.array(rate.nullable()))
        .describe(
          'row: the model whose gradient was followed; column: the attacked one; share of its correct ' +
            'inputs fooled',
        ),
    })
    .nullable()
    .describe('null with a single model'),
  comparisons: z
    .array(
      z.strictObject({
        model: z.string(),
        reference: z.string(),
        onlyModel: z
          .int()
          .describe('inputs that no attack fools on the model, and some attack on the reference'),
        onlyReference: z.int(),
        p: share.describe('exact McNemar test'),
      }),
    )
    .describe(
      'robust accuracy of every model with every earlier one, on the same inputs; p is of this pair alone: ' +
        'the report judges all pairs together by the correction of Holm',
    ),
});

/** What an audit writes as `audit.json`; JSON throughout. */
export type AuditResults = z.infer<typeof auditSchema>;
export type AuditedModel = AuditResults['models'][number];
export type AuditTrial = AuditedModel['trials'][number];
