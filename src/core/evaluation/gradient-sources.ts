import { withClassOrder } from '../models/class-order.js';
import type { Classifier } from '../models/classifier.js';
import { classOrder, type Subject, subjectKey } from './subject.js';

/** Whose gradients a transfer attack follows. */
export interface Source {
  /** Id of the other model, or what was done to this one. */
  readonly name: string;
  /** Counts classes as the attacked model does. */
  readonly classifier: Classifier;
  /** The other model; absent for the attacked one without its defences. */
  readonly subject?: Subject;
  /** Where the other model counts its classes differently: for each class of the attacked model, its own. */
  readonly order?: readonly number[];
}

export const UNDEFENDED = 'itself without its defences';

/** Every model that is worth following to attack `subject`: it takes the same images and has as many classes, in whichever order. */
export function sourcesFor(subject: Subject, all: readonly Subject[]): Source[] {
  const fits = (other: Subject) =>
    other !== subject &&
    other.classifier.classes === subject.classifier.classes &&
    String(other.classifier.shape.dims) === String(subject.classifier.shape.dims);
  return [
    ...(subject.undefended ? [{ name: UNDEFENDED, classifier: subject.undefended }] : []),
    ...all.filter(fits).map((other) => counted(other, subject)),
  ];
}

/** A model as one that counts its classes as another one does. */
function counted(other: Subject, { classifier, format }: Subject): Source {
  const named = { name: other.id, subject: other };
  if (String(other.format.labelMap) === String(format.labelMap))
    return { ...named, classifier: other.classifier };
  const own = classOrder(other);
  const order = new Array<number>(classifier.classes);
  classOrder({ classifier, format }).forEach((k, place) => {
    order[k] = own[place]!;
  });
  const model = withClassOrder(other.classifier.model, order);
  return { ...named, classifier: other.classifier.as(model), order };
}

/** What decides which gradient is followed. */
export const sourceKey = ({ subject, order }: Source): string =>
  subject ? [subjectKey(subject), ...(order ? [order.join(' ')] : [])].join(', classes ') : 'own';

/** Frees what was made for the sources alone. */
export async function releaseSources(sources: Iterable<readonly Source[]>): Promise<void> {
  for (const source of [...sources].flat()) if (source.order) await source.classifier.release();
}
