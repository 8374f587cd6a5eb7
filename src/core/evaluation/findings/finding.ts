import type { Rate } from '../../base/statistics.js';
import type { Evidence, Trial } from '../evidence.js';
import type { Paired } from './compare-trials.js';

/**
 * - `masking`: the model looks more robust than it is, because its gradient is hidden
 * - `unreliable`: an attack or the measurement did not work as it should; success rates are lower bounds at
 *   best
 * - `note`: worth knowing, without influence on the verdict
 */
export const severities = ['masking', 'unreliable', 'note'] as const;
export type Severity = (typeof severities)[number];

export const adviceCodes = [
  'state-input-format',
  'state-batch-size',
  'add-differentiable-model',
  'check-gradient',
  'allow-more-time',
] as const;

/**
 * What to do next as data, where a program that shows the finding can say more than the finding's own
 * sentence: the command line adds its flags, a web page may add a button.
 */
export interface Advice {
  readonly code: (typeof adviceCodes)[number];
  readonly data: Readonly<Record<string, string | number>>;
}

/** What was seen, once. */
export interface Observation {
  readonly severity: Severity;
  /** One or two sentences made from the numbers. */
  readonly text: string;
  readonly numbers: readonly { readonly label: string; readonly rate: Rate }[];
  /** Ids of the trials that show it. */
  readonly trials: readonly string[];
  readonly advice?: Advice;
}

/** A sign that an evaluation does not mean what it seems to mean, as a value. */
export interface FindingKind {
  /** The same as its key in the registry. */
  readonly id: string;
  readonly title: string;
  /** For a reader who does not know gradient masking: what this is and why it matters. */
  readonly explains: string;
  /** Where the literature describes it. */
  readonly source: string;
  /** What to do next, in a sentence without flags or commands. */
  readonly next: string;
  look(evidence: Evidence): readonly Observation[];
}

export interface Finding extends Observation, Pick<FindingKind, 'id' | 'title' | 'source' | 'next'> {}

/** An observation about one trial, or about none. */
export const observed = (
  severity: Severity,
  text: string,
  { label, rate, trial, advice }: { label?: string; rate?: Rate; trial?: Trial; advice?: Advice } = {},
): Observation => ({
  severity,
  text,
  numbers: label !== undefined && rate ? [{ label, rate }] : [],
  trials: trial ? [trial.id] : [],
  ...(advice && { advice }),
});

/** An observation about two trials, each with its rate. */
export const comparedTrials = (
  severity: Severity,
  text: string,
  [first, second]: readonly [Trial, Trial],
  { a, b }: Pick<Paired, 'a' | 'b'>,
): Observation => ({
  severity,
  text,
  numbers: [
    { label: first.id, rate: a },
    { label: second.id, rate: b },
  ],
  trials: [first.id, second.id],
});
