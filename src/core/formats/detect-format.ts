import { isToolkitError, ToolkitError } from '../base/errors.js';
import { identityMap, type LabelMap } from '../models/class-order.js';
import { asClassifier } from '../models/classifier-shape.js';
import type { Judge } from '../models/judge.js';
import type { Format, Origin } from '../models/preprocessing/input-format.js';
import { fittingLayouts } from '../models/preprocessing/layouts.js';
import { inOrder, type Values } from '../models/preprocessing/preprocessing.js';
import { BATCH_SIZE, type Engine } from '../models/sessions.js';
import type { Dim, Model } from '../onnx/graph.js';
import type { Runtime } from '../runtime/runtime.js';
import { Candidate } from './candidates.js';
import { betterOf, exchanged } from './channel-order.js';
import { type KnownValues, valuesFor } from './known-values.js';
import { mapOfLabels } from './label-order.js';
import { findOrder } from './order-search.js';
import { hitsIn, rateOf, screen } from './screening.js';
import type { Sample, Stated, StatedFormat } from './stated-format.js';

/** How `detectFormat` works; what is stated is not tried. */
export interface DetectOptions {
  readonly runtime: Runtime;
  /** How messages name the model. */
  readonly source?: string | undefined;
  readonly stated?: StatedFormat | undefined;
  readonly threads?: number | undefined;
  readonly batchSize?: number | undefined;
  /** Whether every run of the engine gets exactly `batchSize` images; see `Engine`. */
  readonly exact?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears how many candidates are measured, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * The input format and the class order of a model: as stated, else as its accuracy on labelled images
 * tells. Every format that fits the shapes is tried in rounds of more and more images; those clearly
 * worse than the best (exact McNemar test) drop out, and of what is left the simplest is taken. If the
 * classes are then correct little more often than by chance, other class orders are tried; in the end
 * blue and red are exchanged.
 *
 * @param sample the more images the better; 1024 tell apart what matters
 * @throws ToolkitError `data-mismatch` when images or classes do not fit, `bad-value` for stated numbers that
 *   cannot be meant, `not-a-classifier`
 */
export async function detectFormat(model: Model, sample: Sample, options: DetectOptions): Promise<Format> {
  const { format, judge } = await detect(model, sample, options);
  await judge.release();
  return format;
}

/** A format, and the judge that was made to try it: its session is there already. */
export interface Detected {
  readonly format: Format;
  /**
   * Takes images [N, C, H, W] in [0, 1]; its classes are in the order of the model. To
   * be released by the caller.
   */
  readonly judge: Judge;
  /** The model's classes for the first images of the sample, as the judge gave them. */
  readonly predictions: readonly number[];
}

/** As `detectFormat`, for a caller that goes on with the model. @throws ToolkitError as `detectFormat` */
export async function detect(model: Model, sample: Sample, options: DetectOptions): Promise<Detected> {
  const { source = 'model', stated = {} } = options;
  const candidates = candidatesFor(model, sample, { ...options, source });
  let kept: Candidate | undefined;
  try {
    const classes = candidates[0]?.classes ?? 0;
    const { map, origin } = startingMap(sample, classes, source, stated);
    const first = await screen(candidates, sample, map, options);
    const chance = commonest(sample);
    const order =
      origin !== 'guessed' ? undefined : await findOrder(first, candidates, sample, { classes, chance });
    const found = order ?? { candidate: first.candidate, map, accuracy: rateOf(first.hits) };
    const other = exchanged(found.candidate, stated);
    if (other) candidates.push(other);
    const { candidate: chosen, accuracy } = other
      ? await betterOf(found, other, { sample, matched: order !== undefined, ...options })
      : found;
    const format: Format = {
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
    kept = chosen;
    return { format, judge: chosen.judge, predictions: chosen.predictions };
  } finally {
    for (const candidate of candidates) if (candidate !== kept) await candidate.release();
  }
}

/** Every layout with every preparation of the numbers, the simplest first. */
function candidatesFor(
  model: Model,
  { images }: Sample,
  options: DetectOptions & { source: string },
): Candidate[] {
  const { source, stated = {}, runtime, threads, batchSize = BATCH_SIZE, exact } = options;
  const dims = images.dims.slice(1) as [number, number, number];
  const given = inputShape(model, source);
  // Asked in any case: where none fits, it knows what to do.
  const fitting = fittingLayouts(given, dims, source);
  const layouts = stated.layout ? [stated.layout.value] : fitting;
  const engine: Engine = { runtime, source, batchSize, threads, exact };
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
      for (const known of values) found.push(new Candidate(model, layout, known, images, engine));
    } catch (error) {
      // Sizes that the input leaves open may be fixed by what follows: then only one of
      // the layouts can be meant.
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
  for (const label of Array.from(labels)) counts[label] = (counts[label] ?? 0) + 1;
  return labels.length === 0 ? 1 : Math.max(...counts) / labels.length;
}
