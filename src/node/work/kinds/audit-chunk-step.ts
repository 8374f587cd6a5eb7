import { z } from 'zod';
import { runTrials } from '../../../core/evaluation/model-trials.js';
import { gridSchema } from '../../../core/evaluation/probes/index.js';
import { chunkSchema } from '../../../core/evaluation/trial-outcome.js';
import { dataReferenceSchema } from '../data-reference.js';
import { stepKind } from '../step-kind.js';
import {
  type AuditedTrial,
  auditedInputs,
  auditedSchema,
  openedTrials,
  trialSchema,
} from './audited-model.js';

const parameters = auditedSchema.extend({
  data: dataReferenceSchema,
  indices: z
    .array(z.int().nonnegative())
    .min(1)
    .describe('positions in the test set, in the order of the audit'),
  from: z
    .int()
    .nonnegative()
    .describe('inputs of the audit before these: random numbers belong to inputs, however they are cut'),
  seed: z.int().nonnegative(),
  rounding: z.int().positive().optional(),
  grid: gridSchema.optional().describe('values that candidates are judged at as well'),
  trials: z.array(trialSchema),
});

/** Forward passes of one input in the worst case: a gradient counts as three. */
function costOf({ parameters = {}, budgets }: AuditedTrial): number {
  const { steps, queryBudget, draws } = parameters;
  return budgets.length * Math.max(1, 3 * Number(steps ?? 0), Number(queryBudget ?? 0), Number(draws ?? 0));
}

/** Every trial of an audit on some inputs of one model. */
export const auditChunk = stepKind({
  name: 'audit-chunk',
  version: 2,
  parameters,
  inputs: auditedInputs,
  artifacts: [],
  output: chunkSchema.extend({ labels: z.array(z.int()).describe('true classes, [inputs]') }),
  cost: ({ indices, trials }) => indices.length * trials.reduce((sum, trial) => sum + costOf(trial), 0),
  title: ({ indices, from }) => `inputs ${from + 1} to ${from + indices.length}`,
  async run(p, context) {
    const data = await context.dataset(p.data);
    const { classifier, trials } = await openedTrials(context, p, p.trials, data.dims);
    const batch = data.test.batch(p.indices);
    const { progress, signal } = context;
    progress.begin('attacks', trials.length, 'attacks');
    const options = {
      seed: p.seed,
      from: p.from,
      ...(p.rounding && { rounding: p.rounding }),
      ...(p.grid && { grid: p.grid }),
      ...(signal && { signal }),
    };
    const chunk = await runTrials(classifier, trials, batch, options, ({ id }, i) => progress.advance(i, id));
    progress.end(`${trials.length} attacks`);
    return { meta: { ...chunk, labels: Array.from(batch.labels.data, Number) } };
  },
});
