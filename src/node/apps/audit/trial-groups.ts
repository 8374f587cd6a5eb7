import { costOf, type UnitCosts } from '../../../core/evaluation/attack-suite.js';
import type { ModelTrial } from '../../../core/evaluation/model-trials.js';

/** Seconds that one trial takes for one input in the worst case. */
export const secondsOf = ({ planned }: ModelTrial, epsilons: number, speed: UnitCosts): number =>
  costOf([planned], 1, epsilons, speed);

/**
 * The trials of a model in groups that are a step each, so that what is finished is kept: none takes longer
 * than `most` seconds in the worst case, but a single trial that does.
 *
 * @param seconds of each trial in the worst case
 * @returns positions of the trials, in their order
 */
export function trialGroups(seconds: readonly number[], most: number): number[][] {
  const groups: number[][] = [];
  let sum = Number.POSITIVE_INFINITY;
  for (const [i, needed] of seconds.entries()) {
    sum += needed;
    if (sum > most) {
      groups.push([]);
      sum = needed;
    }
    groups.at(-1)?.push(i);
  }
  return groups.length > 0 ? groups : [[]];
}
