import type { Classifier } from '../models/classifier.js';
import { type ModelUnderTest, modelKey } from '../models/model-under-test.js';

/** Whose gradients a transfer attack follows. */
export interface Source {
  /** Id of the other model, or what was done to this one. */
  readonly name: string;
  readonly classifier: Classifier;
  /** The other model; absent for the attacked one without its defences. */
  readonly model?: ModelUnderTest;
  /** Whether it was trained on the attacked model's answers. */
  readonly substitute?: true;
}

export const UNDEFENDED = 'itself without its defences';
export const SUBSTITUTE = 'a substitute';

/**
 * Every model that is worth following to attack `model`: it takes the same images and has as many classes.
 * All of them have their classes in the order of the data.
 */
export function sourcesFor(model: ModelUnderTest, all: readonly ModelUnderTest[]): Source[] {
  const fits = (other: ModelUnderTest) =>
    other !== model &&
    other.classes === model.classes &&
    String(other.shape.dims) === String(model.shape.dims);
  return [
    ...(model.undefended ? [{ name: UNDEFENDED, classifier: model.undefended }] : []),
    ...all.filter(fits).map((other) => ({ name: other.id, classifier: other, model: other })),
  ];
}

/** What decides which gradient is followed. */
export const sourceKey = ({ model }: Source): string => (model ? modelKey(model) : 'own');
