import { ToolkitError } from '../../../core/base/errors.js';
import { type ActivationChoice, parseActivations } from '../../../core/quantization/index.js';
import {
  type CompressionChoice,
  compressionStages,
  parseCompression,
} from '../../../core/reshaping/index.js';
import { optimizers } from '../../../core/training/optimizers.js';
import type { TrainingPlan } from '../../../core/training/training-plan.js';
import type { AppOptions, DataOptions, PreparationOptions } from '../app-options.js';
import { type FoundCheckpoint, type PlanOptions, planOf, trainDefaults } from '../train/train-options.js';

/** What `compress` does unless it is told otherwise. */
export const compressDefaults = {
  ...{ activations: 'none', finetune: 0, seed: 1, checkpointEvery: trainDefaults.checkpointEvery },
} as const;

/** What `compress` takes; the options of `foolproof compress`. */
export interface CompressOptions
  extends AppOptions,
    DataOptions,
    PreparationOptions,
    Omit<PlanOptions, 'epochs' | 'distill'> {
  /** The path of an ONNX classifier. */
  readonly model: string;
  /** Compressions of the weights, joined by "+": `prune:0.8+cluster:32+quantize:int8`. */
  readonly with?: string | undefined;
  /** How values between layers are rounded: `static:percentile`, `dynamic`; default `none`. */
  readonly activations?: string | undefined;
  /**
   * Several strengths instead of `with`, each a file of its own; braces stand for all that is listed in them:
   * `prune:{0.5,0.8}+quantize:int8`.
   */
  readonly sweep?: readonly string[] | undefined;
  /** Passes over the training images after each compression; default 0. */
  readonly finetune?: number | undefined;
  /** Use the first training images only; default: all. */
  readonly trainImages?: number | undefined;
  /** Test images that accuracy is measured on, chosen at random; default: all. */
  readonly samples?: number | 'all' | undefined;
  readonly threads?: number | undefined;
  /**
   * Where to write the model, or those of a sweep, their compression in the name. What is interrupted is
   * resumed from the folder `<out>.unfinished`.
   */
  readonly out?: string | undefined;
  /** Seconds between two checkpoints; default 20. */
  readonly checkpointEvery?: number | undefined;
  /** Hears of the checkpoint that a fine-tuning finds, before it begins. */
  readonly onCheckpoint?: ((found: FoundCheckpoint) => void) | undefined;
}

const bad = (option: string, what: string, expected: string, received: string) =>
  new ToolkitError('bad-value', { what, expected, received, option });

/** One compression of a command, and where its model is written. */
export interface Strength {
  readonly compression: CompressionChoice;
  readonly activations: ActivationChoice;
  /** Undefined where nothing is written. */
  readonly out: string | undefined;
}

/**
 * The compressions that were chosen. Integer activations need integer weights: where no compression makes
 * them, `quantize:int8` is put behind.
 *
 * @throws ToolkitError `bad-value`, `unknown-name`; `nothing-to-do` without any
 */
export function strengthsOf(options: CompressOptions): readonly Strength[] {
  const { with: one, sweep, out } = options;
  const activations = parseActivations(options.activations ?? compressDefaults.activations);
  if (one !== undefined && sweep !== undefined) {
    throw bad('sweep', 'compression', 'one, or a sweep of several', 'both');
  }
  const texts = sweep ? sweep.flatMap(expanded) : [one ?? 'none'];
  const chosen = texts.map((text) => withIntegers(parseCompression(text), activations));
  const isNothing = ({ text }: CompressionChoice) => text === 'none' && activations.name === 'none';
  if (chosen.length === 0 || chosen.some(isNothing)) {
    throw new ToolkitError('nothing-to-do', {
      what: 'No compression',
      hint: 'Name one at least, such as prune:0.8+cluster:32+quantize:int8.',
      option: 'with',
    });
  }
  // Steps that cannot be taken are refused before anything is read.
  for (const choice of chosen) compressionStages(choice);
  const twice = chosen.find(({ text }, i) => chosen.findIndex((other) => other.text === text) < i);
  if (twice) throw bad('sweep', 'sweep', 'each compression once', twice.text);
  return chosen.map((compression, i) => ({
    compression,
    activations,
    out: out === undefined || !sweep ? out : fileOf(out, texts[i] ?? compression.text),
  }));
}

function withIntegers(choice: CompressionChoice, activations: ActivationChoice): CompressionChoice {
  if (activations.name === 'none') return choice;
  const quantized = choice.steps.find(({ reshaping }) => reshaping.name === 'quantize');
  if (quantized?.parameters.type === 'int4') {
    throw bad('activations', 'integer activations', 'weights of int8', quantized.text);
  }
  if (quantized) return choice;
  const active = choice.steps.filter(({ reshaping }) => reshaping.kind !== 'identity');
  const copies = active.every(({ reshaping }) => reshaping.copies);
  if (!copies) throw bad('activations', 'integer activations', 'weights that are copied codes', choice.text);
  return parseCompression([...active.map(({ text }) => text), 'quantize:int8'].join('+'));
}

/** Most compressions that one pair of braces, or several, may stand for. */
const MAX_STRENGTHS = 1000;

/** All that a text with braces stands for: `a{1,2}` is `a1` and `a2`. */
function expanded(text: string): string[] {
  const match = /^(.*?)\{([^{}]*)\}(.*)$/s.exec(text);
  if (!match) return [text];
  const [, before = '', list = '', after = ''] = match;
  const all = list.split(',').flatMap((part) => expanded(`${before}${part}${after}`));
  if (all.length > MAX_STRENGTHS) {
    throw bad('sweep', 'sweep', `at most ${MAX_STRENGTHS} compressions`, `${all.length} of ${text}`);
  }
  return all;
}

/** `small.onnx` and `prune:0.8` to `small-prune-0.8.onnx`. */
function fileOf(out: string, compression: string): string {
  const name = compression.replace(/[^A-Za-z0-9.]+/g, '-').replace(/-+$/, '');
  return `${out.replace(/\.onnx$/i, '')}-${name}.onnx`;
}

/** A tenth of the rate of a training from scratch (Han et al. 2015, section 3.3). */
const FINETUNING = 0.1;

/** How the compressed model is fine-tuned; undefined without fine-tuning. @throws ToolkitError as `planOf` */
export function finetuningOf(options: CompressOptions): TrainingPlan | undefined {
  const { finetune = compressDefaults.finetune, adversarial } = options;
  if (finetune === 0) {
    if (adversarial !== undefined && adversarial !== 'none') {
      throw bad('adversarial', 'adversary', 'none without fine-tuning', String(adversarial));
    }
    return undefined;
  }
  const { optimizer = trainDefaults.optimizer } = options;
  const ordinary = Object.hasOwn(optimizers, optimizer)
    ? optimizers[optimizer as keyof typeof optimizers].learningRate.default
    : 0;
  const learningRate = options.learningRate ?? ordinary * FINETUNING;
  return planOf({ ...options, epochs: finetune, learningRate, distill: undefined });
}
