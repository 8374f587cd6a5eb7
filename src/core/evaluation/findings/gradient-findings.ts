import type { Rate } from '../../base/statistics.js';
import { NOTABLE } from '../defence-verdict.js';
import type { Evidence, Trial } from '../evidence.js';
import {
  bounded,
  fooled,
  isFar,
  isNotable,
  looksRobust,
  ownGradient,
  pairTrials,
  percent,
  strongest,
} from './compare-trials.js';
import type { FindingKind, Observation } from './finding.js';

/** Shares of inputs below this are worth a note and no more. */
const FEW = NOTABLE;

export const zeroGradients: FindingKind = {
  id: 'zero-gradients',
  title: 'The gradient is exactly zero',
  explains:
    'Gradient attacks ask in which direction the loss rises. Where the answer is "nowhere", because the softmax is saturated or an operation is flat, ' +
    'they leave the input as it is. The attack then fails for a reason that has nothing to do with robustness: another loss, or no gradient at all, finds the adversarial input that is there.',
  source:
    'Carlini and Wagner 2017 (defensive distillation); Athalye, Carlini and Wagner 2018; Croce and Hein 2020, zero-gradient check',
  next: 'Judge the model by attacks on the margin or DLR loss and by one without gradients; never by this loss.',
  look(evidence) {
    const best = strongest(evidence, bounded(evidence));
    return ownGradient(evidence).flatMap((trial): Observation[] => {
      const zero = trial.zeroGradients;
      if (!zero || zero.count === 0) return [];
      const pair = best && best !== trial ? pairTrials(evidence, best, trial) : undefined;
      const masked =
        pair !== undefined &&
        zero.value! >= FEW &&
        isNotable(pair) &&
        looksRobust(pair.b) &&
        explains(zero, pair.b);
      return [
        {
          severity: masked
            ? 'masking'
            : zero.value! >= FEW && !isBeaten(evidence, trial)
              ? 'unreliable'
              : 'note',
          text:
            `The gradient that ${trial.id} starts from is exactly zero for ${percent(zero)} of the inputs.` +
            (masked
              ? ` It fools ${percent(pair.b)} of the inputs, ${best!.id} ${percent(pair.a)}.${whoseLoss(trial)}`
              : ''),
          numbers: [
            { label: `${trial.objective ?? trial.id}: gradient exactly zero`, rate: zero },
            ...(masked
              ? [
                  { label: `fooled by ${trial.id}`, rate: pair.b },
                  { label: `fooled by ${best!.id}`, rate: pair.a },
                ]
              : []),
          ],
          trials: masked ? [trial.id, best!.id] : [trial.id],
        },
      ];
    });
  },
};

/** A hidden gradient only deceives who follows it. */
const whoseLoss = ({ objective }: Trial): string =>
  objective === 'cross-entropy-clipped'
    ? ' Toolkits that compute the loss from clipped probabilities follow that one.'
    : '';

/** Whether zero gradients are most of why an attack fails: that many steps find what one step does not is no masking. */
const explains = (zero: Rate, fooled: Rate): boolean => zero.value! >= (1 - (fooled.value ?? 0)) / 2;

/** Whether another attack does as well or better whose gradient is known not to be zero: then nothing hangs on this one. */
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
  return zero !== undefined && zero.value !== null && zero.value < FEW;
}

export const saturation: FindingKind = {
  id: 'saturation',
  title: 'The softmax is saturated',
  explains:
    'When the largest logit leads by more than about 17, its probability rounds to exactly one in single precision, and what a toolkit computes from probabilities no longer depends on the input. ' +
    'Training for long, large weights, distillation at a high temperature and gradient inhibition all do that. It makes no model harder to fool.',
  source: 'Papernot et al. 2016 and its refutation by Carlini and Wagner 2017; Liu et al., section IV',
  next: 'Read the results of attacks on probabilities (cross-entropy-clipped) as lower bounds.',
  look: ({ saturated }) =>
    saturated.value !== null && saturated.value >= FEW
      ? [
          {
            severity: 'note',
            text: `The softmax says exactly 1 for ${percent(saturated)} of the inputs.`,
            numbers: [{ label: 'probability exactly one', rate: saturated }],
            trials: [],
          },
        ]
      : [],
};

export const lossDependence: FindingKind = {
  id: 'loss-dependence',
  title: 'Success depends on the loss that is followed',
  explains:
    'The same attack with the same effort should find about as many adversarial inputs whichever sensible loss it follows. Where one loss makes the model look far more robust than another, ' +
    'the first one has lost the direction, not the model its adversarial inputs.',
  source: 'Carlini and Wagner 2017, section V; Croce and Hein 2020, section 4',
  next: 'Quote the worst case over losses. If the defence only changed the loss surface, drop it.',
  look(evidence) {
    const own = ownGradient(evidence);
    const kind = ({ attack, role }: Trial) => `${role} ${attack}`;
    return [...new Set(own.map(kind))].flatMap((group): Observation[] => {
      const same = own.filter((trial) => kind(trial) === group && trial.objective !== null);
      const best = strongest(evidence, same);
      if (!best) return [];
      return same.flatMap((trial): Observation[] => {
        const pair = pairTrials(evidence, best, trial);
        if (trial === best || !isNotable(pair)) return [];
        return [
          {
            severity: isFar(pair) && isUsual(trial) ? 'masking' : 'note',
            text: `${trial.id} fools ${percent(pair.b)}, ${best.id} ${percent(pair.a)}: the same attack, another loss.`,
            numbers: [
              { label: trial.id, rate: pair.b },
              { label: best.id, rate: pair.a },
            ],
            trials: [trial.id, best.id],
          },
        ];
      });
    });
  },
};

/** Losses that people evaluate with. A single logit or an odd temperature is a probe, and says nothing when it fails. */
const isUsual = ({ objective }: Trial): boolean =>
  objective !== null && ['cross-entropy', 'cross-entropy-clipped'].includes(objective);
