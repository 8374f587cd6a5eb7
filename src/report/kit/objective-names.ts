import { findIn } from '../../core/base/names.js';
import { decapitalized } from '../../core/base/text/index.js';
import { objectives } from '../../core/models/objectives/index.js';

/** Name for headings, from the registry of objectives; results of another version may hold unknown ones. */
export const objectiveName = (objective: string): string => findIn(objectives, objective)?.title ?? objective;

/** The name inside a sentence. */
export const objectiveInProse = (objective: string): string => decapitalized(objectiveName(objective));

/** What the objective computes: the first clause of its help. */
export const objectiveHint = (objective: string): string =>
  findIn(objectives, objective)?.help.split('; ')[0] ?? '';
