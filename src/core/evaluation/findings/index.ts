import { holmLevel } from '../../base/statistics.js';
import type { Evidence } from '../evidence.js';
import { batchDependence } from './batch-dependence.js';
import { sparedAttack, unconfirmedDefence } from './defence-findings.js';
import { type Finding, type FindingKind, severities } from './finding.js';
import { tiedFormats } from './format-ties.js';
import { lossDependence, saturation, zeroGradients } from './gradient-findings.js';
import { noIndependentAttack } from './independent-attack.js';
import { gridDependence, otherDistance, shatteredGradient } from './probe-findings.js';
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
import {
  blackBox,
  noBetterThanNoise,
  noise,
  oneStep,
  substitute,
  transfer,
  unconverged,
} from './strength-findings.js';
import { undefinedOutputs } from './undefined-outputs.js';

export {
  type Advice,
  adviceCodes,
  type Finding,
  type FindingKind,
  type Severity,
  severities,
} from './finding.js';

type Kinds = Readonly<Record<string, FindingKind>>;

/** Every sign that an audit looks for, in the order of a report. A new one is one entry here. */
export const auditFindings = {
  chance,
  randomness,
  'batch-dependence': batchDependence,
  'tied-formats': tiedFormats,
  'undefined-outputs': undefinedOutputs,
  'grid-dependence': gridDependence,
  probabilities,
  'no-gradient': noGradient,
  'no-independent-attack': noIndependentAttack,
  'zero-gradients': zeroGradients,
  'shattered-gradient': shatteredGradient,
  'gradient-predicts-another-distance': otherDistance,
  'loss-dependence': lossDependence,
  'black-box': blackBox,
  substitute,
  transfer,
  noise,
  'one-step': oneStep,
  unbounded,
  'not-monotone': notMonotone,
  'no-better-than-noise': noBetterThanNoise,
  'does-nothing': doesNothing,
  'silent-success': silentSuccess,
  unconverged,
  saturation,
} as const satisfies Kinds;

/** What is asked of a claim about a defence, which was measured with and without it. */
export const defenceFindings = {
  'spared-attack': sparedAttack,
  'unconfirmed-defence': unconfirmedDefence,
} as const satisfies Kinds;

/** Every kind of finding by name: those of audits, and those about defences, which studies have as well. */
export const findingKinds = { ...auditFindings, ...defenceFindings } as const satisfies Kinds;
export type FindingId = keyof typeof findingKinds;

/** All that was found, by severity. */
export function findingsOf(given: Evidence, kinds: Kinds = auditFindings): Finding[] {
  const evidence = withFamily(given, kinds);
  const all = Object.values(kinds).flatMap(({ id, title, source, next, look }) =>
    look(evidence).map((observation) => ({ id, title, source, next, ...observation })),
  );
  return severities.flatMap((severity) => all.filter((finding) => finding.severity === severity));
}

/**
 * The evidence with the level of a single pair, Holm-corrected over the pairs that the findings compare;
 * which those are is heard by looking once.
 */
function withFamily(evidence: Evidence, kinds: Kinds): Evidence {
  if (evidence.rule.differences !== 'paired') return evidence;
  const family = new Map<string, number>();
  const onPair = (pair: string, p: number) => void family.set(pair, p);
  for (const { look } of Object.values(kinds)) look({ ...evidence, pairs: { onPair } });
  return { ...evidence, pairs: { level: holmLevel([...family.values()]) } };
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
