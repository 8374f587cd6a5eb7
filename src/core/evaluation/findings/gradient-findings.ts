import type { Rate } from '../../base/statistics.js';
import { MIN_DIFFERENCE } from '../evaluation-rule.js';
import type { Evidence, Trial } from '../evidence.js';
import {
  bounded,
  fooled,
  isFar,
  isNotable,
  looksRobust,
  ownGradient,
  pairTrials,
  shareText,
  strongest,
} from './compare-trials.js';
import { comparedTrials, type FindingKind, type Observation, observed } from './finding.js';

/** Shares of inputs below this are worth a note and no more. */
const MIN_SHARE = MIN_DIFFERENCE;

const isMany = (rate: Rate): boolean => (rate.value ?? 0) >= MIN_SHARE;

export const zeroGradients: FindingKind = {
  id: 'zero-gradients',
  title: 'The gradient is exactly zero',
  explains:
    'Gradient attacks follow the direction in which the loss rises. Where the gradient is zero, because ' +
    'the softmax is saturated or an operation is flat, they leave the input as it is. The attack then ' +
    'fails for a reason that has nothing to do with robustness: an attack with another loss or without ' +
    'gradients finds the adversarial input.',
  source:
    'Carlini and Wagner 2017 (defensive distillation); Athalye, Carlini and Wagner 2018; Croce and Hein ' +
    '2020, zero-gradient check',
  next:
    'Judge the model by attacks on the margin or DLR loss and by one without gradients; never by this ' +
    'loss.',
  look(evidence) {
    const best = strongest(evidence, bounded(evidence));
    return ownGradient(evidence).flatMap((trial): Observation[] => {
      const zero = trial.zeroGradients;
      if (!zero || zero.count === 0) return [];
      const where =
        `The gradient that ${trial.id} starts from is exactly zero for ${shareText(zero)} of ` +
        `the inputs.`;
      const label = `${trial.objective ?? trial.id}: gradient exactly zero`;
      const hidden = best && best !== trial ? pairTrials(evidence, best, trial) : undefined;
      if (best && hidden && isMany(zero) && isNotable(hidden) && explainsFailures(zero, hidden.b)) {
        const rates = `It fools ${shareText(hidden.b)} of the inputs, ${best.id} ${shareText(hidden.a)}.`;
        return [
          {
            severity: 'masking',
            text: `${where} ${rates}${whoseLoss(trial)}`,
            numbers: [
              { label, rate: zero },
              { label: `fooled by ${trial.id}`, rate: hidden.b },
              { label: `fooled by ${best.id}`, rate: hidden.a },
            ],
            trials: [trial.id, best.id],
          },
        ];
      }
      const doubtful = isMany(zero) && !isBeaten(evidence, trial);
      return [observed(doubtful ? 'unreliable' : 'note', where, { label, rate: zero, trial })];
    });
  },
};

/** A hidden gradient deceives only those who follow it. */
const whoseLoss = ({ objective }: Trial): string =>
  objective === 'cross-entropy-clipped'
    ? ' Toolkits that compute the loss from clipped probabilities follow that one.'
    : '';

/**
 * Whether the model looks robust and zero gradients are most of why: that many steps find what one step does
 * not is no masking.
 */
const explainsFailures = (zero: Rate, fooled: Rate): boolean =>
  looksRobust(fooled) && (zero.value ?? 0) >= (1 - (fooled.value ?? 0)) / 2;

/**
 * Whether another attack does as well or better whose gradient is known not to be zero: then nothing hangs on
 * this one.
 */
const isBeaten = (evidence: Evidence, trial: Trial): boolean =>
  ownGradient(evidence).some(
    (other) =>
      other !== trial &&
      isSteep(evidence, other) &&
      fooled(evidence, other).count >= fooled(evidence, trial).count,
  );

/** An attack that starts elsewhere never asks at the originals; its loss may be known from one that does. */
function isSteep(evidence: Evidence, { objective, zeroGradients: own }: Trial): boolean {
  const known = ownGradient(evidence).find((trial) => trial.objective === objective && trial.zeroGradients);
  const zero = own ?? (objective === null ? undefined : known?.zeroGradients);
  return zero !== undefined && zero.value !== null && zero.value < MIN_SHARE;
}

export const saturation: FindingKind = {
  id: 'saturation',
  title: 'The softmax is saturated',
  explains:
    'When the largest logit leads by more than about 17, its probability rounds to exactly one in single ' +
    'precision, and what a toolkit computes from probabilities no longer depends on the input. Long ' +
    'training, large weights, distillation at a high temperature and gradient inhibition all have this ' +
    'effect. It makes no model harder to fool.',
  source: 'Papernot et al. 2016 and its refutation by Carlini and Wagner 2017; Liu et al., section IV',
  next: 'Read the results of attacks on probabilities (cross-entropy-clipped) as lower bounds.',
  look: ({ saturated }) =>
    saturated && isMany(saturated)
      ? [
          observed('note', `The softmax says exactly 1 for ${shareText(saturated)} of the inputs.`, {
            label: 'probability exactly one',
            rate: saturated,
          }),
        ]
      : [],
};

export const lossDependence: FindingKind = {
  id: 'loss-dependence',
  title: 'Success depends on the loss that is followed',
  explains:
    'The same attack with the same effort should find about as many adversarial inputs with any sensible ' +
    'loss. Where one loss makes the model look far more robust than another, the attack with the first one ' +
    'has lost the direction; the adversarial inputs are still there.',
  source: 'Carlini and Wagner 2017, section V; Croce and Hein 2020, section 4',
  next: 'Quote the worst case over losses. If the defence only changed the loss surface, drop it.',
  look(evidence) {
    const own = ownGradient(evidence);
    const kind = ({ attack, role, rounded }: Trial) => `${role} ${attack} ${rounded === true}`;
    return [...new Set(own.map(kind))].flatMap((group): Observation[] => {
      const same = own.filter((trial) => kind(trial) === group && trial.objective !== null);
      const best = strongest(evidence, same);
      if (!best) return [];
      return same.flatMap((trial): Observation[] => {
        const { a, b, ...paired } = pairTrials(evidence, best, trial);
        if (trial === best || !isNotable({ a, b, ...paired })) return [];
        const severity = isFar({ a, b, ...paired }) && isCommonLoss(trial) ? 'masking' : 'note';
        const text =
          `${trial.id} fools ${shareText(b)}, ${best.id} ${shareText(a)}: the same attack, ` +
          `another loss.`;
        return [comparedTrials(severity, text, [trial, best], { a: b, b: a })];
      });
    });
  },
};

/**
 * Losses of common evaluations. A single logit or an odd temperature is a probe, and says nothing when it
 * fails.
 */
const isCommonLoss = ({ objective }: Trial): boolean =>
  objective !== null && ['cross-entropy', 'cross-entropy-clipped'].includes(objective);
