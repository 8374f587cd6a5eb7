import type { z } from 'zod';
import type { Progress } from '../../core/base/progress.js';
import type { Dataset } from '../../core/data/dataset.js';
import type { Runtime } from '../../core/runtime/runtime.js';
import type { Scratch } from '../store/artifact-store.js';
import type { DataReference } from './data-reference.js';

/** What a running step may use of the world around it; none of it may change the result. */
export interface StepContext {
  /** Of the step. */
  readonly key: string;
  readonly runtime: Runtime;
  /** Bytes of an input. @throws ToolkitError `corrupt-data` */
  input(name: string): Promise<Uint8Array>;
  /** @throws ToolkitError `data-mismatch` when this machine has no such data */
  dataset(reference: DataReference): Promise<Dataset>;
  /**
   * Something that takes time to make of inputs and that the next step may want again; the
   * last few are remembered.
   *
   * @param name what is made, and of which inputs: equal names, equal things
   */
  shared<T>(name: string, make: () => Promise<T>): Promise<T>;
  /** SHA-256 of an input. */
  hashOf(name: string): string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
  /**
   * For checkpoints. Whoever writes one calls `kept` behind it, which records where the kept work was done.
   */
  readonly scratch: Scratch;
  kept(): Promise<void>;
  /** Seconds between two checkpoints. */
  readonly checkpointSeconds: number;
}

export interface StepOutput<M> {
  /** Numbers: JSON data. */
  readonly meta: M;
  readonly artifacts?: ReadonlyMap<string, Uint8Array | string>;
}

/**
 * A kind of work: a pure function of JSON parameters and input artifacts. As data goes in and data comes out,
 * an executor may run it in this process, in another one, or on another machine.
 */
export interface StepKind<P extends z.ZodType = z.ZodType, M extends z.ZodType = z.ZodType> {
  readonly name: string;
  /**
   * Raise it whenever code changes what the step results in: finished steps of older versions are then done
   * again. Steps of another release of the toolkit or of the engine are done again in any case.
   */
  readonly version: number;
  /** Shape of its parameters; checked when a plan is read. */
  readonly parameters: P;
  /** What it starts from: the name of each input, and of the artifact that is expected there. */
  inputs(parameters: z.infer<P>): Readonly<Record<string, string>>;
  /** Names of all artifacts that it may leave. */
  readonly artifacts: readonly string[];
  /** Shape of the numbers that it gives; checked when they are written and when they are found again. */
  readonly output: M;
  /** Expected work, in units of one forward pass of one image; for the estimate of the remaining time. */
  cost(parameters: z.infer<P>): number;
  /**
   * For kinds whose last bits depend on the number of engine threads, since threads change the order of sums:
   * the number that the step asks for, or null to take what the executor has. Either is part of the key.
   */
  threads?(parameters: z.infer<P>): number | null;
  /** One line for progress displays. */
  title(parameters: z.infer<P>): string;
  run(parameters: z.infer<P>, context: StepContext): Promise<StepOutput<z.infer<M>>>;
}

/** Lets the compiler infer the types of a kind from its schemas. */
export const stepKind = <P extends z.ZodType, M extends z.ZodType>(kind: StepKind<P, M>): StepKind<P, M> =>
  kind;
