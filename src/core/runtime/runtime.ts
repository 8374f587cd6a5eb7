import type { Model } from '../onnx/graph.js';
import type { Tensor } from '../tensor/tensor.js';

/** Where models run. Operators without a kernel on a device run on the processor. */
export const devices = ['cpu', 'cuda'] as const;
/** Where a runtime runs models. */
export type Device = (typeof devices)[number];

/**
 * What the toolkit needs of an inference engine. Implemented over ONNX Runtime; fits its
 * Node and its web package.
 */
export interface Runtime {
  readonly name: string;
  readonly version: string;
  readonly device: Device;
  /** Of every session that does not ask for a number of its own; absent: the engine's own choice. */
  readonly threads?: number;
  /** @throws ToolkitError `runtime` when the engine refuses the model */
  createSession(model: Model | Uint8Array, options?: SessionOptions): Promise<Session>;
}

/** How one session is made. */
export interface SessionOptions {
  /** Threads inside one operator; default: the engine's own choice (all cores). */
  readonly threads?: number | undefined;
  /** How messages name the model. */
  readonly source?: string | undefined;
  /** Write an operator-by-operator profile (JSON) with this file prefix when the session is released. */
  readonly profile?: string | undefined;
}

/** Tensors by the name of the input. */
export type Feeds = Readonly<Record<string, Tensor>>;

/** A model that is loaded into the engine. */
export interface Session {
  /** Names, in the order of the graph. */
  readonly inputs: readonly string[];
  /** Names, in the order of the graph. */
  readonly outputs: readonly string[];
  /**
   * Evaluates the model once.
   * @param feeds a tensor for every input
   * @param fetches names of the outputs wanted; default all
   * @returns the outputs by name
   * @throws ToolkitError `runtime` when the engine refuses the feeds
   */
  run(feeds: Feeds, fetches?: readonly string[]): Promise<Record<string, Tensor>>;
  /** Frees the engine's memory; calling it again does nothing. */
  release(): Promise<void>;
}
