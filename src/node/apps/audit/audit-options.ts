import type { Progress } from '../../../core/base/progress.js';
import type { Dataset } from '../../../core/data/dataset.js';
import type { AuditNorm, Effort, PlannedAttack } from '../../../core/evaluation/attack-suite.js';
import type { AuditResults } from '../../../core/evaluation/audit-schema.js';
import type { ModelUnderTest } from '../../../core/models/model-under-test.js';
import type { Runtime } from '../../../core/runtime/runtime.js';
import type { RunDirectory } from '../../store/run-directory.js';
import type { Executor } from '../../work/executor.js';
import type { GallerySheet } from './audit-gallery.js';

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
  /** Share of the inputs that were right that no attack may fool for "robust". */
  readonly threshold?: number;
  readonly seed?: number;
  /** Judge images as files hold them: 255 steps for 8 bits. */
  readonly rounding?: number;
  /** What is odd about the data, for the report. */
  readonly warnings?: readonly string[];
  /** Where finished work is kept and found again. Default: nowhere. */
  readonly directory?: RunDirectory;
  /**
   * Who runs the steps; default: this process. Any other one has a store of its own, which must hold the
   * files of the models (`put`) and the data (`putDataset`); it knows no attacks that are not registered.
   */
  readonly executor?: Executor;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Inputs that are attacked, unless the caller says otherwise. */
export const DEFAULT_SAMPLES = 1000;

/** Half: a model that is fooled on most of its inputs is not called robust. */
export const DEFAULT_THRESHOLD = 0.5;

/** What an audit results in. */
export interface AuditOutcome {
  readonly results: AuditResults;
  /** Adversarial images by the file that the results name. */
  readonly galleries: ReadonlyMap<string, GallerySheet>;
  /** Whether it was ended by the signal; what is there is from the inputs that were finished. */
  readonly stopped: boolean;
}
