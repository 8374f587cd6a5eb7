/**
 * Foolproof: can an attacker fool the compressed neural network you really deploy?
 *
 * One format (ONNX graphs), gradients are graphs too, compression and defence are reshapings `W = phi(theta)`.
 */

export { describe, histogram, logDistribution } from './analysis/distributions.js';
export { findingKinds } from './analysis/findings/index.js';
export {
  type Attack,
  type AttackContext,
  type AttackTarget,
  attacks,
  type Norm,
  type Prepared,
  type SweepOptions,
  type SweepPoint,
  type SweepResult,
  sweep,
} from './attacks/index.js';
export type { AuditOutcome } from './audit/assemble.js';
export { type AuditOptions, audit } from './audit/audit.js';
export { loadSubject } from './audit/prepare.js';
export { type AuditResults, auditSchema } from './audit/results.js';
export type { Subject } from './audit/subject.js';
export { type GradientOptions, vjp } from './autodiff/gradient.js';
export { rules } from './autodiff/rules/index.js';
export { type Batch, type Dataset, type Split, splitOf } from './datasets/dataset.js';
export { loadDataset } from './datasets/index.js';
export { type ErrorCode, isToolkitError, ToolkitError } from './errors.js';
export {
  type DetectOptions,
  detectFormat,
  type Format,
  formatSentences,
  type Layout,
  type Preprocessing,
  type StatedFormat,
  statedFormat,
  withPreprocessing,
} from './formats/index.js';
export { architectures, type NamedArchitecture, parseArchitecture } from './models/architectures.js';
export { type BuildOptions, buildModel } from './models/build.js';
export { Classifier, type ClassifierOptions } from './models/classifier.js';
export { foldBatchNorm } from './models/fold.js';
export { type GradientGraph, gradientGraph, OWN_PREDICTION } from './models/gradient-graph.js';
export { type LoadedModel, loadClassifier, loadModel, readModel } from './models/load.js';
export { effectiveWeights, materialize } from './models/materialize.js';
export { type Architecture, multiplyAdds, parseNotation } from './models/notation.js';
export { type Objective, objectives } from './models/objectives.js';
export { GraphBuilder } from './onnx/builder.js';
export { decodeModel } from './onnx/decode.js';
export { encodeModel } from './onnx/encode.js';
export type { Graph, Model, Node } from './onnx/graph.js';
export { upgrade } from './onnx/upgrade.js';
export type { Progress } from './progress.js';
export { type Random, stream } from './random.js';
export { auditFiles, reproduce } from './report/lazy.js';
export type { Reproduced } from './report/reproduce.js';
export {
  inhibitLayer,
  parseReshaping,
  type Reshaping,
  reshapeAll,
  reshapeWeight,
  reshapings,
  weightLayers,
} from './reshaping/index.js';
export { nodeRuntime } from './runtime/node.js';
export type { Runtime, Session } from './runtime/runtime.js';
export { type Rate, rate } from './statistics.js';
export type { Results, StudyOptions } from './studies/index.js';
export { resultsSchema } from './studies/index.js';
export { argMax } from './tensor/floats.js';
export { readNpz, writeNpz } from './tensor/npz.js';
export { float32, type Tensor } from './tensor/tensor.js';
export { type Adversary, adversaries } from './training/adversaries.js';
export { defaultPlan, type FitOptions, type FitResult, fit, type TrainingPlan } from './training/fit.js';
export { toolkitVersion } from './version.js';
