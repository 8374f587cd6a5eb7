import { availableParallelism } from 'node:os';
import { toolkitVersion } from '../../core/base/toolkit-version.js';
import type { Runtime } from '../../core/runtime/runtime.js';
import { contentKey, type Keyable } from '../store/keys.js';
import { dataReferenceSchema } from './data-reference.js';
import { kindNamed } from './kinds/index.js';
import type { Plan, Step } from './plan.js';

/** What of a machine and its programs decides results, the last bits included. */
export interface KeyContext {
  readonly toolkit: string;
  /** Name and version. */
  readonly engine: string;
  readonly device: string;
  /**
   * Engine threads of steps that ask for no number: as given to the runtime, or what the
   * engine makes of the cores.
   */
  readonly threads: number | string;
}

export const keyContextOf = (runtime: Runtime): KeyContext => ({
  toolkit: toolkitVersion,
  engine: `${runtime.name} ${runtime.version}`,
  device: runtime.device,
  threads: runtime.threads ?? `of ${availableParallelism()} cores`,
});

/** An input of a step whose key is known. */
export type KeyedInput =
  | { readonly kind: string; readonly key: string; readonly artifact: string }
  | { readonly sha256: string };

/** A step with the key that it has in some context. */
export interface KeyedStep {
  readonly step: Step;
  readonly key: string;
  readonly inputs: Readonly<Record<string, KeyedInput>>;
}

/**
 * The keys of all steps of a plan. A key is the hash of everything that determines the result: the kind and
 * its version, the parameters, the data, the keys of the steps that it starts from (or the hashes of other
 * bytes), and the context. All keys are known before anything is run.
 */
export function keyedSteps({ steps }: Plan, context: KeyContext): KeyedStep[] {
  const known = new Map<string, KeyedStep>();
  for (const step of steps) {
    const inputs = Object.fromEntries(
      Object.entries(step.inputs).map(([name, input]): [string, KeyedInput] => {
        if ('sha256' in input) return [name, input];
        const source = known.get(input.step);
        if (!source) throw new Error(`step ${step.id} comes before ${input.step}, from which it starts`);
        return [name, { kind: source.step.kind, key: source.key, artifact: input.artifact }];
      }),
    );
    known.set(step.id, { step, key: stepKey(step, inputs, context), inputs });
  }
  return [...known.values()];
}

export function stepKey(
  { kind: name, parameters }: Pick<Step, 'kind' | 'parameters'>,
  inputs: KeyedStep['inputs'],
  { threads, ...context }: KeyContext,
): string {
  const kind = kindNamed(name);
  return contentKey({
    kind: kind.name,
    version: kind.version,
    parameters: withoutNames(parameters),
    inputs: { ...inputs },
    ...context,
    ...(kind.threads && { threads: kind.threads(parameters) ?? threads }),
  });
}

/** The digest of data decides, their name only says where to look. */
function withoutNames(parameters: Step['parameters']): Keyable {
  const entries = Object.entries(parameters).map(([name, value]): [string, Keyable] => {
    const data = dataReferenceSchema.safeParse(value);
    return [name, data.success ? data.data.digest : (value as Keyable)];
  });
  return Object.fromEntries(entries);
}
