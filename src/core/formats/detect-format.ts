import { isToolkitError, ToolkitError } from '../base/errors.js';
import type { Rate } from '../base/statistics.js';
import { betterOf, twinOf } from '../formats/channel-order.js';
import { identityMap, type LabelMap, mapOfLabels } from '../formats/label-order.js';
import { asClassifier } from '../models/classifier-shape.js';
import { fittingLayouts, type Layout } from '../models/preprocessing/layouts.js';
import {
  type ChannelOrder,
  inOrder,
  type Preprocessing,
  type Values,
} from '../models/preprocessing/preprocessing.js';
import type { Dim, Model } from '../onnx/graph.js';
import type { Runtime } from '../runtime/runtime.js';
import type { Tensor } from '../tensor/tensor.js';
import { Candidate } from './candidates.js';
import { type KnownValues, valuesFor } from './known-values.js';
import { findOrder } from './order-search.js';
import { hitsIn, race, rateOf } from './screening.js';

/** Who said it: the user, a file beside the model, the model's own metadata; or it follows from the shapes; or it was tried. */
export type Origin = 'given' | 'sidecar' | 'metadata' | 'shape' | 'guessed';

/** Something that somebody says of a model. */
export interface Stated<T> {
  readonly value: T;
  readonly origin: 'given' | 'sidecar' | 'metadata';
}

/** What is known of a model before it is tried. */
export interface StatedFormat {
  readonly layout?: Stated<Layout>;
  readonly channelOrder?: Stated<ChannelOrder>;
  readonly values?: Stated<Values>;
  /** For each class of the model its name, or the number of the class of the data. */
  readonly labels?: Stated<readonly (string | number)[]>;
}

/** Labelled images to try a model on; a few hundred, in random order. */
export interface Sample {
  /** [N, C, H, W] in [0, 1]. */
  readonly images: Tensor<'float32'>;
  /** Classes of the data, N of them. */
  readonly labels: ArrayLike<number>;
  readonly classNames: readonly string[];
}

