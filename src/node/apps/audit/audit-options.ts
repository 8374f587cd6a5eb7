import type { Progress } from '../../../core/base/progress.js';
import type { Dataset } from '../../../core/data/dataset.js';
import type { AuditNorm, Effort, PlannedAttack } from '../../../core/evaluation/attack-suite.js';
import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import type { Evidence } from '../../../core/evaluation/evidence.js';
import type { Summary } from '../../../core/evaluation/findings/index.js';
import type { ModelTrial } from '../../../core/evaluation/model-trials.js';
import type { Chunk } from '../../../core/evaluation/trial-outcome.js';
import type { ModelUnderTest } from '../../../core/models/model-under-test.js';
import type { Runtime } from '../../../core/runtime/runtime.js';
import type { RunDirectory } from '../../store/run-directory.js';
import type { GallerySheet } from './audit-gallery.js';
import type { Refusals } from './throughput.js';

/** An audit of models that are prepared for their data. */
export interface RunAuditOptions {
  readonly runtime: Runtime;
  /** At least one, prepared for `data`. */
  readonly models: readonly ModelUnderTest[];
  readonly data: Dataset;
  readonly norm: AuditNorm;
  /** The bound that verdicts are about, in input units, inputs being in [0, 1]. */
  readonly epsilon: number;
  /** Positions in the test set, in the order in which they are attacked. Default: a thousand at random. */
  readonly indices?: Uint32Array;
  /** Seconds; as many inputs are attacked as fit. Undefined: all of them, however long it takes. */
  readonly seconds?: number;
  /** Default: `auto`, full where the time allows it. */
  readonly effort?: Effort | 'auto';
  /** Attacks to make instead of the suite of this norm and effort. */
  readonly planned?: readonly PlannedAttack[];
  /** Share of the inputs that were right which must withstand for "robust". */
  readonly threshold?: number;
  readonly seed?: number;
  /** Judge images as files hold them: 255 steps for 8 bits. */
  readonly rounding?: number;
  /** What is odd about the data, for the report. */
  readonly warnings?: readonly string[];
  /** Where finished chunks are kept and found again. */
  readonly directory?: RunDirectory;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Inputs that are attacked, unless the caller says otherwise. */
export const DEFAULT_SAMPLES = 1000;

/** Half: a model that is fooled on most of its inputs is called robust by nobody. */
export const DEFAULT_THRESHOLD = 0.5;

export interface AuditOutcome {
  readonly results: AuditResults;
  /** Adversarial images by the file that the results name. */
  readonly galleries: ReadonlyMap<string, GallerySheet>;
  /** Whether it was ended by the signal; what is there is from the inputs that were finished. */
  readonly stopped: boolean;
}

/** What was measured, before anybody thinks about it. */
export interface Measured extends RunAuditOptions {
  readonly seed: number;
  readonly planned: readonly PlannedAttack[];
  /** The suite that `planned` is; null for attacks of the caller's own. */
  readonly chosen: Effort | null;
  /** Why models have no gradient. */
  readonly refusals: Refusals;
  /** For each model. */
  readonly trials: readonly (readonly ModelTrial[])[];
  readonly chunks: readonly (readonly Chunk[])[];
  readonly epsilons: readonly number[];
  readonly attacked: Uint32Array;
  readonly threshold: number;
  readonly used: number;
  readonly stopped: boolean;
}

/** A model with what was found out about it. */
export interface Judged {
  readonly model: AuditedModel;
  readonly evidence: Evidence;
  readonly summary: Summary;
  readonly sheet: GallerySheet | undefined;
}
