import { ToolkitError } from '../../core/base/errors.js';
import type { Progress } from '../../core/base/progress.js';
import type { Dataset } from '../../core/data/dataset.js';
import type { LoadedModel } from '../../core/models/load-model.js';
import { imageShapeOf } from '../../core/models/preprocessing/layouts.js';
import { type LoadOptions, locateDataset } from '../datasets/index.js';

/** Which data, and how they are loaded. */
export interface DataChoice {
  /** A name, or a path. */
  readonly dataset: string;
  /** The path that a data set of this name needs. */
  readonly path?: string;
  /** [height, width] that images of a folder are stretched to; default: what the model takes. */
  readonly resize?: readonly [number, number];
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/**
 * Loads the data set that was chosen.
 * @throws ToolkitError `nothing-to-do` for a path that is said twice, or not at all, and whatever the loader throws
 */
export async function loadChosen(
  { dataset, path: given, progress, signal }: DataChoice,
  more: LoadOptions = {},
): Promise<Dataset> {
  const { descriptor, path: located } = await locateDataset(dataset);
  if (located !== undefined && given !== undefined) {
    const what = `The data set ${dataset} is a path already`;
    throw new ToolkitError('nothing-to-do', { what, hint: 'One path is enough.', option: 'path' });
  }
  const path = located ?? given;
  if (descriptor.needsPath && path === undefined) {
    throw new ToolkitError('nothing-to-do', {
      what: `The data set ${dataset} needs a path`,
      hint: `${descriptor.title}: ${descriptor.help}.`,
      option: 'path',
    });
  }
  return descriptor.load({
    ...more,
    ...(path !== undefined && { path }),
    ...(progress && { progress }),
    ...(signal && { signal }),
  });
}

/**
 * Loads data for a model whatever it is: in the size and with the channels that its input suggests. Images of a folder are
 * stretched to that size, as they come in all sizes.
 *
 * @throws ToolkitError `nothing-to-do` for a size where nothing can be resized, and as `loadChosen`
 */
export async function loadDataFor(
  { model }: Pick<LoadedModel, 'model'>,
  choice: DataChoice,
): Promise<Dataset> {
  const { channels, size } = imageShapeOf(model.graph.inputs[0]?.type?.dims?.slice(1) ?? []);
  const { descriptor } = await locateDataset(choice.dataset);
  if (choice.resize && descriptor.name !== 'folder') {
    const what = `A size for images of ${descriptor.title}`;
    throw new ToolkitError('nothing-to-do', {
      what,
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
  const { source, dims, classes } = expected;
  // Grey images for a model of colours, and the other way round, have one obvious meaning.
  const channels = (dims[0] === 1 || dims[0] === 3) && { channels: dims[0] };
  const loaded = await loadChosen(choice, { classes, ...channels });
  const mismatch = (wanted: string, received: string) =>
    new ToolkitError('data-mismatch', {
      what: source,
      expected: wanted,
      received: `${received} from ${loaded.title}`,
    });
  if (String(loaded.dims) !== String(dims))
    throw mismatch(`images of [${dims}]`, `images of [${loaded.dims}]`);
  if (loaded.classes !== classes) throw mismatch(`${classes} classes`, `${loaded.classes} classes`);
  return loaded;
}
