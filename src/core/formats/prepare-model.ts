import { ToolkitError } from '../base/errors.js';
import { type Progress, silent } from '../base/progress.js';
import { stream } from '../base/random.js';
import type { Dataset } from '../data/dataset.js';
import { classNamesOf, classOrder, isIdentity, withClassOrder } from '../models/class-order.js';
import { Classifier } from '../models/classifier.js';
import { asClassifier } from '../models/classifier-shape.js';
import { withFloatEnds } from '../models/float-ends.js';
import { foldWeights, type Variants } from '../models/fold-weights.js';
import { type DifferentiableGraph, differentiable } from '../models/guide-graph.js';
import { assertFinite, type LoadedModel, loadModelBytes } from '../models/model-file.js';
import { countParameters } from '../models/model-summary.js';
import { ModelUnderTest } from '../models/model-under-test.js';
import type { Format, OutputFormat } from '../models/preprocessing/input-format.js';
import { unitValues, withPreprocessing } from '../models/preprocessing/preprocessing.js';
import { raisedFlags } from '../models/red-flags/index.js';
import type { ExternalData } from '../onnx/external-data.js';
import type { Model } from '../onnx/graph.js';
import { lower } from '../onnx/lowering/index.js';
import { isControlFlow } from '../onnx/rewrite/control-flow.js';
import { reshapings, reshapingsOf, withoutDefences } from '../reshaping/index.js';
import { foldConstants } from '../runtime/fold-constants.js';
import type { Runtime } from '../runtime/runtime.js';
import { batchSentences, detectInBatches } from './deployed-batch.js';
import { statedByMetadata } from './format-metadata.js';
import { formatSentences } from './format-sentences.js';
import type { Sample, StatedFormat } from './stated-format.js';

