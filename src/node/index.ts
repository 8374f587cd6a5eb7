/**
 * `foolproof/node`: everything of `foolproof`, and what needs Node: models and data in files, the native
 * engine, and the commands of the program as functions.
 *
 * @module foolproof/node
 */

export * from '../core/index.js';
export type { AppOptions, DataOptions, EngineOptions, PreparationOptions } from './apps/app-options.js';
export { type AttackOptions, type AttackOutcome, attack, attackDefaults } from './apps/attack/attack-app.js';
export { type AttackReport, attackReportSchema } from './apps/attack/attack-report.js';
export {
  type AuditOptions,
  audit,
  auditDefaults,
  auditPrepared,
  defaultEpsilon,
  prepareAudit,
} from './apps/audit/audit-app.js';
export type { GalleryItem, GallerySheet } from './apps/audit/audit-gallery.js';
export type { AuditOutcome, RunAuditOptions } from './apps/audit/audit-options.js';
export {
  assertPassed,
  assertRobust,
  type Gate,
  type GateCheck,
  type GateOptions,
  gateChecks,
} from './apps/audit/gate.js';
export { runAudit } from './apps/audit/run-audit.js';
export { type CompressOutcome, compress } from './apps/compress/compress-app.js';
export { type CompressOptions, compressDefaults } from './apps/compress/compress-options.js';
export { type CompressReport, compressReportSchema } from './apps/compress/compress-report.js';
export { type FormatReport, formatReportOf, formatSchema } from './apps/format-report.js';
export { type GradientOptions, type GradientOutcome, gradient } from './apps/gradient-app.js';
export { type InhibitOptions, type InhibitOutcome, inhibit } from './apps/inhibit-app.js';
export { type InspectOptions, type InspectReport, inspect } from './apps/inspect-app.js';
export { type MaterializeOptions, type MaterializeOutcome, materialize } from './apps/materialize-app.js';
export {
  type Results,
  resultsSchema,
  runStudy,
  type StudyOptions,
  type StudyOutcome,
  type StudyProfile,
  studies,
} from './apps/study/index.js';
export { type TrainOutcome, train } from './apps/train/train-app.js';
export { type FoundCheckpoint, type TrainOptions, trainDefaults } from './apps/train/train-options.js';
export { type TrainReport, trainReportSchema } from './apps/train/train-report.js';
export { type DatasetDescriptor, datasets, type LoadOptions, loadDataset } from './datasets/index.js';
export { type NodeRuntimeOptions, nodeRuntime } from './runtime.js';
export { RunDirectory } from './store/run-directory.js';
export { type DataChoice, loadDataFor, loadDataOf } from './subject/load-data.js';
export { loadModel, readModel } from './subject/load-model.js';
export { type PrepareOptions, prepare } from './subject/prepare.js';
export {
  type ModelChoice,
  type PrepareAllOptions,
  type PreparedModels,
  prepareAll,
} from './subject/prepare-all.js';
export { readSidecar } from './subject/sidecar.js';
