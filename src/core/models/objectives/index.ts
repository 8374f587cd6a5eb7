import {
  crossEntropy,
  crossEntropyClipped,
  crossEntropyFused,
  crossEntropyTemperature,
} from './cross-entropies.js';
import { dlr, dlrTargeted, logit, margin } from './margins.js';
import type { Objective } from './objective.js';

export type { Objective } from './objective.js';

/** Every objective by name. A new one is one entry here. */
export const objectives = {
  'cross-entropy': crossEntropy,
  'cross-entropy-clipped': crossEntropyClipped,
  'cross-entropy-fused': crossEntropyFused,
  'cross-entropy-temperature': crossEntropyTemperature,
  margin,
  logit,
  dlr,
  'dlr-targeted': dlrTargeted,
} as const satisfies Readonly<Record<string, Objective>>;

/** The name of a registered objective. */
export type ObjectiveName = keyof typeof objectives;
