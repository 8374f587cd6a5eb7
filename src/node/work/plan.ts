import { z } from 'zod';
import { ToolkitError } from '../../core/base/errors.js';
import { hashSchema } from './data-reference.js';
import { type KindName, kindNamed, kinds, type ParametersOf } from './kinds/index.js';

/** Where an input comes from: an artifact of an earlier step of the plan, or bytes by their hash. */
const inputSchema = z.union([
  z.strictObject({ step: z.string(), artifact: z.string() }),
  z.strictObject({ sha256: hashSchema }),
]);

const stepSchema = z.strictObject({
  id: z.string().min(1).max(200).describe('unique in its plan; by it results are found'),
  kind: z.string().describe('name of a registered kind'),
  parameters: z.record(z.string(), z.json()).describe("in the kind's own shape"),
  inputs: z.record(z.string(), inputSchema),
  title: z.string().optional().describe('for progress displays; the default is that of the kind'),
  weight: z.number().positive().optional().describe("factor of the kind's cost; 1 when absent"),
  about: z
    .record(z.string(), z.string())
    .optional()
    .describe('what whoever folds the results wants to know of the step; not part of its key'),
});

/** Steps come before those that start from them, so that their order is one in which they can be run. */
export const planSchema = z.strictObject({
  schema: z.literal('foolproof.plan/1'),
  about: z
    .record(z.string(), z.json())
    .optional()
    .describe('what whoever folds the results wants to know of the plan'),
  steps: z.array(stepSchema).max(100_000),
});

export type StepInput = z.infer<typeof inputSchema>;
/** A piece of work as data. */
export type Step = z.infer<typeof stepSchema>;
/** Everything that is to be done, as JSON: it can be executed in another process from nothing else. */
export type Plan = z.infer<typeof planSchema>;

type Parameters<K extends KindName> = z.input<(typeof kinds)[K]['parameters']>;

/** A step of a registered kind; the compiler checks its parameters. */
export function stepOf<K extends KindName>(
  kind: K,
  step: Omit<Step, 'kind' | 'parameters' | 'inputs'> & {
    readonly parameters: Parameters<K>;
    readonly inputs?: Step['inputs'];
  },
): Step {
  return { ...step, kind, parameters: plain(step.parameters), inputs: step.inputs ?? {} };
}

/** As JSON says it: without what is undefined. */
const plain = (value: unknown): Step['parameters'] => JSON.parse(JSON.stringify(value));

/** Parameters of a step of a known kind. @throws ZodError when they are not in its shape */
export function parametersOf<K extends KindName>(step: Step, kind: K): ParametersOf<K> {
  if (step.kind !== kind) throw new Error(`step ${step.id} is of kind ${step.kind}, not ${kind}`);
  return kinds[kind].parameters.parse(step.parameters) as ParametersOf<K>;
}

/** Work of a step, in forward passes of one image. */
export function costOf({ kind, parameters, weight = 1 }: Step): number {
  return weight * kindNamed(kind).cost(parameters);
}

export const planCost = ({ steps }: Pick<Plan, 'steps'>): number =>
  steps.reduce((sum, step) => sum + costOf(step), 0);

export const titleOf = ({ kind, parameters, title }: Step): string =>
  title ?? kindNamed(kind).title(parameters);

/**
 * Reads a plan that was written as JSON, maybe by somebody else.
 *
 * @throws ToolkitError `corrupt-data` for anything that is not a plan; `unknown-name` for a
 *   kind that is not registered
 */
export function parsePlan(json: unknown): Plan {
  const plan = planSchema.safeParse(json);
  if (!plan.success) throw invalid(wordingOf(plan.error));
  const before = new Map<string, Step>();
  const steps = plan.data.steps.map((step) => {
    const checked = checkedStep(step, before);
    before.set(step.id, step);
    return checked;
  });
  return { ...plan.data, steps };
}

/** @param before the steps that it may start from */
function checkedStep(step: Step, before: ReadonlyMap<string, Step>): Step {
  const where = `step ${step.id}`;
  if (before.has(step.id)) throw invalid(`${where}: another step has the same id`);
  const { parameters, expected } = checkedParameters(step);
  const names = Object.keys(expected).sort().join(', ');
  if (Object.keys(step.inputs).sort().join(', ') !== names)
    throw invalid(`${where}: expected ${names === '' ? 'no inputs' : `the inputs ${names}`}`);
  for (const [name, input] of Object.entries(step.inputs)) {
    if ('sha256' in input) continue;
    const source = before.get(input.step);
    if (!source) throw invalid(`${where}: its input ${name} is of no step before it`);
    const made = kindNamed(source.kind).artifacts.includes(input.artifact);
    if (!made || input.artifact !== expected[name])
      throw invalid(`${where}: its input ${name} cannot be the ${input.artifact} of ${input.step}`);
  }
  return { ...step, parameters };
}

/** Parameters as the kind understands them, and the inputs that it wants with them. */
export function checkedParameters({ id, kind: name, parameters }: Pick<Step, 'id' | 'kind' | 'parameters'>): {
  readonly parameters: Step['parameters'];
  readonly expected: Readonly<Record<string, string>>;
} {
  const kind = kindNamed(name);
  const parsed = kind.parameters.safeParse(parameters);
  if (!parsed.success) throw invalid(`step ${id}: ${wordingOf(parsed.error)}`);
  return { parameters: plain(parsed.data), expected: kind.inputs(parsed.data) };
}

const invalid = (reason: string): ToolkitError =>
  new ToolkitError('corrupt-data', { source: 'plan', reason });

/** The first problem, with its place. */
function wordingOf({ issues }: z.ZodError): string {
  const [first] = issues;
  const place = first?.path.join('.') ?? '';
  return `${place === '' ? '' : `${place}: `}${first?.message ?? 'not in shape'}`;
}
