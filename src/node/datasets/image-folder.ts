import { basename, join, resolve } from 'node:path';
import { ToolkitError } from '../../core/base/errors.js';
import { type Progress, silent } from '../../core/base/progress.js';
import { type Dataset, type Skipped, type Split, splitOf } from '../../core/data/dataset.js';
import { Problems } from './file-problems.js';
import { findLabelledImages, type LabelledImage } from './folder-layout.js';
import { type Header, readHeader, readPixels, type Target } from './image-decoding.js';
import { FolderWalk } from './image-files.js';

/** Bytes of all pixels together, unless the caller says otherwise: 2 GiB. */
const defaultLimit = 2 ** 31;
/** Number of images that a message lists. */
const mostListed = 20;

export interface ImageFolderOptions {
  /** The folder. */
  readonly path?: string;
  /** [height, width] to which every image is stretched. Without it all must have the same size. */
  readonly size?: readonly [number, number];
  /** 1: grey; 3: red, green, blue. Default: 1 when every image is grey, else 3. */
  readonly channels?: number;
  /** Number of classes of the model, if known: it decides between folders and the folders inside them. */
  readonly modelClasses?: number;
  /**
   * Bytes that all decoded pixels may have together, checked before the first image
   * is decoded. Default 2 GiB.
   */
  readonly limit?: number;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export interface ImageFolder extends Dataset {
  /** Damaged images, which are in no split. */
  readonly skipped: readonly Skipped[];
  readonly stretched: number;
}

/**
 * A data set [1 or 3, H, W] from a folder of PNG, JPEG, WebP, BMP, TIFF, GIF, PPM and AVIF files (of an
 * animation the first picture): with one sub-folder for each class, at the top or in `train`, `test` and
 * `val`, or with files of labels; see `findLabelledImages`.
 *
 * Classes are in the order of their names, or of their numbers if all are whole numbers. Within a split the
 * classes alternate, so that the first images cover all of them. Hidden files and other files are ignored;
 * damaged images are skipped, counted in `source` and listed in `skipped`.
 *
 * @throws ToolkitError 'bad-value', 'file-missing', 'file-unreadable'; 'corrupt-data' naming every problem
 *   (of images at most 20); 'file-too-large' when the pixels need more memory than the limit
 */
export async function loadImageFolder(options: ImageFolderOptions): Promise<ImageFolder> {
  const { path, progress = silent } = options;
  if (path === undefined) {
    const expected = 'a folder with one sub-folder of images for each class';
    throw new ToolkitError('bad-value', { what: 'path of the data set', expected, received: 'nothing' });
  }
  checkOptions(options);
  const problems = new Problems(path);
  const { classNames, train, test, notes } = await findLabelledImages(
    new FolderWalk(path),
    problems,
    options.modelClasses,
  );
  problems.throwIfAny();

  const skipped: Skipped[] = [];
  const headers = await headersOf(path, [...train, ...test], skipped, options);
  const target = targetOf(headers, options);
  const bytes = headers.size * target.channels * target.height * target.width;
  const limit = options.limit ?? defaultLimit;
  if (bytes > limit) throw new ToolkitError('file-too-large', { path, bytes, limit });

  progress.begin(`decoding ${path}`, headers.size, 'images');
  let done = 0;
  const decode = async (images: readonly LabelledImage[]): Promise<Split> => {
    const usable = images.filter((image) => headers.has(image.path));
    const width = target.channels * target.height * target.width;
    const pixels = new Uint8Array(usable.length * width);
    const labels = new Int32Array(usable.length);
    let kept = 0;
    for (const image of usable) {
      options.signal?.throwIfAborted();
      const decoded = await readPixels(join(path, image.path), target);
      if (typeof decoded === 'string') skipped.push({ path: image.path, reason: decoded });
      else {
        pixels.set(decoded, kept * width);
        labels[kept] = image.label;
        kept += 1;
      }
      done += 1;
      progress.advance(done);
    }
    const dims = [target.channels, target.height, target.width] as const;
    const parts = { pixels: pixels.subarray(0, kept * width), labels: labels.subarray(0, kept) };
    return splitOf({ dims, classes: classNames.length, ...parts });
  };
  const splits = { train: await decode(train), test: await decode(test) };
  const count = splits.train.count + splits.test.count;
  if (count === 0) problems.add(`none of ${skipped.length} images can be used: ${listed(skipped)}`);
  problems.throwIfAny();
  const loss =
    skipped.length === 0
      ? ''
      : `; ${skipped.length} of ${count + skipped.length} images skipped: ${listed(skipped)}`;
  progress.end(`${count} images of ${classNames.length} classes${loss}`);
  return {
    name: 'folder',
    title: basename(resolve(path)),
    classes: classNames.length,
    classNames,
    dims: splits.test.dims,
    ...splits,
    source: `${path} (images of your own, nothing is known of their origin${loss})`,
    skipped,
    notes,
    stretched: [...headers.values()].filter(
      ({ height, width }) => height !== target.height || width !== target.width,
    ).length,
  };
}

function checkOptions({ size, channels }: ImageFolderOptions): void {
  const bad = (what: string, expected: string, received: unknown) =>
    new ToolkitError('bad-value', { what, expected, received: String(received) });
  const isSide = (side: number) => Number.isInteger(side) && side >= 1 && side <= 8192;
  if (size && !(size.length === 2 && size.every(isSide)))
    throw bad('size of images', 'two whole numbers from 1 to 8192', size);
  if (channels !== undefined && channels !== 1 && channels !== 3)
    throw bad('channels of images', '1 or 3', channels);
}

async function headersOf(
  path: string,
  images: readonly LabelledImage[],
  skipped: Skipped[],
  { progress = silent, signal }: ImageFolderOptions,
): Promise<Map<string, Header>> {
  const headers = new Map<string, Header>();
  progress.begin(`looking through ${path}`, images.length, 'images');
  for (const [i, image] of images.entries()) {
    signal?.throwIfAborted();
    const header = await readHeader(join(path, image.path));
    if (typeof header === 'string') skipped.push({ path: image.path, reason: header });
    else headers.set(image.path, header);
    progress.advance(i + 1);
  }
  progress.end();
  return headers;
}

/**
 * The size that all images have or get.
 * @throws ToolkitError 'data-mismatch' where no size is stated and they have several
 */
function targetOf(headers: ReadonlyMap<string, Header>, options: ImageFolderOptions): Target {
  const grey = [...headers.values()].every((header) => header.channels === 1);
  const channels = options.channels === 1 || (options.channels === undefined && grey) ? 1 : 3;
  if (options.size) return { channels, height: options.size[0], width: options.size[1] };
  const counts = new Map<string, number>();
  const sizeOf = ({ height, width }: Header) => `${height} x ${width}`;
  for (const header of headers.values()) counts.set(sizeOf(header), (counts.get(sizeOf(header)) ?? 0) + 1);
  const [commonest] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? ['0 x 0'];
  const others = [...headers].filter(([, header]) => sizeOf(header) !== commonest);
  if (others.length > 0) {
    const names = listed(others.map(([name, header]) => ({ path: name, reason: sizeOf(header) })));
    throw new ToolkitError('data-mismatch', {
      what: options.path ?? 'images',
      expected: `images of one size, such as the ${commonest} of most`,
      received: `${others.length} of ${headers.size} of another: ${names}`,
      hint: 'State a size that all are stretched to.',
      option: 'resize',
    });
  }
  const [height, width] = commonest.split(' x ').map(Number) as [number, number];
  return { channels, height, width };
}

function listed(images: readonly Skipped[]): string {
  const first = images.slice(0, mostListed).map(({ path, reason }) => `${path} (${reason})`);
  return first.join(', ') + (images.length > mostListed ? ` and ${images.length - mostListed} more` : '');
}
