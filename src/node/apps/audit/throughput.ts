import { costOf, type PlannedAttack } from '../../../core/evaluation/attack-suite.js';
import type { MetaOf } from '../../work/kinds/index.js';

/** How fast a model is, and how many other gradients it is attacked with. */
export type Throughput = MetaOf<'throughput'> & { readonly sources: number };

/** Seconds for one input through a suite on all models, if no input is ever fooled. */
export const worstCase = (
  models: readonly Throughput[],
  planned: readonly PlannedAttack[],
  epsilons: number,
): number => models.reduce((sum, costs) => sum + costOf(planned, costs.sources, epsilons, costs), 0);
