import type { Tensor } from '../../tensor/tensor.js';
import type { Bounds } from './bounds.js';
import { type Norm, project } from './norms.js';
import { roundInside, wholeSteps } from './rounding.js';

type Floats = Tensor<'float32'>;

/** Where candidates have to stay: what `SweepOptions` says of it. */
interface Confinement {
  readonly attack: { readonly norm: Norm };
  readonly classifier: { readonly bounds: Bounds };
  readonly bounds?: Bounds;
  readonly rounding?: number;
}

/** The budget that an attack can use up: in Linf, of what is rounded, whole steps. */
export const reachOf = (budget: number, { attack, classifier, rounding }: Confinement): number =>
  rounding === undefined || attack.norm !== 'Linf' ? budget : wholeSteps(budget, classifier.bounds, rounding);

/** Candidates as they are judged: inside ball and bounds, and rounded if that is asked for. */
export function confine(
  originals: Floats,
  proposed: Floats,
  size: number,
  { attack, classifier, rounding, bounds: given }: Confinement,
) {
  const { norm } = attack;
  const bounds = given ?? classifier.bounds;
  const inside = project(originals, proposed, norm, size, bounds);
  return rounding === undefined
    ? inside
    : roundInside(originals, inside, { norm, size, bounds, levels: classifier.bounds, steps: rounding });
}

/** Rows of `judged` that differ from their original. */
export function changedRows(originals: Floats, judged: Floats): number[] {
  const width = originals.data.length / originals.dims[0]!;
  return [...Array(originals.dims[0]!).keys()].filter((row) => {
    for (let i = row * width; i < (row + 1) * width; i++)
      if (judged.data[i] !== originals.data[i]) return true;
    return false;
  });
}
