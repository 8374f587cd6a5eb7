import type { Rate } from '../../base/statistics.js';
import type { LabelMap } from '../class-order.js';
import type { Head } from '../logits-head.js';
import type { Preprocessing } from './preprocessing.js';

/**
 * Who said it: the user, a file beside the model, the model's own metadata; or it follows from the
 * shapes; or it was tried.
 */
export const origins = ['given', 'sidecar', 'metadata', 'shape', 'guessed'] as const;
export type Origin = (typeof origins)[number];

/** An input format that was tried. */
export interface FormatCandidate {
  readonly name: string;
  readonly title: string;
  readonly preprocessing: Preprocessing;
  /**
   * With the classes in the order that was chosen in the end; clearly worse ones are
   * measured on fewer images.
   */
  readonly accuracy: Rate;
}

/** A format that the images do not tell from the one that was chosen. */
export interface TiedFormat extends FormatCandidate {
  /** Accuracy of the chosen format on the same images. */
  readonly chosen: Rate;
  /** How many times larger a change of an image is for the model in this format than in the chosen one. */
  readonly budgetRatio: number;
}

/** A class of the data whose name several classes of the model have. */
export interface SharedClassName {
  readonly name: string;
  /** Classes of the model with this name. */
  readonly places: readonly number[];
  /** The one that is predicted most for images of the class. */
  readonly taken: number;
}

/** Which numbers of a model are its classes, and what they are. */
export interface OutputFormat {
  /** The output that holds them; null where the file has no other. */
  readonly name: string | null;
  readonly origin: Origin;
  /** The other outputs of the file. */
  readonly others: readonly string[];
  readonly head: Head;
  /** Whether the file has one number for two classes. */
  readonly single: boolean;
}

/** The input format and the class order of a model, and how they are known. */
export interface Format {
  readonly preprocessing: Preprocessing;
  readonly title: string;
  /** For each class of the data the class of the model. */
  readonly labelMap: LabelMap;
  /** Classes of the model. */
  readonly classes: number;
  readonly output: OutputFormat;
  readonly origins: Readonly<Record<'layout' | 'channelOrder' | 'values' | 'labels', Origin>>;
  /**
   * With all that was chosen; where the order of classes was guessed, on images that it was not guessed from.
   */
  readonly accuracy: Rate;
  /** With the classes in the data's own order, where another was guessed. */
  readonly accuracyInDataOrder: Rate | null;
  /** Accuracy of always naming the commonest class of the sample. */
  readonly chance: number;
  /** Whether the interval of the accuracy lies above chance: if not, everything guessed here is worthless. */
  readonly aboveChance: boolean;
  readonly candidates: readonly FormatCandidate[];
  /** Of the candidates, those that the images do not tell from the chosen one; in doubt, any may be true. */
  readonly tied: readonly TiedFormat[];
  /** Names that several classes of the model have. */
  readonly sharedNames: readonly SharedClassName[];
}
