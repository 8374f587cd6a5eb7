import { toolkitVersion } from '../../../core/base/toolkit-version.js';
import { type Effort, efforts, suite } from '../../../core/evaluation/attack-suite.js';
import { modelKey } from '../../../core/models/model-under-test.js';
import { contentKey } from '../../store/keys.js';
import type { RunAuditOptions } from './audit-options.js';
import type { Pace } from './throughput.js';

/** Inputs that the whole suite must fit for in the time allowed, even if none is ever fooled. */
const ENOUGH = 16;

/**
 * How thorough an audit is: as asked for, or `full` where its time allows that. What decides is a timing, which differs from run to run;
 * so the choice is kept in the run directory, and an audit that goes on makes the attacks that it began with.
 */
export async function chosenEffort(options: RunAuditOptions, pace: Pace, epsilons: number): Promise<Effort> {
  const { norm, effort = 'auto', seconds, directory, runtime, models } = options;
  if (effort !== 'auto') return effort;
  if (seconds === undefined) return 'full';
  const choose = (): Effort =>
    ENOUGH * pace.worst(suite(norm, 'full'), epsilons) <= seconds ? 'full' : 'quick';
  if (!directory) return choose();
  const key = contentKey({
    toolkit: toolkitVersion,
    engine: `${runtime.name} ${runtime.version} ${runtime.device}`,
    models: models.map(modelKey),
    norm,
    epsilons,
    seconds,
  });
  const step = directory.step('audit-effort', key);
  const kept = (await step.load())?.meta.effort;
  const known = efforts.find((name) => name === kept);
  if (known) return known;
  const chosen = choose();
  await step.commit(new Map(), { effort: chosen });
  return chosen;
}
