import type { Model } from '../onnx/graph.js';
import type { Tensor } from '../tensor/tensor.js';

/** Where models run. What a device has no kernel for runs on the processor. */
export const devices = ['cpu', 'cuda'] as const;
export type Device = (typeof devices)[number];

/** What the toolkit needs of an inference engine. Implemented over ONNX Runtime; fits its Node and its web package. */
export interface Runtime {
  readonly name: string;
  readonly version: string;
  readonly device: Device;
  /** Of every session that does not ask for a number of its own; absent: the engine's own choice. */
  readonly threads?: number;
  /** @throws ToolkitError `runtime` when the engine refuses the model */
  createSession(model: Model | Uint8Array, options?: SessionOptions): Promise<Session>;
}

export interface SessionOptions {
  /** Threads inside one operator; default: the engine's own choice (all cores). */
  readonly threads?: number;
  /** How messages name the model. */
  readonly source?: string;
  /** Write an operator-by-operator profile (JSON) with this file prefix when the session is released. */
  readonly profile?: string;
}

export type Feeds = Readonly<Record<string, Tensor>>;

export interface Session {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** @param fetches names of the outputs wanted; default all */
  run(feeds: Feeds, fetches?: readonly string[]): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}
