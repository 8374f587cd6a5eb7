import { inOrder } from '../models/preprocessing/preprocessing.js';
import type { Candidate } from './candidates.js';
import type { KnownValues } from './known-values.js';
import type { FoundOrder } from './order-search.js';
import { rateOf, screen } from './screening.js';
import type { Sample, StatedFormat } from './stated-format.js';

/**
 * A candidate with blue and red exchanged. Most of what a network has learnt of shapes holds for either
 * order of colours, so that only the two side by side tell which one it was trained in. Undefined where
 * nothing is to be detected.
 */
export function exchanged(
  candidate: Candidate,
  { channelOrder, values }: StatedFormat,
): Candidate | undefined {
  const settled = channelOrder !== undefined || candidate.preprocessing.channelOrder !== undefined;
  return settled || candidate.channels !== 3
    ? undefined
    : candidate.with(blueFirst(candidate.known, values !== undefined));
}

/**
 * @param stated whether somebody said the numbers: then they are in the model's order already, else each
 *   colour keeps its own
 */
function blueFirst(known: KnownValues, stated: boolean): KnownValues {
  const { mean, std, ...values } = known.values;
  const own = (numbers: readonly number[]) => (stated ? numbers : [...numbers].reverse());
  return {
    ...known,
    name: `${known.name}-bgr`,
    values: inOrder({ ...values, mean: own(mean), std: own(std) }, 'BGR'),
    // Believed only where it is clearly better.
    complexity: known.complexity + 1,
  };
}

/** What was found, or the same with blue and red exchanged where that is clearly better. */
export async function betterOf(
  found: FoundOrder,
  other: Candidate,
  {
    sample,
    matched,
    signal,
  }: { readonly sample: Sample; readonly matched: boolean; readonly signal?: AbortSignal | undefined },
): Promise<Pick<FoundOrder, 'candidate' | 'accuracy'>> {
  const best = await screen([found.candidate, other], sample, found.map, { signal });
  if (best.candidate !== other) return found;
  // An order of classes was matched on every second image.
  const hits = matched ? best.hits.filter((_, n) => n % 2 === 1) : best.hits;
  return { candidate: other, accuracy: rateOf(hits) };
}
