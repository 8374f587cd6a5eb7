import type { Progress } from '../../core/base/progress.js';
import type { Artifact } from '../store/artifact-store.js';
import type { KindName, MetaOf } from './kinds/index.js';
import type { Plan, Step } from './plan.js';
import type { Provenance } from './provenance.js';

/** What a step has resulted in. */
export interface StepResult {
  readonly key: string;
  /** In the shape of the kind's output; `metaOf` types it. */
  readonly meta: unknown;
  readonly artifacts: ReadonlyMap<string, Artifact>;
  readonly provenance: Provenance;
  /**
   * Whether it was in the store already: computed by an earlier run, for another plan or by another process.
   */
  readonly found: boolean;
}

/** A finished step of a plan. */
export interface Finished extends StepResult {
  readonly step: Step;
}

export interface RunOptions {
  readonly progress?: Progress;
  /** Ends the run; long steps keep a checkpoint first. */
  readonly signal?: AbortSignal;
}

/**
 * Who runs steps: this process, worker processes, a queue over many machines. Results do not depend on it.
 *
 * A step runs when its inputs exist. A step whose result is in the store is not run again, so that two plans
 * which share a step share its result; a step that is delivered twice costs time, never correctness.
 */
export interface Executor {
  /**
   * Has every step of a plan finished, and tells of each once, inputs before what starts from them. Steps
   * that were found finished come first. Whoever stops listening stops the run.
   *
   * @throws the first error of a step, after what runs beside it has kept a checkpoint; after the signal
   *   `Stopped`, or whatever the step threw that it ended
   */
  run(plan: Plan, options?: RunOptions): AsyncIterable<Finished>;
  /** Frees what is kept between runs. */
  close(): Promise<void>;
}

/** Thrown when work was stopped by a signal before it was done; what is finished is kept. */
export class Stopped extends Error {}

/** The numbers of a finished step of a known kind. Their shape was checked when they were read. */
export function metaOf<K extends KindName>({ step, meta }: Finished, kind: K): MetaOf<K> {
  if (step.kind !== kind) throw new Error(`step ${step.id} is of kind ${step.kind}, not ${kind}`);
  return meta as MetaOf<K>;
}

/**
 * Bytes of an artifact that a kind always leaves. @throws ToolkitError `corrupt-data` when
 * they were damaged meanwhile
 */
export function readArtifact({ step, artifacts }: Finished, name: string): Promise<Uint8Array> {
  const artifact = artifacts.get(name);
  if (!artifact) throw new Error(`step ${step.id} has left no ${name}`);
  return artifact.read();
}
