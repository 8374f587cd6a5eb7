import * as z from 'zod';
import { toolkitVersion } from '../../core/base/toolkit-version.js';
import type { Runtime } from '../../core/runtime/runtime.js';

/** What results were made with. */
export const versionsSchema = z.strictObject({
  foolproof: z.string(),
  node: z.string(),
  onnxruntime: z.string(),
});

export type Versions = z.infer<typeof versionsSchema>;

export const versions = (runtime: Runtime): Versions => ({
  foolproof: toolkitVersion,
  node: process.versions.node,
  onnxruntime: runtime.version,
});
