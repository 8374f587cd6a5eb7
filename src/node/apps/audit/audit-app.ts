import { naming } from '../../../core/base/naming.js';
import { dataWarnings } from '../../../core/data/data-warnings.js';
import { shuffledTest } from '../../../core/data/sampling.js';
import type { AuditNorm, Effort, PlannedAttack } from '../../../core/evaluation/attack-suite.js';
import { nodeRuntime } from '../../runtime.js';
import type { RunDirectory } from '../../store/run-directory.js';
import { type ModelChoice, type PreparedModels, prepareAll } from '../../subject/prepare-all.js';
import {
  type AppOptions,
  type DataOptions,
  dataOf,
  type EngineOptions,
  type PreparationOptions,
} from '../app-options.js';
import { type AuditOutcome, DEFAULT_SAMPLES, DEFAULT_THRESHOLD } from './audit-options.js';
import { runAudit } from './run-audit.js';

/** What `audit` does unless it is told otherwise. */
export const auditDefaults = {
  norm: 'Linf',
  seconds: 300,
  samples: DEFAULT_SAMPLES,
  effort: 'auto',
  robustAt: DEFAULT_THRESHOLD,
  seed: 1,
} as const;

/** What `audit` takes; the options of `foolproof audit`. */
export interface AuditOptions extends AppOptions, EngineOptions, DataOptions, PreparationOptions {
  /** Paths of ONNX classifiers, or models that are prepared for the data; several are compared. */
  readonly models: readonly ModelChoice[];
  /** Default `Linf`. */
  readonly norm?: AuditNorm | undefined;
  /**
   * The bound that verdicts are about, in input units, inputs being in [0, 1]; default: see `defaultEpsilon`.
   */
  readonly epsilon?: number | undefined;
  /** Seconds that the attacks may take; null: all samples, however long it takes. Default 300. */
  readonly seconds?: number | null | undefined;
  /** Test images, chosen at random, or all of them; default 1000. */
  readonly samples?: number | 'all' | undefined;
  /** Positions in the test set, in the order in which they are attacked; instead of `samples`. */
  readonly indices?: Uint32Array | undefined;
  /** Default `auto`: full where the time allows it. */
  readonly effort?: Effort | 'auto' | undefined;
  /** Attacks to make instead of the suite of this norm and effort. */
  readonly planned?: readonly PlannedAttack[] | undefined;
  /** Judge images as a file can hold them: 255 steps for 8 bits. */
  readonly rounding?: number | undefined;
  /** Share of the correct inputs that no attack may fool for "robust"; default 0.5. */
  readonly robustAt?: number | undefined;
  /** Of every random choice; default 1. */
  readonly seed?: number | undefined;
  /** Where finished chunks are kept and found again. */
  readonly directory?: RunDirectory | undefined;
}

/**
 * The bound that robustness is usually stated for: Madry et al. 2018 on MNIST and CIFAR-10 in Linf; in L2 2
 * for MNIST (Madry et al. 2018, Fig. 6) and 0.5 for CIFAR-10 (Croce et al. 2021, RobustBench). Any other data
 * are judged as CIFAR-10.
 */
export function defaultEpsilon(data: string, norm: AuditNorm): number {
  if (norm === 'L2') return data === 'mnist' ? 2 : 0.5;
  return data === 'mnist' ? 0.3 : 8 / 255;
}

/**
 * Can these models be fooled, and does the evaluation mean what it seems to mean? Reads and prepares the
 * models and audits them: `foolproof audit` as a function, without the report, which `writeAudit` of
 * `foolproof/report` adds.
 *
 * @throws ToolkitError as `prepare` and `runAudit`
 */
export async function audit(options: AuditOptions): Promise<AuditOutcome> {
  const prepared = await prepareAudit(options);
  try {
    return await auditPrepared(prepared, options);
  } finally {
    await prepared.release();
  }
}

/** The first part of `audit`: models and data. @throws ToolkitError as `prepare` */
export async function prepareAudit(options: AuditOptions): Promise<PreparedModels> {
  const { batchSize, threads, progress, signal, stated, onModel, onData } = options;
  const runtime = options.runtime ?? (await nodeRuntime());
  const seed = options.seed ?? auditDefaults.seed;
  const shared = { runtime, seed, batchSize, threads, progress, signal };
  return prepareAll(options.models, dataOf(options), { ...shared, stated, onModel, onData });
}

/** The second part of `audit`: the attacks, and what they mean. @throws ToolkitError as `runAudit` */
export async function auditPrepared(
  { models, data }: PreparedModels,
  options: AuditOptions,
): Promise<AuditOutcome> {
  const { norm = auditDefaults.norm, seed = auditDefaults.seed, planned, rounding } = options;
  const { samples = auditDefaults.samples, indices = shuffledTest(data, samples, seed) } = options;
  const { directory, progress, signal, seconds = auditDefaults.seconds } = options;
  return naming(
    models.map(({ source }) => source).join(', '),
    async () =>
      runAudit({
        ...{ models, data, norm, seed, indices, warnings: dataWarnings(data) },
        runtime: options.runtime ?? (await nodeRuntime()),
        epsilon: options.epsilon ?? defaultEpsilon(data.name, norm),
        effort: options.effort ?? auditDefaults.effort,
        threshold: options.robustAt ?? auditDefaults.robustAt,
        ...(seconds !== null && { seconds }),
        ...(planned && { planned }),
        ...(rounding !== undefined && { rounding }),
        ...(directory && { directory }),
        ...(progress && { progress }),
        ...(signal && { signal }),
      }),
    signal,
  );
}
