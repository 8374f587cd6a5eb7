import type { Evidence } from '../evidence.js';
import { type Finding, type FindingKind, severities } from './finding.js';
import { lossDependence, saturation, zeroGradients } from './gradient-findings.js';
import {
  chance,
  doesNothing,
  noGradient,
  notMonotone,
  probabilities,
  randomness,
  silentSuccess,
  unbounded,
} from './protocol-findings.js';
import { blackBox, noBetterThanNoise, noise, oneStep, transfer, unconverged } from './strength-findings.js';

export { type OverallVerdict, overall, overallVerdicts, type Summary } from '../verdict.js';
export { type Finding, type FindingKind, type Severity, severities } from './finding.js';

/** Every sign that is looked for, in the order of a report. A new one is one entry here. */
export const findingKinds: readonly FindingKind[] = [
  chance,
  randomness,
  probabilities,
  noGradient,
  zeroGradients,
  lossDependence,
  blackBox,
  transfer,
  noise,
  oneStep,
  unbounded,
  notMonotone,
  noBetterThanNoise,
  doesNothing,
  silentSuccess,
  unconverged,
  saturation,
];

/** All that was found, the gravest first. */
export function findingsOf(evidence: Evidence): Finding[] {
  const all = findingKinds.flatMap(({ id, title, source, next, look }) =>
    look(evidence).map((observation) => ({ id, title, source, next, ...observation })),
  );
  return severities.flatMap((severity) => all.filter((finding) => finding.severity === severity));
}

/** For people: what is of one kind and severity as one finding, each sentence, number and trial once. */
export function mergedFindings(findings: readonly Finding[]): Finding[] {
  const groups = new Map<string, Finding>();
  for (const finding of findings) {
    // What is measured against the same attack belongs together.
    const key = `${finding.severity} ${finding.id} ${finding.trials.at(-1) ?? ''}`;
    const known = groups.get(key);
    const labels = new Set(known?.numbers.map(({ label }) => label));
    const merged = known && {
      ...known,
      text: `${known.text} ${finding.text}`,
      numbers: [...known.numbers, ...finding.numbers.filter(({ label }) => !labels.has(label))],
      trials: [...new Set([...known.trials, ...finding.trials])],
    };
    groups.set(key, merged ?? finding);
  }
  return [...groups.values()];
}
