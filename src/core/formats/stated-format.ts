import type { Layout } from '../models/preprocessing/layouts.js';
import type { ChannelOrder, Values } from '../models/preprocessing/preprocessing.js';
import type { Tensor } from '../tensor/tensor.js';

/** Something that somebody says of a model. */
export interface Stated<T> {
  readonly value: T;
  /** `shape` where it follows from the input's own type. */
  readonly origin: 'given' | 'sidecar' | 'metadata' | 'shape';
}

/** What is known of a model before it is tried. */
export interface StatedFormat {
  readonly layout?: Stated<Layout>;
  readonly channelOrder?: Stated<ChannelOrder>;
  readonly values?: Stated<Values>;
  /** For each class of the model its name, or the number of the class of the data. */
  readonly labels?: Stated<readonly (string | number)[]>;
  /** Name of the output that holds the classes, of a model with several. */
  readonly output?: Stated<string>;
}

/** Labelled images to try a model on; a few hundred, in random order. */
export interface Sample {
  /** [N, C, H, W] in [0, 1]. */
  readonly images: Tensor<'float32'>;
  /** Classes of the data, N of them. */
  readonly labels: ArrayLike<number>;
  readonly classNames: readonly string[];
}
