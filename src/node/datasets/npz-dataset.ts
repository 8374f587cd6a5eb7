import { basename } from 'node:path';
import { ToolkitError } from '../../core/base/errors.js';
import { type Dataset, type SplitParts, splitOf } from '../../core/data/dataset.js';
import { readNpz } from '../../core/tensor/npz.js';
import type { Tensor } from '../../core/tensor/tensor.js';
import { readFileBytes } from '../store/files.js';
import { describeWrong, Problems } from './file-problems.js';
import { type Layout, pixelsOf } from './image-arrays.js';

/** Larger labels count as damage, not as a data set with that many classes. */
const mostClasses = 65_536;

export interface NpzOptions {
  /** The `.npz` file. */
  readonly path?: string;
  /** How images are laid out; found by the number of channels (1, 3 or 4) when not given. */
  readonly layout?: Layout;
  /** The number of classes; the largest label plus one when not given. */
  readonly classes?: number;
  readonly classNames?: readonly string[];
  /** Bytes that the file, and all arrays unpacked, may have. */
  readonly limit?: number;
}

interface Raw {
  readonly dims: readonly [number, number, number];
  readonly pixels: Uint8Array | Float32Array;
  readonly labels: Int32Array;
}

/** The names under which the two arrays of a split are looked for; the first pair is the one to write. */
const names = {
  test: [
    ['images', 'labels'],
    ['test_images', 'test_labels'],
    ['x_test', 'y_test'],
  ],
  train: [
    ['train_images', 'train_labels'],
    ['x_train', 'y_train'],
  ],
} as const;

/**
 * A data set from a NumPy `.npz` file.
 *
 * `images` and `labels` are the test images; `train_images` and `train_labels` may be there too (`test_...`,
 * `x_train`, `y_train`, `x_test` and `y_test` are also understood). Images are [N, H, W], [N, C, H, W] or [N,
 * H, W, C], uint8 or floats in [0, 1]; labels are whole numbers, [N] or [N, 1], or one-hot rows [N, classes].
 *
 * @throws ToolkitError 'file-missing', 'file-unreadable', 'file-too-large', 'corrupt-data' naming every
 *   problem of the file
 */
export async function loadNpz(options: NpzOptions): Promise<Dataset> {
  const { path } = options;
  if (path === undefined) {
    throw new ToolkitError('bad-value', {
      what: 'path of the data set',
      expected: 'an .npz file',
      received: 'nothing',
    });
  }
  if (options.classes !== undefined && !(options.classes >= 1 && options.classes <= mostClasses)) {
    const received = String(options.classes);
    throw new ToolkitError('bad-value', {
      what: 'number of classes',
      expected: `1 to ${mostClasses}`,
      received,
    });
  }
  const bytes = await readFileBytes(path, 'an .npz data set', options.limit);
  const limit = options.limit === undefined ? {} : { limit: options.limit };
  const arrays = readNpz(bytes, { source: path, ...limit });

  const problems = new Problems(path);
  const notes: string[] = [];
  const report = { problems, notes };
  const test = rawSplit(arrays, 'test', options.layout, report);
  const train = rawSplit(arrays, 'train', options.layout, report);
  if (!test && !train) {
    problems.add(`no arrays "images" and "labels"; it holds ${[...arrays.keys()].join(', ') || 'nothing'}`);
  }
  if (test && train && String(test.dims) !== String(train.dims)) {
    problems.add(`training images are [${train.dims.join(', ')}], test images [${test.dims.join(', ')}]`);
  }
  const classes = options.classes ?? 1 + Math.max(largest(test?.labels), largest(train?.labels));
  const last = Math.min(classes, mostClasses) - 1;
  for (const split of [test, train]) {
    const wrong = describeWrong(
      split?.labels ?? [],
      (label) => label >= 0 && label <= last,
      `labels are not 0 to ${last}`,
    );
    if (wrong) problems.add(wrong);
  }
  if (options.classNames && options.classNames.length !== classes) {
    problems.add(`${options.classNames.length} class names for ${classes} classes`);
  }
  problems.throwIfAny();

  const dims = (test ?? train)!.dims;
  const none: Raw = { dims, pixels: new Uint8Array(0), labels: new Int32Array(0) };
  const parts = (raw: Raw | undefined): SplitParts => ({ ...(raw ?? none), classes });
  return {
    name: 'npz',
    title: basename(path),
    classes,
    classNames: options.classNames ?? Array.from({ length: classes }, (_, label) => String(label)),
    dims,
    train: splitOf(parts(train)),
    test: splitOf(parts(test)),
    source: path,
    ...(notes.length > 0 && { notes }),
  };
}