export interface DetectOptions {
  readonly runtime: Runtime;
  /** How messages name the model. */
  readonly source?: string;
  readonly stated?: StatedFormat;
  readonly threads?: number;
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  /** Hears how many candidates are measured, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A way of feeding the model that was tried. */
export interface FormatCandidate {
  readonly name: string;
  readonly title: string;
  readonly preprocessing: Preprocessing;
  /** With the classes in the order that was chosen in the end; clearly worse ones are measured on fewer images. */
  readonly accuracy: Rate;
}

/** How a model takes its images and counts its classes, and how that is known. */
export interface Format {
  readonly preprocessing: Preprocessing;
  readonly title: string;
  /** For each class of the data the class of the model. */
  readonly labelMap: LabelMap;
  /** Classes of the model. */
  readonly classes: number;
  readonly origins: Readonly<Record<'layout' | 'channelOrder' | 'values' | 'labels', Origin>>;
  /** With all that was chosen; where the order of classes was guessed, on images that it was not guessed from. */
  readonly accuracy: Rate;
  /** With the classes in the data's own order, where another was guessed. */
  readonly accuracyInDataOrder: Rate | null;
  /** Accuracy of always naming the commonest class of the sample. */
  readonly chance: number;
  /** Whether the interval of the accuracy lies above chance: if not, everything guessed here is worthless. */
  readonly aboveChance: boolean;
  readonly candidates: readonly FormatCandidate[];
}

/**
 * How a model takes its images and counts its classes: as somebody states, else as its accuracy on labelled images tells. Every way that
 * fits the shapes is tried in rounds of more and more images; those clearly worse than the best (exact McNemar test) drop out, and
 * of what is left the simplest is taken. If the classes are then right little more often than by chance, other orders of classes are tried;
 * in the end blue and red are exchanged.
 *
 * @param sample the more images the better; 1024 tell apart what matters
 * @throws ToolkitError `data-mismatch` when images or classes do not fit, `bad-value` for stated numbers that cannot be meant,
 *   `not-a-classifier`
 */
export async function detectFormat(model: Model, sample: Sample, options: DetectOptions): Promise<Format> {
  const { source = 'model', stated = {} } = options;
  const candidates = candidatesFor(model, sample, { ...options, source });
  try {
    const { classes } = candidates[0]!;
    const { map, origin } = startingMap(sample, classes, source, stated);
    const first = await race(candidates, sample, map, options);
    const chance = commonest(sample);
    const order =
      origin !== 'guessed' ? undefined : await findOrder(first, candidates, sample, { classes, chance });
    const found = order ?? { candidate: first.candidate, map, accuracy: rateOf(first.hits) };
    const twin = twinOf(found.candidate, stated);
    // Told of, and released, with the others.
    if (twin) candidates.push(twin);
    const { candidate: chosen, accuracy } = twin
      ? await betterOf(found, twin, { sample, matched: order !== undefined, ...options })
      : found;
    return {
      preprocessing: chosen.preprocessing,
      title: chosen.known.title,
      labelMap: order?.map ?? map,
      classes,
      origins: {
        layout:
          stated.layout?.origin ?? (new Set(candidates.map((c) => c.layout)).size > 1 ? 'guessed' : 'shape'),
        channelOrder: stated.channelOrder?.origin ?? (sample.images.dims[1] === 3 ? 'guessed' : 'shape'),
        values: stated.values?.origin ?? 'guessed',
        labels: origin,
      },
      accuracy,
      accuracyInDataOrder: order ? rateOf(first.hits) : null,
      chance,
      aboveChance: (accuracy.low ?? 0) > chance,
      candidates: candidates.map((c) => ({
        name: c.known.name,
        title: c.known.title,
        preprocessing: c.preprocessing,
        accuracy: rateOf(hitsIn(order?.map ?? map, c, sample, c.predictions.length)),
      })),
    };
  } finally {
    for (const candidate of candidates) await candidate.release();
  }
}

/** Every layout with every preparation of the numbers, the simplest first. */
function candidatesFor(
  model: Model,
  { images }: Sample,
  options: DetectOptions & { source: string },
): Candidate[] {
  const { source, stated = {}, runtime, threads, batchSize } = options;
  const dims = images.dims.slice(1) as [number, number, number];
  const given = inputShape(model, source);
  const layouts = stated.layout ? [stated.layout.value] : fittingLayouts(given, dims, source);
  const shared = { runtime, source, ...(threads && { threads }), ...(batchSize && { batchSize }) };
  const values = (stated.values ? [statedValues(stated.values)] : valuesFor(dims[0])).flatMap((known) => {
    const { channelOrder: own } = known.values;
    const said = stated.channelOrder?.value;
    return own && said && own !== said
      ? []
      : [{ ...known, values: inOrder(known.values, said ?? own ?? 'RGB') }];
  });
  const found: Candidate[] = [];
  let refusal: unknown;
  for (const layout of layouts) {
    try {
      for (const known of values) found.push(new Candidate(model, layout, known, images, shared));
    } catch (error) {
      // Sizes that the input leaves open may be fixed by what follows: then only one of the layouts can be meant.
      if (layouts.length === 1 || !isToolkitError(error, 'shape-mismatch')) throw error;
      refusal = error;
    }
  }
  if (found.length === 0) throw refusal;
  return found;
}

/** @throws ToolkitError `not-a-classifier` for what no preprocessing can be put in front of */
function inputShape(model: Model, source: string): readonly Dim[] {
  const { inputs, outputs } = model.graph;
  const type = inputs[0]?.type;
  const usable = inputs.length === 1 && outputs.length === 1 && type?.dtype === 'float32';
  if (!usable || type.dims === undefined) asClassifier(model, source);
  return type?.dims?.slice(1) ?? [];
}

const statedValues = ({ value, origin }: Stated<Values>): KnownValues => {
  const numbers = `scale ${value.scale}, mean ${value.mean.join(', ')}, std ${value.std.join(', ')}`;
  return { name: origin, title: `values of ${numbers}`, values: value, source: origin, complexity: 0 };
};

/** The order of classes that is stated, else the data's own. */
function startingMap(
  { classNames }: Sample,
  classes: number,
  source: string,
  { labels }: StatedFormat,
): { readonly map: LabelMap; readonly origin: Origin } {
  if (labels) {
    try {
      return { map: mapOfLabels(labels.value, classNames, { source, classes }), origin: labels.origin };
    } catch (error) {
      // Names that an exporter left in the model ("zero" where the data say "0") are no promise to anybody.
      if (labels.origin !== 'metadata' || !isToolkitError(error, 'data-mismatch')) throw error;
    }
  }
  if (classNames.length <= classes) return { map: identityMap(classNames.length), origin: 'guessed' };
  const [expected, received] = [`data of at most ${classes} classes`, `${classNames.length} classes`];
  throw new ToolkitError('data-mismatch', { what: source, expected, received });
}

/** The share of the commonest class. */
function commonest({ labels, classNames }: Sample): number {
  const counts = new Array<number>(classNames.length).fill(0);
  for (const label of Array.from(labels)) counts[label]! += 1;
  return labels.length === 0 ? 1 : Math.max(...counts) / labels.length;
}
