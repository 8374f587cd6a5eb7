import {
  type Descriptors,
  integer,
  type NumberParameter,
  number,
  type ParametersOf,
  type ParameterValues,
} from '../base/parameters.js';
import type { Random } from '../base/random.js';
import { type Tensor, tensor } from '../tensor/tensor.js';

type Images = Tensor<'float32'>;

/** What an adversary is given for one batch; P are the values of its parameters. */
export interface CraftContext<P = ParameterValues> {
  /** [N, C, H, W] in [0, 1]; they stay as they are. */
  readonly images: Images;
  /** Bound of each element's change at this point of the training, in input units. */
  readonly epsilon: number;
  /** Every parameter of the adversary, checked. */
  readonly parameters: P;
  /** Decides everything that is random; the same stream gives the same images. */
  readonly random: Random;
  /**
   * Gradient of the true labels' loss under the current weights, at images of the same shape and order.
   */
  gradient(images: Images): Promise<Float32Array>;
}

/** Parameters of an adversary: those that every one has in common, where it has any, and its own. */
export type AdversaryDescriptors = Descriptors & {
  readonly epsilon?: NumberParameter;
  readonly 'warm-up'?: NumberParameter;
};

/**
 * An approximate solver of the inner maximization of adversarial training (Madry et al. 2018, Eq. 2.1),
 * run on each batch.
 */
export interface Adversary<D extends AdversaryDescriptors = AdversaryDescriptors> {
  readonly name: string;
  readonly title: string;
  readonly help: string;
  readonly source: string;
  /**
   * By name, in the order in which they are written; the first is epsilon, which is written without its
   * name. All adversaries have `epsilon` and `warm-up`.
   */
  readonly parameters: D;
  /**
   * So few steps that a network can overfit to them (catastrophic overfitting); training then checks for it
   * (`overfitting.ts`).
   */
  readonly singleStep?: true;
  /**
   * Images within epsilon of the given ones and in [0, 1]. Absent where images stay as they are, at no cost.
   */
  craft?(context: CraftContext<ParametersOf<D>>): Promise<Images>;
}

/** An adversary whose function knows the types of its parameters. */
const defineAdversary = <const D extends AdversaryDescriptors, A extends Adversary<D>>(
  adversary: A & Adversary<D>,
): A => adversary;

const epsilon = number({
  help: 'largest change of each input element',
  unit: 'input units',
  default: 0.3,
  minimum: 0,
  maximum: 1,
  source: 'Madry et al. 2018, section 5, for MNIST; 8/255 for photographs',
});

const warmUp = number({
  help:
    'share of the training in which epsilon rises from 0 along a straight line; without it a small network ' +
    'may stay on the plateau of one answer for all images, 11 % on MNIST at 0.3',
  unit: 'fraction',
  default: 0.25,
  minimum: 0,
  maximum: 1,
  source: 'Gowal et al. 2018, "On the Effectiveness of Interval Bound Propagation", for the straight line',
});

const reach = (initial: number, source: string) =>
  number({
    help: 'length of all steps together, in multiples of epsilon',
    unit: 'epsilons',
    default: initial,
    minimum: 0,
    maximum: 100,
    source,
  });

const none: Adversary = defineAdversary({
  name: 'none',
  title: 'no adversary',
  help: 'images as they are',
  source: 'none',
  parameters: {},
});

const fgsmRs = defineAdversary({
  name: 'fgsm-rs',
  title: 'one step from a random start',
  help:
    'a random point of the ball, one step along the sign of the gradient, and back into the ball; one ' +
    'gradient for each batch, but a network may learn to defeat the single step alone, which ends the ' +
    'training with a message',
  source:
    'Wong, Rice and Kolter 2020, "Fast is better than free: Revisiting adversarial training", Algorithm 3',
  parameters: {
    epsilon,
    reach: reach(1.25, 'Wong, Rice and Kolter 2020'),
    'warm-up': warmUp,
  },
  singleStep: true,
  /** See `Adversary.craft`. */
  craft: (context) => climb(context, 1),
});

const pgd = defineAdversary({
  name: 'pgd',
  title: 'projected gradient descent',
  help:
    'a random point of the ball and several steps along the sign of the gradient, each followed by the ' +
    'projection; one gradient for each step',
  source: 'Madry et al. 2018, "Towards Deep Learning Models Resistant to Adversarial Attacks", section 2.1',
  parameters: {
    epsilon,
    steps: integer({
      help: 'gradients for each batch',
      unit: 'steps',
      default: 7,
      minimum: 1,
      maximum: 1000,
      source: 'Madry et al. 2018, section 5 (7 for CIFAR-10, 40 for MNIST)',
    }),
    reach: reach(
      2.5,
      'Madry et al. 2018, section 5: 2.5 epsilon / steps, far enough for any point of the ball',
    ),
    'warm-up': warmUp,
  },
  /** See `Adversary.craft`. */
  craft: (context) => climb(context, context.parameters.steps),
});

/** Every adversary by name. A new one is one entry here. */
export const adversaries = {
  none,
  'fgsm-rs': fgsmRs,
  pgd,
} as const satisfies Readonly<Record<string, Adversary>>;

export type AdversaryName = keyof typeof adversaries;

/**
 * From a point drawn uniformly from the ball, steps of `reach * epsilon / steps` along the sign of the
 * gradient, each followed by the projection onto ball and bounds. Elements whose gradient is exactly zero
 * do not move: `sign(0) = 0`.
 */
async function climb(context: CraftContext<{ readonly reach: number }>, steps: number): Promise<Images> {
  const { images, epsilon: radius, parameters, random } = context;
  const { dims, data: centre } = images;
  const inside = (value: number, i: number) => {
    const x = centre[i]!;
    return Math.min(1, x + radius, Math.max(0, x - radius, value));
  };
  const point = centre.map((x, i) => inside(x + radius * (2 * random.uniform() - 1), i));
  const length = (parameters.reach * radius) / steps;
  for (let step = 0; step < steps; step += 1) {
    const gradient = await context.gradient(tensor('float32', dims, point));
    for (let i = 0; i < point.length; i += 1)
      point[i] = inside(point[i]! + length * Math.sign(gradient[i]!), i);
  }
  return tensor('float32', dims, point);
}