/** Undefined when the file has no such split, or one whose problems are now in `problems`. */
function rawSplit(
  arrays: ReadonlyMap<string, Tensor>,
  which: keyof typeof names,
  layout: Layout | undefined,
  { problems, notes }: { readonly problems: Problems; readonly notes: string[] },
): Raw | undefined {
  const pair = names[which].find(([images, labels]) => arrays.has(images) || arrays.has(labels));
  if (!pair) return undefined;
  const [imagesName, labelsName] = pair;
  const [images, labels] = [arrays.get(imagesName), arrays.get(labelsName)];
  if (!images || !labels) {
    problems.add(
      `"${images ? imagesName : labelsName}" has no "${images ? labelsName : imagesName}" beside it`,
    );
    return undefined;
  }
  const pixels = pixelsOf(images, layout);
  const classes = labelsOf(labels);
  if (typeof classes !== 'string' && isTable(labels)) {
    notes.push(`${labelsName} are one-hot rows of ${labels.dims[1]}: the class is the largest entry of each`);
  }
  if (typeof pixels === 'string') problems.add(`${imagesName}: ${pixels}`);
  if (typeof classes === 'string') problems.add(`${labelsName}: ${classes}`);
  if (images.dims[0] !== labels.dims[0]) {
    problems.add(`${images.dims[0]} ${imagesName}, but ${labels.dims[0]} ${labelsName}`);
  }
  if (typeof pixels === 'string' || typeof classes === 'string') return undefined;
  return { ...pixels, labels: classes };
}

const isTable = ({ dims }: Tensor): boolean => dims.length === 2 && dims[1] !== 1;

function labelsOf(labels: Tensor): Int32Array | string {
  const { dtype, dims, data } = labels;
  if (dtype === 'string') return 'labels must be whole numbers (int64 for example), not text';
  if (dims.length !== 1 && dims.length !== 2) {
    return `labels must be [N], or one-hot rows [N, classes], not [${dims.join(', ')}]`;
  }
  const numbers = Float64Array.from(data as ArrayLike<number | bigint>, Number);
  if (isTable(labels)) return largestOfRows(numbers, dims[1] ?? 0);
  const wrong = describeWrong(numbers, Number.isInteger, 'labels are not whole numbers');
  if (wrong) return wrong;
  // Clamped, so that a label beyond 32 bits is out of range and does not wrap to a valid one.
  return Int32Array.from(numbers, (label) => Math.min(Math.max(label, -1), mostClasses));
}

/** Rows of one 1 among zeros, or of probabilities; or what is wrong with them. */
function largestOfRows(numbers: Float64Array, classes: number): Int32Array | string {
  const labels = new Int32Array(classes === 0 ? 0 : numbers.length / classes);
  for (const n of labels.keys()) {
    const row = numbers.subarray(n * classes, (n + 1) * classes);
    const sum = row.reduce((total, value) => total + value, 0);
    if (!(Math.abs(sum - 1) < 1e-3) || row.some((value) => value < 0)) {
      return (
        `row ${n} of the labels is not one-hot: its sum is ${sum}, expected 1; ` +
        'labels are [N], or one-hot rows [N, classes]'
      );
    }
    labels[n] = row.indexOf(Math.max(...row));
  }
  return labels;
}

function largest(labels: Int32Array | undefined): number {
  return labels ? labels.reduce((most, label) => Math.max(most, label), 0) : 0;
}
