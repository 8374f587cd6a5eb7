import type { Rate } from '../../base/statistics.js';
import type { Evidence } from '../evidence.js';

/**
 * - `masking`: the model looks more robust than it is, because its gradient is hidden
 * - `unreliable`: an attack or the measurement did not work as it should; success rates are lower bounds at best
 * - `note`: worth knowing, with no say in the verdict
 */
export const severities = ['masking', 'unreliable', 'note'] as const;
export type Severity = (typeof severities)[number];

/** What was seen, once. */
export interface Observation {
  readonly severity: Severity;
  /** One or two sentences made from the numbers. */
  readonly text: string;
  readonly numbers: readonly { readonly label: string; readonly rate: Rate }[];
  /** Ids of the trials that show it. */
  readonly trials: readonly string[];
}

/** A sign that an evaluation does not mean what it seems to mean, as a value. */
export interface FindingKind {
  readonly id: string;
  readonly title: string;
  /** For someone who has never heard of gradient masking: what this is and why it matters. */
  readonly explains: string;
  /** Where the literature describes it. */
  readonly source: string;
  /** What to do next. */
  readonly next: string;
  look(evidence: Evidence): readonly Observation[];
}

export interface Finding extends Observation {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly next: string;
}
