import { ToolkitError } from '../../base/errors.js';
import type { Dim } from '../../onnx/graph.js';

/** How one image lies in the input of a model, behind the batch axis. */
interface LayoutDescriptor {
  readonly help: string;
  readonly channelsLast: boolean;
  /** Axes behind the batch. */
  readonly rank: 1 | 2 | 3;
}

/** The common ones first: of layouts that do equally well the first is taken. */
export const layouts = {
  NCHW: { help: 'channels first, as PyTorch has them', channelsLast: false, rank: 3 },
  NHWC: { help: 'channels last, as TensorFlow has them', channelsLast: true, rank: 3 },
  NHW: { help: 'grey images without an axis for their channel', channelsLast: false, rank: 2 },
  flat: { help: 'one row of numbers, channel after channel', channelsLast: false, rank: 1 },
  'flat-HWC': { help: 'one row of numbers, pixel after pixel', channelsLast: true, rank: 1 },
} as const satisfies Record<string, LayoutDescriptor>;

/** The order of the axes of one image in the input of a model. */
export type Layout = keyof typeof layouts;

export const layoutNames = Object.keys(layouts) as readonly Layout[];

export const layoutOf = (layout: Layout): LayoutDescriptor => layouts[layout];

/** Shape of an image [C, H, W] in a layout, without the batch. */
export function shapeOf(
  layout: Layout,
  [channels, height, width]: readonly [number, number, number],
): number[] {
  const { rank, channelsLast } = layoutOf(layout);
  if (rank === 1) return [channels * height * width];
  // Colours have nowhere to go there; a shape that no model fits.
  if (rank === 2) return channels === 1 ? [height, width] : [];
  return channelsLast ? [height, width, channels] : [channels, height, width];
}

/** Whether a shape is one that an input allows; sizes that it leaves free (symbols) may be any. */
export const fits = (given: readonly Dim[], shape: readonly number[]): boolean =>
  given.length === shape.length &&
  given.every((size, axis) => typeof size === 'string' || size === shape[axis]);

/** [C, H, W] as a model's input suggests them by itself; null where it leaves them open. */
export interface ImageShape {
  readonly channels: 1 | 3 | null;
  /** [height, width]. */
  readonly size: readonly [number, number] | null;
}

/**
 * What images a model takes, as far as the shape of its input tells; for loading images
 * that can be made to fit.
 */
export function imageShapeOf(given: readonly Dim[]): ImageShape {
  const channels = (dim: Dim | undefined): 1 | 3 | null => (dim === 1 || dim === 3 ? (dim as 1 | 3) : null);
  const size = (height: Dim | undefined, width: Dim | undefined) =>
    typeof height === 'number' && typeof width === 'number' ? ([height, width] as const) : null;
  if (given.length === 2) return { channels: 1, size: size(given[0], given[1]) };
  if (given.length !== 3) return { channels: null, size: null };
  const [first, last] = [channels(given[0]), channels(given[2])];
  if (first !== null) return { channels: first, size: size(given[1], given[2]) };
  return { channels: last, size: last === null ? null : size(given[0], given[1]) };
}

/**
 * The layouts in which images fit the input of a model.
 *
 * @param given the input's shape without the batch
 * @param dims [C, H, W] of the images
 * @throws ToolkitError `data-mismatch` when there is none, with what to do
 */
export function fittingLayouts(
  given: readonly Dim[],
  dims: readonly [number, number, number],
  source: string,
): readonly Layout[] {
  const found = layoutNames.filter((layout) => fits(given, shapeOf(layout, dims)));
  // A single channel is first and last at once in a row of numbers.
  const distinct = dims[0] === 1 ? found.filter((layout) => layout !== 'flat-HWC') : found;
  if (distinct.length > 0) return distinct;
  throw new ToolkitError('data-mismatch', {
    what: source,
    expected: `images of [${given.join(', ')}]`,
    received: `[${dims.join(', ')}]`,
    ...adviceFor(given, dims),
  });
}

function adviceFor(
  given: readonly Dim[],
  [channels, height, width]: readonly [number, number, number],
): { readonly hint: string; readonly option?: string } {
  const wanted = imageShapeOf(given);
  if (given.length === 1) {
    return {
      hint:
        `${channels} x ${height} x ${width} are ${channels * height * width} numbers; it needs ` +
        `${given[0]}.`,
    };
  }
  if (wanted.size && String(wanted.size) !== String([height, width])) {
    const [h, w] = wanted.size;
    const hint =
      `Stretch images of a folder to ${h} x ${w} as they are loaded, those of an .npz file ` +
      `before they are saved.`;
    return { hint, option: 'resize' };
  }
  if (wanted.channels !== null && wanted.channels !== channels) {
    const [takes, given] = [wanted.channels, channels].map((n) => (n === 1 ? 'grey' : 'coloured'));
    return { hint: `It takes ${takes} images, these are ${given}.` };
  }
  return { hint: 'Is this the data set that the model was made for?' };
}
