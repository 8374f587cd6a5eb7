import type { LabelMap } from '../models/class-order.js';
import type { TiedFormat } from '../models/preprocessing/input-format.js';
import type { Preprocessing } from '../models/preprocessing/preprocessing.js';
import type { Candidate } from './candidates.js';
import { equallyGood, hitsIn, rateOf } from './screening.js';
import type { Sample } from './stated-format.js';

/** p value of the exact McNemar test from which on two formats are not told apart; that of the choice. */
const INDISTINCT = 0.05;

/**
 * Formats that the images do not tell from the one that was chosen: what is measured under the chosen one
 * may not hold under the true one, above all where a budget means another size to the model.
 *
 * @param chance accuracy of always naming the commonest class; what is no better is no format
 */
export function tiedFormats(
  chosen: Candidate,
  candidates: readonly Candidate[],
  sample: Sample,
  { map, chance }: { readonly map: LabelMap; readonly chance: number },
): TiedFormat[] {
  return candidates.flatMap((candidate) => {
    const count = Math.min(candidate.predictions.length, chosen.predictions.length);
    if (candidate === chosen || count === 0) return [];
    const [hits, own] = [candidate, chosen].map((each) => hitsIn(map, each, sample, count));
    if (!hits || !own || equallyGood(hits, own) < INDISTINCT) return [];
    const accuracy = rateOf(hits);
    if ((accuracy.value ?? 0) <= chance) return [];
    const { known, preprocessing } = candidate;
    const budgetRatio = gainOf(preprocessing) / gainOf(chosen.preprocessing);
    return [
      { name: known.name, title: known.title, preprocessing, accuracy, chosen: rateOf(own), budgetRatio },
    ];
  });
}

/** By how much a change of a pixel grows on its way into the model, on average over the channels. */
const gainOf = ({ scale, std }: Preprocessing): number =>
  std.reduce((sum, deviation) => sum + Math.abs(scale / deviation), 0) / std.length;
