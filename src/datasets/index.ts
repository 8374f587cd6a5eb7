import { ToolkitError } from '../errors.js';
import { nearest } from '../names.js';
import type { Dataset } from './dataset.js';
import { loadMnist, type MnistOptions } from './mnist.js';
import { loadNpz, type NpzOptions } from './npz.js';

/** Everything that any data set can be loaded with; each uses what concerns it. */
export type LoadOptions = MnistOptions & NpzOptions;

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
  load(options?: LoadOptions): Promise<Dataset>;
}

/** All data sets. A new one is a file beside this one and an entry here. */
export const datasets: readonly DatasetDescriptor[] = [
  {
    name: 'mnist',
    title: 'MNIST handwritten digits',
    help: '60000 + 10000 grey images of digits, 28 x 28; path: a folder with the four IDX files instead',
    reference: 'LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, 1998',
    needsPath: false,
    load: (options = {}) => loadMnist(options),
  },
  {
    name: 'npz',
    title: 'NumPy archive',
    help: 'your own images; path: an .npz file with the arrays images and labels',
    reference: 'https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html',
    needsPath: true,
    load: (options = {}) => loadNpz(options),
  },
];

/** The data set of this name. @throws ToolkitError 'unknown-name', with the nearest name when one is close */
export function datasetNamed(name: string): DatasetDescriptor {
  const found = datasets.find((descriptor) => descriptor.name === name);
  if (found) return found;
  const known = datasets.map((descriptor) => descriptor.name);
  const near = nearest(name, known);
  throw new ToolkitError('unknown-name', { what: 'data set', name, known, ...(near && { nearest: near }) });
}

/** Loads a data set by name. @throws ToolkitError 'unknown-name' and whatever its loader throws */
export const loadDataset = (name: string, options?: LoadOptions): Promise<Dataset> => datasetNamed(name).load(options);
