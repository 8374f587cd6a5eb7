import { isToolkitError, ToolkitError } from '../base/errors.js';
import { identityMap } from '../models/class-order.js';
import type { Judge } from '../models/judge.js';
import type { Format, Origin } from '../models/preprocessing/input-format.js';
import type { Model } from '../onnx/graph.js';
import { candidatesFor } from './candidate-list.js';
import type { Candidate } from './candidates.js';
import { betterOf, exchanged } from './channel-order.js';
import type { DetectOptions } from './detect-options.js';
import { type NamedOrder, orderOfLabels, withSharedNames } from './label-order.js';
import { findOrder } from './order-search.js';
import { chosenOutput } from './output-choice.js';
import { hitsIn, rateOf, type Screened, screen } from './screening.js';
import type { Sample, StatedFormat } from './stated-format.js';
import { tiedFormats } from './tied-formats.js';

/** How `detectFormat` works; what is stated is not tried. */
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
export async function detect(given: Model, sample: Sample, options: DetectOptions): Promise<Detected> {
  const { source = 'model', stated = {} } = options;
  const one = await chosenOutput(given, sample, { ...options, source });
  const candidates = await candidatesFor(one.model, sample, { ...options, source });
  let kept: Candidate | undefined;
  try {
    const classes = candidates[0]?.classes ?? 0;
    const { origin, ...named } = startingMap(sample, classes, source, one.labels);
    const screened = await screen(candidates, sample, named.map, options);
    const { predictions } = screened.candidate;
    const map = withSharedNames(named, sample.labels, predictions);
    const hits = hitsIn(map, screened.candidate, sample, predictions.length);
    const first: Screened = { candidate: screened.candidate, hits };
    const chance = commonest(sample);
    const order =
      origin !== 'guessed' ? undefined : await findOrder(first, candidates, sample, { classes, chance });
    const found = order ?? { candidate: first.candidate, map, accuracy: rateOf(first.hits) };
    const other = exchanged(found.candidate, stated);
    if (other) candidates.push(other);
    const { candidate: chosen, accuracy } = other
      ? await betterOf(found, other, { sample, matched: order !== undefined, ...options })
      : found;
    const labelMap = order?.map ?? map;
    const format: Format = {
      preprocessing: chosen.preprocessing,
      title: chosen.known.title,
      labelMap,
      classes,
      output: {
        name: one.name,
        origin: one.origin,
        others: one.others,
        head: chosen.judge.shape.head,
        single: chosen.judge.shape.single,
      },
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
        accuracy: rateOf(hitsIn(labelMap, c, sample, c.predictions.length)),
      })),
      tied: tiedFormats(chosen, candidates, sample, { map: labelMap, chance }),
      sharedNames: named.shared.map(({ class: own, places }) => ({
        ...{ name: sample.classNames[own] ?? '', places, taken: labelMap[own] ?? 0 },
      })),
    };
    kept = chosen;
    return { format, judge: chosen.judge, predictions: chosen.predictions };
  } finally {
    for (const candidate of candidates) if (candidate !== kept) await candidate.release();
  }
}

/** The order of classes that is stated, else the data's own. */
function startingMap(
  { classNames }: Sample,
  classes: number,
  source: string,
  labels: StatedFormat['labels'],
): NamedOrder & { readonly origin: Origin } {
  if (labels) {
    try {
      const order = orderOfLabels(labels.value, classNames, { source, classes });
      return { ...order, origin: labels.origin };
    } catch (error) {
      // Names that an exporter left in the model ("zero" where the data say "0") are no promise to anybody.
      if (labels.origin !== 'metadata' || !isToolkitError(error, 'data-mismatch')) throw error;
    }
  }
  if (classNames.length <= classes)
    return { map: identityMap(classNames.length), shared: [], origin: 'guessed' };
  const [expected, received] = [`data of at most ${classes} classes`, `${classNames.length} classes`];
  throw new ToolkitError('data-mismatch', { what: source, expected, received });
}

/** The share of the commonest class. */
function commonest({ labels, classNames }: Sample): number {
  const counts = new Array<number>(classNames.length).fill(0);
  for (const label of Array.from(labels)) counts[label] = (counts[label] ?? 0) + 1;
  return labels.length === 0 ? 1 : Math.max(...counts) / labels.length;
}
