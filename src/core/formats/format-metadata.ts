import { isToolkitError } from '../base/errors.js';
import type { Dataset } from '../data/dataset.js';
import {
  type ChannelOrder,
  rangeValues,
  unitValues,
  type Values,
} from '../models/preprocessing/preprocessing.js';
import type { Model } from '../onnx/graph.js';
import { type FormatDescription, parseDescription, statedBy } from './format-description.js';
import type { StatedFormat } from './stated-format.js';

/** Values of `Image.NominalPixelRange` (ONNX, docs/MetadataProps.md). */
const ranges: Readonly<Record<string, Values>> = {
  NominalRange_0_255: rangeValues(0, 255),
  NominalRange_16_235: rangeValues(16, 235),
  Normalized_0_1: unitValues,
  Normalized_1_1: rangeValues(-1, 1),
};

/** Values of `Image.BitmapPixelFormat` for three channels. */
const pixelFormats: Readonly<Record<string, ChannelOrder>> = { Rgb8: 'RGB', Bgr8: 'BGR' };

/** Where the metadata of a model hold a description of its input, in the form of the file beside a model. */
export const INPUT_KEY = 'foolproof.input';

/** The model with a description of its input in its metadata. */
export const describedBy = (model: Model, description: FormatDescription): Model => ({
  ...model,
  metadata: new Map(model.metadata).set(INPUT_KEY, JSON.stringify(description)),
});

/**
 * A model that was trained on data as they are, images [N, C, H, W] in [0, 1] and classes in the order of the
 * data, with that in its metadata: nothing needs to be tried on it.
 */
export const trainedOn = (model: Model, data: Pick<Dataset, 'dims' | 'classNames'>): Model =>
  describedBy(model, {
    ...{ layout: 'NCHW', range: [0, 1], labels: [...data.classNames] },
    ...(data.dims[0] === 3 && { channelOrder: 'RGB' }),
  });

/** What a description in the metadata says; nothing where there is none, or none that can be understood. */
function described(text: string | undefined): StatedFormat {
  if (text === undefined) return {};
  try {
    return statedBy(parseDescription(JSON.parse(text), INPUT_KEY), 'metadata');
  } catch (error) {
    if (error instanceof SyntaxError || isToolkitError(error, 'bad-description')) return {};
    throw error;
  }
}

/** Under which names exporters store those of the classes. */
const labelKeys = ['labels', 'names', 'class_names', 'classes'];

/**
 * What a model's own metadata say of its input: a description that this toolkit wrote; else the range of its
 * pixels and the order of their colours, as ONNX defines them, and the names of its classes (a JSON array, a
 * JSON object or Python dictionary by number, or names joined by commas or line breaks). What cannot be
 * understood is passed over.
 */
export function statedByMetadata({ metadata }: Model): StatedFormat {
  const range = metadata.get('Image.NominalPixelRange');
  const values = range !== undefined && Object.hasOwn(ranges, range) ? ranges[range] : undefined;
  const pixels = metadata.get('Image.BitmapPixelFormat');
  const channelOrder =
    pixels !== undefined && Object.hasOwn(pixelFormats, pixels) ? pixelFormats[pixels] : undefined;
  const labels = labelKeys
    .map((key) => namesOf(metadata.get(key) ?? ''))
    .find((names) => names !== undefined);
  return {
    ...(channelOrder && { channelOrder: { value: channelOrder, origin: 'metadata' } }),
    ...(values && { values: { value: values, origin: 'metadata' } }),
    ...(labels && { labels: { value: labels, origin: 'metadata' } }),
    ...described(metadata.get(INPUT_KEY)),
  };
}

function namesOf(text: string): readonly string[] | undefined {
  const names = fromJson(text) ?? fromDictionary(text) ?? fromList(text);
  // ImageNet has two kinds of crane; a list of one word is no list of classes.
  return names && names.length >= 2 && new Set(names).size > names.length / 2 ? names : undefined;
}

function fromJson(text: string): readonly string[] | undefined {
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content !== 'object' || content === null) return undefined;
    if (!Array.isArray(content)) return inOrder(Object.entries(content));
    return content.every((name) => typeof name === 'string') ? content : undefined;
  } catch {
    return undefined;
  }
}

/** `{0: 'cat', 1: "dog"}`, as Ultralytics writes it. */
function fromDictionary(text: string): readonly string[] | undefined {
  if (!/^\s*\{.*\}\s*$/s.test(text)) return undefined;
  const pairs = [...text.matchAll(/(\d+)\s*:\s*(?:'([^']*)'|"([^"]*)")/g)];
  return inOrder(pairs.map(([, number, single, double]) => [number!, single ?? double!]));
}

/** Names by their numbers, when these are 0, 1, 2 and so on. */
function inOrder(pairs: readonly (readonly [string, unknown])[]): readonly string[] | undefined {
  const sorted = [...pairs].sort((a, b) => Number(a[0]) - Number(b[0]));
  const counted = sorted.every(([number, name], k) => Number(number) === k && typeof name === 'string');
  return counted ? sorted.map(([, name]) => name as string) : undefined;
}

function fromList(text: string): readonly string[] | undefined {
  const names = text.split(text.includes('\n') ? '\n' : ',').map((name) => name.trim());
  return names.every((name) => name !== '' && !/[{}[\]]/.test(name)) ? names : undefined;
}
