import { clipAt } from '../attacks/harness/bounds.js';
import { stream } from '../base/random.js';
import { type Split, splitOf } from '../data/dataset.js';
import { buildModel } from '../models/build-model.js';
import type { Classifier } from '../models/classifier.js';
import { multiplyAdds, parseNotation } from '../models/notation.js';
import type { Model } from '../onnx/graph.js';
import type { Runtime } from '../runtime/runtime.js';
import { fit } from '../training/fit.js';
import { defaultPlan } from '../training/training-plan.js';

/** Inputs of longer sides are halved by pooling until they are this long. */
const MAX_SIDE = 40;
/** Inputs of shorter sides are no pictures. */
const MIN_SIDE = 8;

/**
 * A small network for images of some size: two convolutions of 5 x 5, which see enough of an image for their
 * gradients to transfer, and a hidden layer; for what is no picture two hidden layers.
 *
 * @param dims [C, H, W]
 */
export function substituteNotation([channels, height, width]: Split['dims'], classes: number): string {
  const input = `${channels}x${height}x${width}`;
  if (Math.min(height, width) < MIN_SIDE) return `${input}-F64-F64-${classes}`;
  const halvings = Math.max(0, Math.ceil(Math.log2(Math.max(height, width) / MAX_SIDE)));
  const before = 'C8k3-M-'.repeat(Math.min(halvings, Math.floor(Math.log2(Math.min(height, width) / 4))));
  return `${input}-${before}C8k5-M-C16k5-M-F32-${classes}`;
}

export interface SubstituteOptions {
  readonly runtime: Runtime;
  /** Width of the noise with which every image is asked about once more, in input units. */
  readonly noise: number;
  /** Passes over the images as they are, and as many over all of them. */
  readonly epochs: number;
  readonly seed: number;
  readonly onRound?: (round: number) => void;
  readonly signal?: AbortSignal;
}

/** Images that a training sees, repetitions included. */
export const imagesSeen = (images: number, epochs: number): number => 3 * images * epochs;

/** Multiply-adds of a whole training: forward, and twice as many for the gradients of the weights. */
export const trainingCost = (dims: Split['dims'], classes: number, images: number, epochs: number): number =>
  3 * imagesSeen(images, epochs) * multiplyAdds(parseNotation(substituteNotation(dims, classes)));

/**
 * A small network trained on a model's answers alone, its predicted classes: what fools it often fools the
 * model too (Papernot et al. 2017, "Practical Black-Box Attacks against Machine Learning"). However a model
 * hides its gradient, its decisions are there to be learnt.
 *
 * It is trained on images as they are first, then together with a version of each with noise at the corners
 * of a cube, where attacks go.
 *
 * @param images labels are not looked at
 * @throws ToolkitError as `fit`
 */
export async function trainSubstitute(
  classifier: Classifier,
  images: Split,
  { runtime, noise, epochs, seed, onRound, signal }: SubstituteOptions,
): Promise<Model> {
  const { count, dims } = images;
  const { classes, bounds } = classifier;
  const clean = images.batch([...Array(count).keys()]).images.data;
  const random = stream(seed, 'substitute', 'noise');
  const width = clean.length / Math.max(1, count);
  const noisy = clean.map((x, i) => clipAt(x + (random.uniform() < 0.5 ? -noise : noise), bounds, i % width));
  const pixels = new Float32Array(2 * clean.length);
  pixels.set(clean);
  pixels.set(noisy, clean.length);
  const labels = await classifier.predict({ dtype: 'float32', dims: [2 * count, ...dims], data: pixels });
  const answered = splitOf({ dims, classes, pixels, labels });
  let model = buildModel(substituteNotation(dims, classes), { seed });
  const plan = { ...defaultPlan, epochs, seed, batchSize: 64, learningRate: 0.002 };
  for (const [round, split] of [answered.slice(0, count), answered].entries()) {
    onRound?.(round);
    // One thread: threads of so small a network mostly wait for each other, and change the order of sums.
    ({ model } = await fit(model, split, { runtime, plan, threads: 1, ...(signal && { signal }) }));
  }
  return model;
}