/** How `prepareModel` brings a model and its data together. */
export interface PrepareModelOptions {
  readonly runtime: Runtime;
  /** How messages name the model; default: the file's name for itself. */
  readonly source?: string | undefined;
  /** Short name, unique among the models of one audit; default: the file name of `source` without `.onnx`. */
  readonly id?: string | undefined;
  /**
   * What is known of its input format; the rest is read from the metadata, then found by trying.
   */
  readonly stated?: StatedFormat | undefined;
  /** Files of weights, for a model of bytes that has them outside. */
  readonly externalData?: ExternalData | undefined;
  /** Of the choice of images that input formats are tried on; default 1. */
  readonly seed?: number | undefined;
  /**
   * Images for each run of the engine; default 128. Where answers depend on the batch, the batch size of
   * deployment; default: the one that the file fixes, else 1.
   */
  readonly batchSize?: number | undefined;
  readonly threads?: number | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Test images that input formats are tried on. */
const SAMPLE = 1024;

/**
 * Brings a model and its data together: the model is read and checked, its input format and class order are
 * taken from what is stated, its metadata or, where neither says, from its accuracy on the data;
 * preprocessing is put in front and the class order behind, and computed weights are evaluated once. The data
 * stay as they are.
 *
 * @param file an ONNX file, or a model
 * @returns to be released when it is no longer needed
 * @throws ToolkitError `not-onnx`, `corrupt-model`, `external-data`, `old-opset`, `not-a-classifier`,
 *   `bad-weights`; `data-mismatch` when images or classes do not fit; `bad-value` for stated numbers that
 *   cannot be meant; `nothing-to-do` for data without test images
 */
export async function prepareModel(
  file: Uint8Array | Model | LoadedModel,
  data: Dataset,
  options: PrepareModelOptions,
): Promise<ModelUnderTest> {
  const loaded = isLoaded(file) ? file : await loadModelBytes(file, options.source, options);
  const { runtime, source = loaded.source, seed = 1, batchSize, threads, signal } = options;
  const folded = await foldedOf(loaded, source, runtime);
  const engine = { runtime, source, batchSize, threads };
  const trying = reported(source, options.progress);
  const { model, inputLevels } = withFloatEnds(folded.model);
  const { format, judge, batch } = await detectInBatches(model, sampleOf(data, seed), {
    ...engine,
    stated: {
      ...statedByMetadata(loaded.model),
      ...options.stated,
      // Bytes are what they are, whoever says what else.
      ...(inputLevels !== null && { values: { value: unitValues, origin: 'shape' } }),
    },
    signal,
    onProgress: trying.advance,
  });
  trying.end();
  judge.queries = 0;
  const order = classOrder(format.labelMap, format.classes, source);
  // The session that tried the format judges from now on, unless the class order makes another graph.
  const reordered = isIdentity(order) ? undefined : withClassOrder(judge.model, order);
  if (reordered) await judge.release();
  const guide = await guideOf(reordered ?? judge.model, runtime, source);
  return new ModelUnderTest(reordered ?? judge, {
    ...engine,
    ...(batch.deployed !== null && { deployedBatch: batch.deployed, batchSize: undefined }),
    guide,
    id: options.id ?? nameOf(source),
    classNames: classNamesOf(order, data.classNames),
    undefended: folded.variant && withFormat(folded.variant, format, data.dims, source),
    provenance: {
      path: source,
      sha256: loaded.sha256,
      bytes: loaded.bytes,
      producer: loaded.model.producer,
      opset: loaded.opset,
      parameters: countParameters(loaded.model).total,
      reshapings: reshapingsOf(loaded.model),
      redFlags: raisedFlags(loaded.model),
      format,
      inputLevels,
      batch,
      notes: [
        ...externalSentences(loaded),
        ...formatSentences(format, data.classNames),
        ...numberSentences(inputLevels, guide),
        ...batchSentences(batch),
      ],
    },
  });
}

/** What decides how a model is asked. */
export interface ModelFormat extends Pick<Format, 'preprocessing' | 'labelMap'> {
  /** Where it is not the logits of the only output. */
  readonly output?: Pick<OutputFormat, 'name' | 'head'> | undefined;
  /** The batch size of deployment, where answers depend on it. */
  readonly deployedBatch?: number | undefined;
}

/** A model that takes images as the data have them and counts classes as the data do. */
export interface OpenedModel {
  readonly classifier: Classifier;
  /** The same without its defences; undefined where the file records none. */
  readonly undefended: Classifier | undefined;
  release(): Promise<void>;
}

/**
 * The model that `prepareModel` makes of a file when it has come to this format; nothing is tried.
 *
 * @param dims [C, H, W] of the images
 * @throws ToolkitError as `prepareModel`
 */
export async function openModel(
  file: Uint8Array | Model | LoadedModel,
  format: ModelFormat,
  dims: Dataset['dims'],
  options: Pick<PrepareModelOptions, 'runtime' | 'source' | 'batchSize' | 'threads'>,
): Promise<OpenedModel> {
  const loaded = isLoaded(file) ? file : await loadModelBytes(file, options.source);
  const { source = loaded.source } = options;
  const { model, variant } = await foldedOf(loaded, source, options.runtime);
  const made = async (graph: Model) => {
    const whole = withFormat(graph, format, dims, source);
    return new Classifier(whole, {
      ...options,
      source,
      deployedBatch: format.deployedBatch,
      guide: await guideOf(whole, options.runtime, source),
    });
  };
  const [classifier, undefended] = [await made(model), variant && (await made(variant))];
  return {
    classifier,
    undefended,
    async release() {
      await classifier.release();
      await undefended?.release();
    },
  };
}

/** The graph of a checked file with its weights evaluated, and that without its defences. */
async function foldedOf({ model }: LoadedModel, source: string, runtime: Runtime): Promise<Variants> {
  assertFinite(model, source);
  const bare = withoutDefences(model, reshapings);
  return foldWeights({ model, ...(bare && { variant: bare }) }, runtime);
}

/**
 * Preprocessing in front, class order behind: the model takes images [N, C, H, W] in [0, 1] and gives logits
 * in the order of the data. Values that it stores keep their names.
 */
export function withFormat(model: Model, format: ModelFormat, dims: Dataset['dims'], source: string): Model {
  const { preprocessing, labelMap, output } = format;
  const floats = withFloatEnds(model).model;
  const graph = asClassifier(withPreprocessing(floats, preprocessing, dims, source), source, {
    output: output?.name ?? undefined,
    probabilities: output?.head === 'probabilities',
  });
  return withClassOrder(graph.model, classOrder(labelMap, graph.shape.classes, source));
}

/** What gradients are taken of. Conditions that only the engine can work out are computed by it. */
async function guideOf(model: Model, runtime: Runtime, source: string): Promise<DifferentiableGraph> {
  const hasBranches = ({ graph }: Model) => graph.nodes.some(isControlFlow);
  const written = hasBranches(model) ? lower(model, source) : model;
  if (!hasBranches(written)) return differentiable(model, source);
  return differentiable(await foldConstants(written, runtime, { source }), source);
}

function externalSentences({ external }: LoadedModel): string[] {
  if (external.length === 0) return [];
  const [first = ''] = external;
  return [`weights read from ${external.length === 1 ? first : `${external.length} files beside the model`}`];
}

/** What the model's numbers mean for attacks: bytes at its input, quantizers on the way. */
function numberSentences(inputLevels: number | null, { quantizers }: DifferentiableGraph): string[] {
  const sentences: string[] = [];
  if (inputLevels !== null) sentences.push(`takes whole numbers: images are fed as round(${inputLevels} x)`);
  if (quantizers > 0)
    sentences.push(`gradients pass straight through ${quantizers} quantizer${quantizers === 1 ? '' : 's'}`);
  return sentences;
}

const isLoaded = (file: Uint8Array | Model | LoadedModel): file is LoadedModel => 'sha256' in file;

/** The file's name, whichever way its system writes folders. */
const nameOf = (source: string): string => source.replace(/^.*[\\/]/, '').replace(/\.onnx$/i, '');

/** Images to try formats on, at random. @throws ToolkitError `nothing-to-do` for data without test images */
function sampleOf({ name, test, classNames }: Dataset, seed: number): Sample {
  if (test.count === 0) {
    const inFolders = 'They are in test or val: in a folder for each class, or named in a file of labels.';
    const hint = name === 'npz' ? 'Name the arrays images and labels.' : inFolders;
    throw new ToolkitError('nothing-to-do', { what: 'The data set has no test images', hint });
  }
  const chosen = stream(seed, 'format').sample(test.count, Math.min(SAMPLE, test.count));
  const { images, labels } = test.batch(chosen);
  return { images, labels: Array.from(labels.data, Number), classNames };
}

/** A piece of progress that begins with the first candidate that is measured. */
function reported(source: string, progress: Progress = silent) {
  let begun = false;
  return {
    advance(done: number, total: number): void {
      if (!begun) progress.begin(`trying input formats of ${source}`, total, 'formats');
      begun = true;
      progress.advance(done);
    },
    end: () => progress.end(),
  };
}
