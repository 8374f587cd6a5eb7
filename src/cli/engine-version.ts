import { toolkitVersion } from '../core/base/toolkit-version.js';
import type { Runtime } from '../core/runtime/runtime.js';

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
