import { type Progress, silent } from '../../core/base/progress.js';
import { toolkitVersion } from '../../core/base/toolkit-version.js';
import type { Runtime } from '../../core/runtime/runtime.js';
import type { ArtifactStore } from '../store/artifact-store.js';
import { type Assignment, readInput } from './assignment.js';
import type { DataSource } from './data-source.js';
import type { StepResult } from './executor.js';
import { kindNamed } from './kinds/index.js';
import { environmentOf, PartialProvenance } from './provenance.js';
import { SharedThings } from './shared-things.js';
import { findResult, recordOf, resultOf } from './step-results.js';

/** Time between two checkpoints, in seconds: the work that is lost at most; see `StepContext.checkpointSeconds`. */
const CHECKPOINT_SECONDS = 15;

export interface RunnerOptions {
  readonly runtime: Runtime;
  readonly store: ArtifactStore;
  readonly data: DataSource;
  /** Bytes of inputs that need not be read from the store, by their SHA-256. */
  readonly artifacts?: ReadonlyMap<string, Uint8Array>;
  readonly checkpointSeconds?: number;
  /**
   * Things that steps of this process share with its caller, see `StepContext.shared`; the caller frees them.
   */
  readonly shared?: ReadonlyMap<string, unknown>;
}

/** Runs steps in this process, one at a time. Whatever executes a plan uses it where the work is done. */
export class StepRunner {
  readonly #options: RunnerOptions;
  readonly #shared: SharedThings;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#shared = new SharedThings(options.shared);
  }

  /**
   * Runs a step, unless its result is in the store, and keeps the result. Looks into the store before and
   * after: when somebody else was faster, theirs is the result.
   *
   * @throws what the kind throws; the reason of the signal
   */
  async run(
    assignment: Assignment,
    { progress = silent, signal }: { readonly progress?: Progress; readonly signal?: AbortSignal } = {},
  ): Promise<StepResult> {
    signal?.throwIfAborted();
    const { store, runtime, data, artifacts, checkpointSeconds = CHECKPOINT_SECONDS } = this.#options;
    const found = await findResult(store, assignment);
    if (found) return found;
    const { kind, key, inputs, parameters } = assignment;
    const place = store.step(kind, key);
    const here = environmentOf(runtime);
    const partial = await PartialProvenance.open(place.scratch, here);
    const inputOf = (name: string) => {
      const input = inputs[name];
      if (!input) throw new Error(`step ${assignment.id} has no input ${name}`);
      return input;
    };
    const output = await kindNamed(kind).run(parameters, {
      key,
      runtime,
      input: async (name) => artifacts?.get(inputOf(name).sha256) ?? readInput(store, inputOf(name)),
      hashOf: (name) => inputOf(name).sha256,
      dataset: (reference) => data.load(reference, { progress, ...(signal && { signal }) }),
      shared: (name, make) => this.#shared.get(name, make),
      progress,
      scratch: place.scratch,
      kept: () => partial.mark(),
      checkpointSeconds,
      ...(signal && { signal }),
    });
    const record = recordOf(assignment, output, {
      toolkit: toolkitVersion,
      ...here,
      finished: new Date().toISOString(),
      ...(partial.earlier.length > 0 && { earlier: [...partial.earlier] }),
    });
    const kept = await place.commit(output.artifacts ?? new Map(), record);
    await this.#shared.tidy();
    const result = resultOf(assignment, kept, false);
    if (!result) throw new Error(`step ${assignment.id} was finished by somebody else, in another way`);
    return result;
  }

  async close(): Promise<void> {
    await this.#shared.release();
  }
}
