import { type Effort, suite } from '../../../core/evaluation/attack-suite.js';
import type { RunAuditOptions } from './audit-options.js';
import { type Throughput, worstCase } from './throughput.js';

/** Inputs that the whole suite must fit for in the time allowed, even if none is ever fooled. */
const MIN_INPUTS = 16;

/** How thorough an audit is: as asked for, or `full` where its time allows that. */
export function chosenEffort(
  { norm, effort = 'auto', seconds }: Pick<RunAuditOptions, 'norm' | 'effort' | 'seconds'>,
  models: readonly Throughput[],
  epsilons: number,
): Effort {
  if (effort !== 'auto') return effort;
  if (seconds === undefined) return 'full';
  return MIN_INPUTS * worstCase(models, suite(norm, 'full'), epsilons) <= seconds ? 'full' : 'quick';
}
