import type { ZodType } from 'zod';
import type { Progress } from '../../core/base/progress.js';
import type { Dataset } from '../../core/data/dataset.js';
import type { Model } from '../../core/onnx/graph.js';
import type { Runtime } from '../../core/runtime/runtime.js';
import type { Folder } from '../store/folder.js';
import type { Json } from '../store/step-store.js';
import type { Surroundings } from './surroundings.js';

/** JSON data. */
export type Parameters = { readonly [name: string]: Json | undefined };

/** What a running step may use of the world around it; none of it may change the result. */
export interface StepContext {
  readonly runtime: Runtime;
  dataset(name: string): Promise<Dataset>;
  /** The model in these bytes with its reshapings evaluated; kept for the next step that asks. */
  materialized(bytes: Uint8Array): Promise<Model>;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
  /** For checkpoints: survives a kill, is emptied when the step is committed. */
  readonly scratch: Folder;
  /** To be called behind each checkpoint: records where the kept work was done. */
  kept(): Promise<void>;
}

export interface StepOutput<M> {
  /** Numbers: JSON data. */
  readonly meta: M;
  readonly artifacts?: ReadonlyMap<string, Uint8Array | string>;
}

/**
 * A kind of work in a study: a pure function of JSON parameters and input artifacts. As data goes in and data comes out,
 * an executor may run it in this process, in another one, or on another machine.
 */
export interface StepKind<P extends Parameters = Parameters, M = unknown> {
  readonly name: string;
  /**
   * Raise it whenever code changes what the step results in: finished steps of older versions are then done again. Steps
   * of another release of the toolkit or of the engine are done again in any case.
   */
  readonly version: number;
  /** Shape of the numbers that it gives; checked when they are written and when they are found again. */
  readonly output: ZodType<M>;
  /** Expected work, in units of one forward pass of one image; for the estimate of the remaining time. */
  cost(parameters: P): number;
  /** One line for progress displays. */
  label(parameters: P): string;
  run(parameters: P, inputs: ReadonlyMap<string, Uint8Array>, context: StepContext): Promise<StepOutput<M>>;
}

/** Where and when a step was computed; recorded beside its result. */
export interface Provenance extends Surroundings {
  readonly toolkit: string;
  /** ISO 8601. */
  readonly finished: string;
  /** Other places where parts of it were computed before it was interrupted, in order. */
  readonly earlier?: readonly Surroundings[];
}

/** A finished step. */
export interface Finished<M = unknown> {
  readonly meta: M;
  readonly artifacts: ReadonlyMap<string, Uint8Array>;
  readonly provenance: Provenance;
}
