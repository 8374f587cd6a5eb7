/**
 * Foolproof: can an attacker fool the compressed neural network you really deploy?
 *
 * One format (ONNX graphs), gradients are graphs too, compression and defence are reshapings `W = phi(theta)`.
 */

export {
  type Attack,
  type AttackContext,
  type AttackName,
  type AttackTarget,
  attacks,
  type Bounds,
  type Criterion,
  criteria,
  defineAttack,
  differsFrom,
  misclassified,
  type Norm,
  type Prepared,
  predictionChanges,
  type SweepOptions,
  type SweepPoint,
  type SweepResult,
  sweep,
  type ThreatModel,
  targeted,
} from './core/attacks/index.js';
export { type GradientOptions, vjp } from './core/autodiff/gradient.js';
export { type RuleSetName, ruleSets } from './core/autodiff/rules/index.js';
export { type ErrorCode, isToolkitError, ToolkitError } from './core/base/errors.js';
export type { Progress } from './core/base/progress.js';
export { type Random, stream } from './core/base/random.js';
export { type Rate, rate } from './core/base/statistics.js';
export { toolkitVersion } from './core/base/toolkit-version.js';
export { type Batch, type Dataset, type Split, splitOf } from './core/data/dataset.js';
export { type AuditResults, auditSchema } from './core/evaluation/audit-schema.js';
export { describe, histogram, logDistribution } from './core/evaluation/distributions.js';
export { findingKinds } from './core/evaluation/findings/index.js';
export type { Subject } from './core/evaluation/subject.js';
export {
  type DetectOptions,
  detectFormat,
  type Format,
  formatSentences,
  type Layout,
  type Preprocessing,
  type StatedFormat,
  withPreprocessing,
} from './core/formats/index.js';
export { architectures, type NamedArchitecture, parseArchitecture } from './core/models/architectures.js';
export { type BuildOptions, buildModel } from './core/models/build-model.js';
export { Classifier, type ClassifierOptions } from './core/models/classifier.js';
export { foldBatchNorm } from './core/models/fold-batch-norm.js';
export { type GradientGraph, gradientGraph, OWN_PREDICTION } from './core/models/gradient-graph.js';
export { effectiveWeights, materialize } from './core/models/materialize.js';
export { type Architecture, multiplyAdds, parseNotation } from './core/models/notation.js';
export { type Objective, objectives } from './core/models/objectives/index.js';
export { GraphBuilder } from './core/onnx/builder.js';
export { decodeModel } from './core/onnx/decode.js';
export { encodeModel } from './core/onnx/encode.js';
export type { Graph, Model, Node } from './core/onnx/graph.js';
export { upgrade } from './core/onnx/upgrade.js';
export {
  inhibitLayer,
  parseReshaping,
  type Reshaping,
  reshapeAll,
  reshapeWeight,
  reshapings,
  weightLayers,
} from './core/reshaping/index.js';
export type { Runtime, Session } from './core/runtime/runtime.js';
export { argMax } from './core/tensor/floats.js';
export { readNpz, writeNpz } from './core/tensor/npz.js';
export { float32, type Tensor } from './core/tensor/tensor.js';
export { type Adversary, adversaries } from './core/training/adversaries.js';
export { defaultPlan, type FitOptions, type FitResult, fit, type TrainingPlan } from './core/training/fit.js';
export type { AuditOutcome } from './node/apps/audit/assemble-results.js';
export { loadSubject } from './node/apps/audit/load-subject.js';
export { type AuditOptions, audit } from './node/apps/audit/run-audit.js';
export type { Results, StudyOptions } from './node/apps/study/index.js';
export { resultsSchema } from './node/apps/study/index.js';
export { loadDataset } from './node/datasets/index.js';
export { nodeRuntime } from './node/runtime.js';
export { type LoadedModel, loadClassifier, loadModel, readModel } from './node/subject/load-model.js';
export { statedFormat } from './node/subject/sidecar.js';
export { auditFiles, reproduce } from './report/lazy.js';
export type { Reproduced } from './report/study/reproduce-files.js';
