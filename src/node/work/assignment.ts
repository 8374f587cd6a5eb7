import { z } from 'zod';
import { ToolkitError } from '../../core/base/errors.js';
import type { ArtifactStore } from '../store/artifact-store.js';
import { damaged } from '../store/step-address.js';
import { hashSchema } from './data-reference.js';
import type { StepResult } from './executor.js';
import { checkedParameters, titleOf } from './plan.js';
import { type KeyContext, type KeyedStep, stepKey } from './step-keys.js';

const inputSchema = z.strictObject({
  sha256: hashSchema,
  from: z
    .strictObject({ kind: z.string(), key: hashSchema, artifact: z.string() })
    .optional()
    .describe('the step that made it; absent for bytes that were put into the store'),
});

/**
 * A step that can be run now, as JSON: all that a worker in another process or on another machine needs
 * beside the store. Inputs are named by the hash of their bytes, so that nothing else can be taken for them.
 */
const assignmentSchema = z.strictObject({
  id: z.string(),
  kind: z.string(),
  key: hashSchema,
  title: z.string(),
  parameters: z.record(z.string(), z.json()),
  inputs: z.record(z.string(), inputSchema),
});

export type Assignment = z.infer<typeof assignmentSchema>;
export type AssignedInput = Assignment['inputs'][string];

/**
 * @param results of the steps that it starts from, by their keys
 * @returns undefined while one of them is not finished
 */
export function assignmentOf(
  { step, key, inputs }: KeyedStep,
  results: ReadonlyMap<string, StepResult>,
): Assignment | undefined {
  const assigned: Record<string, AssignedInput> = {};
  for (const [name, input] of Object.entries(inputs)) {
    if ('sha256' in input) {
      assigned[name] = input;
      continue;
    }
    const source = results.get(input.key);
    if (!source) return undefined;
    const made = source.artifacts.get(input.artifact);
    if (!made) throw new Error(`step ${step.id} wants ${input.artifact}, which its input step has not left`);
    assigned[name] = { sha256: made.sha256, from: input };
  }
  const { id, kind, parameters } = step;
  return { id, kind, key, title: titleOf(step), parameters, inputs: assigned };
}

/**
 * Reads an assignment that came from another process.
 *
 * @throws ToolkitError `corrupt-data`, `unknown-name`; `data-mismatch` when its key is another one here, as
 *   it is with other versions of toolkit or engine
 */
export function parseAssignment(json: unknown, context: KeyContext): Assignment {
  const parsed = assignmentSchema.safeParse(json);
  if (!parsed.success)
    throw new ToolkitError('corrupt-data', { source: 'step', reason: z.prettifyError(parsed.error) });
  const assignment = parsed.data;
  const { parameters } = checkedParameters(assignment);
  const inputs = Object.fromEntries(
    Object.entries(assignment.inputs).map(([name, { sha256, from }]) => [name, from ?? { sha256 }]),
  );
  const here = stepKey({ kind: assignment.kind, parameters }, inputs, context);
  if (here !== assignment.key) {
    const { toolkit, engine, device } = context;
    throw new ToolkitError('data-mismatch', {
      what: assignment.title,
      expected: `the versions that its plan was made with (key ${assignment.key.slice(0, 16)})`,
      received: `foolproof ${toolkit} with ${engine} on ${device} (key ${here.slice(0, 16)})`,
    });
  }
  return { ...assignment, parameters };
}

/** Bytes of an input. @throws ToolkitError `corrupt-data` when the store does not hold them any more */
export async function readInput(store: ArtifactStore, { sha256, from }: AssignedInput): Promise<Uint8Array> {
  if (from) return store.step(from.kind, from.key).read(from.artifact, sha256);
  const bytes = await store.get(sha256);
  if (!bytes) throw damaged(`artifact ${sha256}`);
  return bytes;
}
