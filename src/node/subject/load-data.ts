import { ToolkitError } from '../../core/base/errors.js';
import { naming } from '../../core/base/naming.js';
import type { Progress } from '../../core/base/progress.js';
import type { Dataset } from '../../core/data/dataset.js';
import { imageShapeOf } from '../../core/models/preprocessing/layouts.js';
import type { Dim } from '../../core/onnx/graph.js';
import { datasets, type LoadOptions, type Located, locateDataset } from '../datasets/index.js';

/** Which data, and how they are loaded. */
export interface DataChoice {
  /** A name, or the path of an `.npz` file or a folder. */
  readonly data: string;
  /** The path that a data set of this name needs. */
  readonly dataPath?: string | undefined;
  /** [height, width] that images of a folder are stretched to; default: what the model takes. */
  readonly resize?: readonly [number, number] | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Loads the data set that was chosen.
 * @throws ToolkitError `nothing-to-do` for a path that is named twice, or not at all, and
 *   whatever the loader throws
 */
export async function loadChosen(choice: DataChoice, more: LoadOptions = {}): Promise<Dataset> {
  const { data, dataPath, progress, signal } = choice;
  const { descriptor, path: located } = await locateChosen(choice);
  if (located !== undefined && dataPath !== undefined && located !== dataPath) {
    throw new ToolkitError('nothing-to-do', {
      what: `The data set ${data} is a path itself and needs no other`,
      hint: 'Name one path, or a data set and its path.',
      option: 'dataPath',
    });
  }
  const path = located ?? dataPath;
  if (descriptor.needsPath && path === undefined) {
    throw new ToolkitError('nothing-to-do', {
      what: `The data set ${data} needs a path`,
      hint: `${descriptor.title}: ${descriptor.help}.`,
      option: 'dataPath',
    });
  }
  return naming(
    path ?? descriptor.title,
    () =>
      descriptor.load({
        ...more,
        ...(path !== undefined && { path }),
        ...(progress && { progress }),
        ...(signal && { signal }),
      }),
    signal,
  );
}

/**
 * Where the data are. A path beside MNIST, which is what programs assume where no data set is named, may be
 * data of any kind.
 */
async function locateChosen({ data, dataPath }: DataChoice): Promise<Located> {
  if (data !== datasets.mnist.name || dataPath === undefined) return locateDataset(data);
  return locateDataset(dataPath);
}

/**
 * Loads data for a model whatever it is: in the size and with the channels that its input suggests. Images of
 * a folder are stretched to that size, as they come in all sizes.
 *
 * @param input the shape of one image as the model takes it
 * @throws ToolkitError `nothing-to-do` for a size where nothing can be resized, and as `loadChosen`
 */
export async function loadDataFor(input: readonly Dim[], choice: DataChoice): Promise<Dataset> {
  const { channels, size } = imageShapeOf(input);
  const { descriptor } = await locateChosen(choice);
  if (choice.resize && descriptor.name !== 'folder') {
    throw new ToolkitError('nothing-to-do', {
      what: `A size for images of ${descriptor.title}`,
      hint: 'Only the images of a folder can be resized.',
      option: 'resize',
    });
  }
  const wanted = choice.resize ?? size;
  return loadChosen(choice, { ...(channels && { channels }), ...(wanted && { size: wanted }) });
}

/** What a model that is yet to be trained expects of its data. */
export interface Expected {
  /** How messages name the model. */
  readonly source: string;
  /** [C, H, W]. */
  readonly dims: readonly number[];
  readonly classes: number;
}

/**
 * Loads data for a model that takes images [N, C, H, W] in [0, 1] and has as many classes.
 * @throws ToolkitError `data-mismatch` when images or classes do not fit, and as `loadChosen`
 */
export async function loadDataOf(expected: Expected, choice: DataChoice): Promise<Dataset> {
  const { dims, classes } = expected;
  // Grey images for a model of colours, and the other way round, have one obvious meaning.
  const channels = (dims[0] === 1 || dims[0] === 3) && { channels: dims[0] };
  const data = await loadChosen(choice, { classes, ...channels });
  assertFits(data, expected);
  return data;
}

/** @throws ToolkitError `data-mismatch` when images or classes do not fit */
export function assertFits(data: Dataset, { source, dims, classes }: Expected): void {
  const mismatch = (wanted: string, received: string) =>
    new ToolkitError('data-mismatch', {
      what: source,
      expected: wanted,
      received: `${received} from ${data.title}`,
    });
  if (String(data.dims) !== String(dims)) throw mismatch(`images of [${dims}]`, `images of [${data.dims}]`);
  if (data.classes !== classes) throw mismatch(`${classes} classes`, `${data.classes} classes`);
}
