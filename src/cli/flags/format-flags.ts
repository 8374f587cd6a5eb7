import { Option } from 'commander';
import { ToolkitError } from '../../core/base/errors.js';
import { lookUp } from '../../core/base/names.js';
import { parseFraction } from '../../core/base/numbers.js';
import { statedBy } from '../../core/formats/format-description.js';
import {
  type ChannelOrder,
  channelOrders,
  type Layout,
  layoutNames,
  layouts,
  type StatedFormat,
} from '../../core/formats/index.js';
import { readFileBytes } from '../../node/store/files.js';
import type { DataOptions } from './data-flags.js';

/** What the flags say of a model's input; all of it may be left to detection. */
export interface FormatFlags {
  readonly layout?: Layout;
  readonly channelOrder?: ChannelOrder;
  readonly range?: readonly [number, number];
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** Names or numbers joined by commas, or a file with one in each line, or with a JSON array. */
  readonly labels?: string;
  /** The output that holds the classes. */
  readonly output?: string;
}

/** The flags that bring a model and its data together. */
export interface PrepareFlags extends DataOptions, FormatFlags {
  readonly seed: number;
  readonly batchSize?: number;
  readonly threads?: number;
}

/** Bytes of a file of labels. */
const LIMIT = 2 ** 22;
const MAX_CHANNELS = 4;

const bad = (what: string, expected: string, received: string) =>
  new ToolkitError('bad-value', { what, expected, received: `"${received}"` });

/** Numbers that may be negative, or fractions, joined by commas. */
function parseNumbers(flag: string, text: string, expected: string): number[] {
  return text.split(',').map((part) => {
    const [sign, digits] = part.trim().startsWith('-') ? [-1, part.trim().slice(1)] : [1, part.trim()];
    const value = parseFraction(digits);
    if (value === undefined) throw bad(flag, expected, text);
    return value === 0 ? 0 : sign * value;
  });
}

function perChannel(flag: string, help: string, isUsable = (_: number) => true): Option {
  const limit = isUsable(0) ? '' : ', none of them 0';
  const expected = `one number, or one for each channel, joined by commas${limit}`;
  return new Option(`${flag} <numbers>`, help).argParser((text: string) => {
    const numbers = parseNumbers(flag, text, expected);
    if (numbers.length > MAX_CHANNELS || !numbers.every(isUsable)) throw bad(flag, expected, text);
    return numbers;
  });
}

function parseRange(text: string): readonly [number, number] {
  const expected = 'what black and white become, such as 0,255 or -1,1';
  const numbers = parseNumbers('--range', text, expected);
  if (numbers.length !== 2 || numbers[0] === numbers[1]) throw bad('--range', expected, text);
  return numbers as [number, number];
}

/** The flags that say the input format and class order of a model. */
export const formatOptions = (): Option[] => [
  new Option(
    '--layout <name>',
    `axes of the model's images: ` +
      `${layoutNames.map((name) => `${name} (${layouts[name].help})`).join('; ')} (default: found by trying)`,
  ).argParser((name: string) => {
    lookUp(layouts, name, 'layout');
    return name;
  }),
  new Option(
    '--channel-order <order>',
    "the model's colours: RGB, or BGR as OpenCV and Caffe have them (default: found by trying)",
  ).choices(channelOrders),
  new Option(
    '--range <low,high>',
    'what black and white are for the model: 0,1 or 0,255 or -1,1 (default: found by trying)',
  ).argParser(parseRange),
  perChannel('--mean', 'subtracted for the model: one number, or one for each channel, in units of --range'),
  perChannel('--std', 'divided by after that', (n) => n !== 0),
  new Option(
    '--labels <list or file>',
    "the model's classes in its order: names or numbers joined by commas, or a file with one in each " +
      "line (default: the data's order, or found by trying)",
  ),
  outputOption('the only one that fits the data'),
];

/** @param standard what is taken without it */
export const outputOption = (standard: string): Option =>
  new Option(
    '--output <name>',
    `the output that holds the classes, of a model with several (default: ${standard})`,
  );

/** `32x32`: height and width of images of a folder. */
export const resizeOption = (): Option =>
  new Option('--resize <HxW>', 'stretch the images of a folder to this height and width').argParser(
    (text: string) => {
      const match = /^(\d{1,4})x(\d{1,4})$/i.exec(text.trim());
      const size = match ? ([Number(match[1]), Number(match[2])] as const) : undefined;
      if (size?.every((side) => side >= 1)) return size;
      throw bad('--resize', 'height and width such as 224x224', text);
    },
  );

/**
 * The flags as statements.
 * @throws ToolkitError `bad-value` for a list of labels that is none, `file-unreadable`, `file-too-large`
 */
export async function statedByFlags({
  layout,
  channelOrder,
  range,
  mean,
  std,
  labels,
  output,
}: FormatFlags): Promise<StatedFormat> {
  return statedBy(
    {
      ...(layout && { layout }),
      ...(channelOrder && { channelOrder }),
      ...(range && { range: [...range] as [number, number] }),
      ...(mean && { mean: [...mean] }),
      ...(std && { std: [...std] }),
      ...(labels !== undefined && { labels: await labelsOf(labels) }),
      ...(output !== undefined && { output }),
    },
    'given',
  );
}

async function labelsOf(text: string): Promise<(string | number)[]> {
  if (text.includes(',')) return named(text, text.split(','));
  const bytes = await readFileBytes(text, 'a file of labels, or labels joined by commas', LIMIT);
  const content = new TextDecoder().decode(bytes);
  if (/^\s*\[/.test(content)) return fromJson(text, content);
  return named(text, content.trim().split(/\r?\n/));
}

function fromJson(file: string, content: string): (string | number)[] {
  const expected = 'a JSON array of names or numbers';
  try {
    const labels: unknown = JSON.parse(content);
    const isLabel = (label: unknown) =>
      typeof label === 'string' || (Number.isInteger(label) && Number(label) >= 0);
    if (Array.isArray(labels) && labels.every(isLabel)) return labels;
  } catch {
    throw bad('--labels', expected, file);
  }
  throw bad('--labels', expected, file);
}

/** Numbers where all are whole numbers, else names. */
function named(given: string, parts: readonly string[]): (string | number)[] {
  const labels = parts.map((part) => part.trim());
  if (labels.includes('')) throw bad('--labels', 'two or more names or numbers, none of them empty', given);
  return labels.every((label) => /^\d{1,9}$/.test(label)) ? labels.map(Number) : labels;
}
