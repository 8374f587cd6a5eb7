import { z } from 'zod';
import type { ArtifactStore, StepMeta, StepRecord } from '../store/artifact-store.js';
import type { Assignment } from './assignment.js';
import type { StepResult } from './executor.js';
import { kindNamed } from './kinds/index.js';
import { type Provenance, provenanceSchema } from './provenance.js';
import type { StepOutput } from './step-kind.js';

const recordSchema = z.strictObject({
  result: z.unknown(),
  provenance: provenanceSchema,
  inputs: z.record(z.string(), z.string()).describe('SHA-256 of the bytes of each input'),
});

/** What is committed of a step. @throws ZodError when a kind gives numbers in another shape than it says */
export function recordOf(
  { kind, inputs }: Assignment,
  output: StepOutput<unknown>,
  by: Provenance,
): StepMeta {
  const result = kindNamed(kind).output.parse(output.meta);
  return JSON.parse(JSON.stringify({ result, provenance: by, inputs: hashesOf(inputs) }));
}

/**
 * The result of a step that is in the store, or undefined when the step has to be run: when there is none,
 * when its numbers are not in the shape of its kind, or when it was made of other bytes than its inputs have
 * now (a training that was damaged and done again elsewhere differs in its last bits).
 */
export async function findResult(
  store: ArtifactStore,
  assignment: Assignment,
): Promise<StepResult | undefined> {
  const place = store.step(assignment.kind, assignment.key);
  const found = await place.find();
  if (!found) return undefined;
  const result = resultOf(assignment, found, true);
  // Otherwise it would stay: the first writer of a step wins.
  if (!result) await place.discard();
  return result;
}

export function resultOf(
  { kind, key, inputs }: Assignment,
  { meta, artifacts }: StepRecord,
  found: boolean,
): StepResult | undefined {
  const record = recordSchema.safeParse(meta);
  if (!record.success) return undefined;
  const numbers = kindNamed(kind).output.safeParse(record.data.result);
  const sameInputs = Object.entries(hashesOf(inputs)).every(
    ([name, hash]) => record.data.inputs[name] === hash,
  );
  if (!numbers.success || !sameInputs) return undefined;
  return { key, meta: numbers.data, artifacts, provenance: record.data.provenance, found };
}

const hashesOf = (inputs: Assignment['inputs']): Record<string, string> =>
  Object.fromEntries(Object.entries(inputs).map(([name, { sha256 }]) => [name, sha256]));
