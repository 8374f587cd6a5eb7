/**
 * `foolproof`: can an attacker fool the compressed neural network that is really deployed? Attacks,
 * objectives, reshapings, training and evaluation for ONNX classifiers, for Node, browsers and workers: no
 * Node API, and no engine. `onnxRuntime` adapts the one that is loaded, onnxruntime-web or onnxruntime-node.
 *
 * The ONNX graph is the only model format, gradients are graphs too, compression and defence are reshapings
 * `W = phi(theta)`.
 *
 * @module foolproof
 */

// Attacks.
export {
  type Attack,
  type AttackContext,
  type AttackName,
  type AttackParameters,
  type AttackTarget,
  attacks,
  type Bounds,
  type Criterion,
  type CriterionName,
  criteria,
  defineAttack,
  differsFrom,
  type Goal,
  misclassified,
  type Norm,
  outcomeArrays,
  outcomesCsv,
  type Prepared,
  predictionChanges,
  type ReferenceModel,
  resolveParameters,
  type SweepOptions,
  type SweepPoint,
  type SweepResult,
  sweep,
  type ThreatModel,
  targeted,
} from './attacks/index.js';
// Gradients as graphs.
export { type GradientOptions, vjp } from './autodiff/gradient.js';
export { type RuleSetName, ruleSets } from './autodiff/rules/index.js';
// Errors, numbers, progress.
export { type ErrorCode, type ErrorData, isToolkitError, ToolkitError } from './base/errors.js';
export {
  choice,
  flag,
  integer,
  number,
  openChoice,
  type Parameter,
  type ParametersOf,
  type ParameterValues,
} from './base/parameters.js';
export type { Progress } from './base/progress.js';
export { type Random, stream } from './base/random.js';
export { type Rate, rate } from './base/statistics.js';
export { toolkitVersion } from './base/toolkit-version.js';
// Data.
export { dataWarnings } from './data/data-warnings.js';
export { type Batch, type Dataset, type Split, type SplitParts, splitOf } from './data/dataset.js';
export { sampleTest, shuffledTest } from './data/sampling.js';
// Evaluation.
export { measureAccuracy } from './evaluation/accuracy.js';
export { type AuditNorm, type Effort, type PlannedAttack, suite } from './evaluation/attack-suite.js';
export { type AuditResults, auditSchema } from './evaluation/audit-schema.js';
export { describe, histogram, logDistribution } from './evaluation/distributions.js';
export { AUDIT_RULE, type EvaluationRule, STUDY_RULE } from './evaluation/evaluation-rule.js';
export type { Evidence, Trial } from './evaluation/evidence.js';
export { auditFindings, findingKinds, findingsOf } from './evaluation/findings/index.js';
export { type Source, sourcesFor } from './evaluation/gradient-sources.js';
export { type ModelTrial, runTrials, type TrialOptions, trialsOf } from './evaluation/model-trials.js';
export { evidenceOf } from './evaluation/trial-evidence.js';
export type { Chunk, Outcome } from './evaluation/trial-outcome.js';
export { type Judgement, judge, type Summary, type VerdictName } from './evaluation/verdict.js';
// Input formats.
export {
  type FormatDescription,
  parseDescription,
  statedBy,
} from './formats/format-description.js';
export { describedBy, statedByMetadata } from './formats/format-metadata.js';
export {
  type DetectOptions,
  detectFormat,
  type Format,
  formatSentences,
  type Layout,
  type PrepareModelOptions,
  type Preprocessing,
  prepareModel,
  type Sample,
  type StatedFormat,
  withPreprocessing,
} from './formats/index.js';
// Models.
export { architectures, type NamedArchitecture, parseArchitecture } from './models/architectures.js';
export { type BuildOptions, buildModel } from './models/build-model.js';
export { withClassOrder } from './models/class-order.js';
export { Classifier, type ClassifierOptions, type QueryCount } from './models/classifier.js';
export type { ClassifierShape } from './models/classifier-shape.js';
export { foldBatchNorm } from './models/fold-batch-norm.js';
export { type GradientGraph, gradientGraph, OWN_PREDICTION, vjpGraph } from './models/gradient-graph.js';
export { type GradientResult, Guide, type VjpResult } from './models/guide.js';
export { type DifferentiableGraph, differentiable } from './models/guide-graph.js';
export { Judge } from './models/judge.js';
export { effectiveWeights, materialize as materializeModel } from './models/materialize.js';
export { type LoadedModel, type LoadModelOptions, loadModelBytes } from './models/model-file.js';
export { flatOperatorsOnPath, inspectModel, type ModelReport } from './models/model-summary.js';
export {
  ModelUnderTest,
  type ModelUnderTestOptions,
  type Provenance,
} from './models/model-under-test.js';
export { type Architecture, multiplyAdds, parseNotation } from './models/notation.js';
export { type Objective, type ObjectiveName, objectives } from './models/objectives/index.js';
// ONNX.
export { GraphBuilder } from './onnx/builder.js';
export { decodeModel } from './onnx/decode.js';
export { encodeModel } from './onnx/encode.js';
export type { ExternalData, ExternalFile, ExternalRefusal } from './onnx/external-data.js';
export type { Dim, Graph, Model, Node } from './onnx/graph.js';
export { upgrade } from './onnx/upgrade.js';
// Integers between layers.
export {
  activationSchemes,
  type Calibration,
  calibrate,
  calibrations,
  type ModelSize,
  modelSize,
  parseActivations,
  placementOf,
  quantizeDynamically,
  quantizeStatically,
} from './quantization/index.js';
// Reshapings.
export {
  type CompressionChoice,
  compressAll,
  compressWeight,
  defineReshaping,
  finished as finishReshapings,
  inhibitLayer,
  parseCompression,
  parseReshaping,
  type Reshaping,
  reshapeAll,
  reshapeWeight,
  reshapings,
  reshapingsOf,
  weightLayers,
  withoutDefences,
} from './reshaping/index.js';
// Engines.
export { type OrtModule, onnxRuntime } from './runtime/onnxruntime.js';
export type { Device, Runtime, Session, SessionOptions } from './runtime/runtime.js';
// Tensors.
export { argMax } from './tensor/floats.js';
export { readNpz, writeNpz } from './tensor/npz.js';
export { type DType, float32, int64, type Tensor, tensor } from './tensor/tensor.js';
// Training.
export { type Adversary, adversaries } from './training/adversaries.js';
export { augmentations } from './training/augmentations.js';
export type { CheckpointStore } from './training/checkpoint.js';
export { defaultPlan, type FitOptions, type FitResult, fit, type TrainingPlan } from './training/fit.js';
export { optimizers } from './training/optimizers.js';
export { schedules } from './training/schedules.js';
