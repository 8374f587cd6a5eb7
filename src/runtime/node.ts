import { onnxRuntime } from './onnxruntime.js';
import type { Runtime } from './runtime.js';

const NAME = 'onnxruntime-node';

export interface NodeRuntimeOptions {
  /** Threads of every session that does not ask for a number of its own; default: the engine's own choice (all cores). */
  readonly threads?: number;
}

let loaded: Promise<Runtime> | undefined;

/** The native ONNX Runtime; loaded once, on first use, so that commands that run no model start fast. */
export async function nodeRuntime({ threads }: NodeRuntimeOptions = {}): Promise<Runtime> {
  if (threads !== undefined) return onnxRuntime(await import('onnxruntime-node'), NAME, { threads });
  loaded ??= import('onnxruntime-node').then((ort) => onnxRuntime(ort, NAME));
  return loaded;
}
