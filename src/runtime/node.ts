import { onnxRuntime } from './onnxruntime.js';
import type { Runtime } from './runtime.js';

let loaded: Promise<Runtime> | undefined;

/** The native ONNX Runtime; loaded once, on first use, so that commands that run no model start fast. */
export function nodeRuntime(): Promise<Runtime> {
  loaded ??= import('onnxruntime-node').then((ort) => onnxRuntime(ort, 'onnxruntime-node'));
  return loaded;
}
