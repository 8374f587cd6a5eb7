import { lookUp } from '../base/names.js';
import { type Architecture, parseNotation } from './notation.js';

/** A network of the paper, by name. */
export interface NamedArchitecture {
  readonly name: string;
  readonly title: string;
  /** Short, for tables and figures: "VGG-16". */
  readonly label: string;
  /** Layers and cost in words, with where widths come from. */
  readonly help: string;
  readonly source: string;
  /** With every kernel size written out, so that a name means one network whatever the defaults. */
  readonly notation: string;
}

const TABLE = 'Liu et al., Table I (numbers of layers); widths are ours';

const paperMnist: NamedArchitecture = {
  name: 'paper-mnist',
  title: "the paper's MNIST network",
  label: "Paper's MNIST network",
  help:
    '784-C64-C128-F512-10 with 5x5 kernels; 2 convolutional, 2 fully connected, 2 pooling layers, ' +
    '44.6 million multiply-adds',
  source: 'Liu et al., section IV; kernels and pooling are our reading',
  notation: '784-C64k5-C128k5-F512-10',
};

/**
 * Table I gives numbers of layers and nothing else. Kernels are 3x3 as in VGG (Simonyan and Zisserman 2015);
 * of the fully connected layers the last gives the logits. Widths double behind pooling, roughly, and are
 * chosen so that two CPU cores train each in a night; every hidden layer is trained with batch normalization,
 * which is folded away for export (`foldBatchNorm`).
 */
const dnn1: NamedArchitecture = {
  name: 'dnn1',
  title: 'DNN1 of Table I',
  label: 'DNN1',
  help: 'CIFAR-10; 4 convolutional, 2 fully connected, 2 pooling layers, 40.2 million multiply-adds',
  source: TABLE,
  notation: '3x32x32-C32k3b-C32k3b-M-C96k3b-C96k3b-M-F256b-10',
};

const dnn2: NamedArchitecture = {
  name: 'dnn2',
  title: 'DNN2 of Table I',
  label: 'DNN2',
  help: 'CIFAR-10; 6 convolutional, 2 fully connected, 3 pooling layers, 63.9 million multiply-adds',
  source: TABLE,
  notation: '3x32x32-C32k3b-C48k3b-M-C96k3b-C96k3b-M-C128k3b-C128k3b-M-F256b-10',
};

const dnn3: NamedArchitecture = {
  name: 'dnn3',
  title: 'DNN3 of Table I',
  label: 'DNN3',
  help: 'CIFAR-10; 9 convolutional, 2 fully connected, 3 pooling layers, 92.7 million multiply-adds',
  source: TABLE,
  notation: '3x32x32-C32k3b-C32k3b-C32k3b-M-C80k3b-C80k3b-C80k3b-M-C160k3b-C160k3b-C160k3b-M-F256b-10',
};

/**
 * VGG-16's 64, 128, 256, 512, 512 filters times 5/8; its 4096 units belong to images of 224x224 and a
 * thousand classes.
 */
const vgg16: NamedArchitecture = {
  name: 'vgg16',
  title: 'VGG-16, narrowed',
  label: 'VGG-16',
  help:
    'CIFAR-10; 13 convolutional, 3 fully connected, 5 pooling layers of VGG-16 with 5/8 of its ' +
    'filters, 123.0 million multiply-adds',
  source: 'Liu et al., Table I; Simonyan and Zisserman 2015, configuration D; widths are ours',
  notation: [
    '3x32x32',
    'C40k3b-C40k3b-M',
    'C80k3b-C80k3b-M',
    'C160k3b-C160k3b-C160k3b-M',
    'C320k3b-C320k3b-C320k3b-M',
    'C320k3b-C320k3b-C320k3b-M',
    'F320b-F320b-10',
  ].join('-'),
};

/** Every named architecture. A new one is one entry here. */
export const architectures = {
  'paper-mnist': paperMnist,
  dnn1,
  dnn2,
  dnn3,
  vgg16,
} as const satisfies Readonly<Record<string, NamedArchitecture>>;

export type ArchitectureName = keyof typeof architectures;

/**
 * Reads the name of an architecture, or a notation (see `parseNotation`), which begins with a digit.
 *
 * @param kernel default kernel size of a notation; names have kernels of their own
 * @throws ToolkitError `unknown-name` with the nearest, `bad-notation`, `bad-value`
 */
export function parseArchitecture(text: string, kernel?: number): Architecture {
  const isName = /^[a-z]/i.test(text);
  return parseNotation(isName ? lookUp(architectures, text, 'architecture').notation : text, kernel);
}
