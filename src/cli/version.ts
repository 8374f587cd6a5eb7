import type { Runtime } from '../runtime/runtime.js';
import { toolkitVersion } from '../version.js';

/** What results were made with. */
export interface Versions {
  readonly foolproof: string;
  readonly node: string;
  readonly onnxruntime: string;
}

export const versions = (runtime: Runtime): Versions => ({
  foolproof: toolkitVersion,
  node: process.versions.node,
  onnxruntime: runtime.version,
});
