import { ToolkitError } from '../base/errors.js';
import { lookUp } from '../base/names.js';
import { joinName, readParameters, splitCombined, splitName } from '../base/parameter-text.js';
import { type Descriptors, integer, type ParametersOf } from '../base/parameters.js';
import type { Random } from '../base/random.js';
import { type Tensor, tensor } from '../tensor/tensor.js';

type Images = Tensor<'float32'>;

/** A random change of training images that leaves their labels true. */
export interface Augmentation<D extends Descriptors = Descriptors> {
  readonly name: string;
  readonly title: string;
  readonly help: string;
  readonly source: string;
  readonly parameters: D;
  /**
   * A pure function: the images that come in stay as they are.
   * @param images [N, C, H, W]; each image has draws of its own, which its channels share
   * @param random decides everything; the same stream gives the same images
   */
  apply(images: Images, parameters: ParametersOf<D>, random: Random): Images;
}

/** An augmentation whose function knows the types of its parameters. */
const defineAugmentation = <const D extends Descriptors>(augmentation: Augmentation<D>) => augmentation;

const none = defineAugmentation({
  name: 'none',
  title: 'no augmentation',
  help: 'images as they are',
  source: 'none',
  parameters: {},
  apply: (images) => images,
});

const shift = defineAugmentation({
  name: 'shift',
  title: 'random translation',
  help: 'by up to so many pixels in each direction, filled with 0; what others call padding and random crop',
  source: 'Lee et al. 2015 and He et al. 2016, section 4.2: padding of 4 and a crop of the old size',
  parameters: {
    pixels: integer({
      help: 'largest distance along each axis',
      unit: 'pixels',
      default: 2,
      minimum: 1,
      maximum: 64,
      source:
        'for digits, which MNIST centres in a margin of 4 pixels; 4 for photographs of 32x32 as ' +
        'He et al. 2016',
    }),
  },
  apply({ dims, data }, { pixels: most }, random) {
    const [count, channels, height, width] = dims as readonly [number, number, number, number];
    const moved = new Float32Array(data.length);
    const plane = height * width;
    for (let n = 0; n < count; n += 1) {
      const down = random.integer(2 * most + 1) - most;
      const right = random.integer(2 * most + 1) - most;
      const length = width - Math.abs(right);
      if (length <= 0) continue;
      const [from, to] = [Math.max(0, -right), Math.max(0, right)];
      const [first, end] = [Math.max(0, down), Math.min(height, height + down)];
      for (let c = 0; c < channels; c += 1) {
        const start = (n * channels + c) * plane;
        for (let y = first; y < end; y += 1) {
          const source = start + (y - down) * width + from;
          moved.set(data.subarray(source, source + length), start + y * width + to);
        }
      }
    }
    return tensor('float32', dims, moved);
  },
});

const flip = defineAugmentation({
  name: 'flip',
  title: 'random reflection',
  help: 'left and right change places with probability 1/2; not for digits and letters',
  source: 'Krizhevsky et al. 2012, section 4.1',
  parameters: {},
  apply({ dims, data }, _parameters, random) {
    const [count, , , width] = dims as readonly [number, number, number, number];
    const flipped = data.slice();
    const size = count > 0 ? data.length / count : 0;
    for (let n = 0; n < count; n += 1) {
      if (random.integer(2) === 0) continue;
      for (let row = n * size; row < (n + 1) * size; row += width)
        flipped.subarray(row, row + width).reverse();
    }
    return tensor('float32', dims, flipped);
  },
});

/** Every augmentation by name. A new one is one entry here. */
export const augmentations = { none, shift, flip } as const satisfies Readonly<Record<string, Augmentation>>;

export type AugmentationName = keyof typeof augmentations;

/** One or more augmentations with their parameters, as plans and the command line write them. */
export interface AugmentationChoice {
  /** With every parameter written out: `flip+shift:4`, `none`. */
  readonly text: string;
  /** One after the other, in the order of the text. The images that come in stay as they are. */
  apply(images: Images, random: Random): Images;
}

/**
 * Reads `shift:2`, `flip+shift:4` or `none`.
 * @throws ToolkitError `unknown-name` or `bad-value`
 */
export function parseAugmentation(text: string): AugmentationChoice {
  const parts = splitCombined(text).map(parsePart);
  const names = parts.map(({ augmentation }) => augmentation.name);
  if (new Set(names).size < names.length || (names.length > 1 && names.includes('none'))) {
    const expected = 'each augmentation once, and "none" alone, such as flip+shift:4';
    throw new ToolkitError('bad-value', { what: 'augmentation', expected, received: `"${text}"` });
  }
  return {
    text: parts.map((part) => part.text).join('+'),
    apply: (images, random) =>
      parts.reduce(
        (changed, { augmentation, values }) => augmentation.apply(changed, values, random),
        images,
      ),
  };
}

function parsePart(part: string) {
  const named = splitName(part);
  const augmentation = lookUp<Augmentation>(augmentations, named.name, 'augmentation');
  const { values, text } = readParameters(named, augmentation.parameters);
  return { augmentation, values, text: joinName(named.name, text) };
}
