import { NOTABLE } from '../defence-verdict.js';
import type { Evidence, Role, Trial } from '../evidence.js';
import {
  bounded,
  isFar,
  isNotable,
  looksRobust,
  ownGradient,
  pairTrials,
  percent,
  strongest,
} from './compare-trials.js';
import type { FindingKind, Observation, Severity } from './finding.js';

const ofRole = ({ trials }: Evidence, role: Role): Trial[] => trials.filter((trial) => trial.role === role);

/**
 * An observation where `strong` should fool at least as often as `weak`, and does notably less. It masks nothing where `strong`
 * itself leaves so little that nobody is deceived.
 */
function inverted(
  evidence: Evidence,
  weak: Trial | undefined,
  strong: Trial | undefined,
  severity: Severity,
  because: string,
): Observation[] {
  if (!weak || !strong || weak === strong) return [];
  const pair = pairTrials(evidence, weak, strong);
  if (!isNotable(pair)) return [];
  return [
    {
      severity: severity === 'masking' && !looksRobust(pair.b) ? 'note' : severity,
      text: `${weak.id} fools ${percent(pair.a)}, ${strong.id} only ${percent(pair.b)}, ${because}.`,
      numbers: [
        { label: weak.id, rate: pair.a },
        { label: strong.id, rate: pair.b },
      ],
      trials: [weak.id, strong.id],
    },
  ];
}

export const blackBox: FindingKind = {
  id: 'black-box',
  title: 'An attack without gradients beats those with gradients',
  explains:
    'An attacker who sees the gradient knows more than one who only sees answers, so the first should never do worse. Where it does, the gradient misleads: it is hidden, shattered, or computed wrongly.',
  source: 'Athalye, Carlini and Wagner 2018, section 3; Carlini et al. 2019, section 5.1',
  next: 'Look at the gradient itself: which operation hides it? Attack through a smooth replacement of that operation (BPDA).',
  look: (evidence) =>
    inverted(
      evidence,
      strongest(evidence, ofRole(evidence, 'gradient-free')),
      strongest(evidence, ownGradient(evidence)),
      'masking',
      'though it sees the gradient',
    ),
};

export const transfer: FindingKind = {
  id: 'transfer',
  title: 'The gradient of another model is a better guide than its own',
  explains:
    "Adversarial inputs made for another model, or for this one with its defence taken out, should fool this model less often than those made with its own gradient. Where they do better, the model's own gradient is masked and the weakness is still there.",
  source: 'Papernot et al. 2017; Athalye, Carlini and Wagner 2018 (BPDA)',
  next: 'Report the transfer attack as the result; the model is as weak as it says.',
  look: (evidence) =>
    inverted(
      evidence,
      strongest(evidence, ofRole(evidence, 'transfer')),
      strongest(evidence, ownGradient(evidence)),
      'masking',
      'which follows its own gradient',
    ),
};

export const noise: FindingKind = {
  id: 'noise',
  title: 'Random noise beats a gradient attack',
  explains:
    'Noise of the same size is what an attacker without any knowledge would try. A gradient attack that fools less often than noise follows a direction that leads away from the boundary: a masked gradient, or a sign error.',
  source: 'Fawzi et al. 2016; Carlini et al. 2019, section 5.2',
  next: 'Check the sign and the scale of the gradient by finite differences (foolproof gradient writes it as a model of its own).',
  look(evidence) {
    const control = strongest(evidence, ofRole(evidence, 'noise'));
    return ownGradient(evidence).flatMap((trial) =>
      inverted(evidence, control, trial, 'masking', 'which follows the gradient'),
    );
  },
};

export const noBetterThanNoise: FindingKind = {
  id: 'no-better-than-noise',
  title: 'A gradient attack does no better than noise',
  explains:
    'Where some attack finds adversarial inputs and another, said to follow the gradient, finds no more than random noise does, the latter is not an attack: it may follow nothing at all.',
  source: 'Zimmermann et al. 2022, "Increasing Confidence in Adversarial Robustness Evaluations"',
  next: 'Do not quote this attack. Find out why it does not move its inputs.',
  look(evidence) {
    const control = strongest(evidence, ofRole(evidence, 'noise'));
    const best = strongest(evidence, bounded(evidence));
    if (!control || !best) return [];
    // One step of a sensible attack may find no more than noise on a model that is robust; many steps may not.
    return ofRole(evidence, 'iterative').flatMap((trial): Observation[] => {
      const [overNoise, underBest] = [
        pairTrials(evidence, trial, control),
        pairTrials(evidence, best, trial),
      ];
      // By the numbers alone: on few inputs nothing is certain, and what is not proven better is not therefore no better.
      if (!isFar(underBest) || overNoise.a.value! - overNoise.b.value! >= NOTABLE - 1e-9) return [];
      return [
        {
          severity: 'unreliable',
          text: `${trial.id} fools ${percent(overNoise.a)}, noise ${percent(overNoise.b)}; ${best.id} fools ${percent(underBest.a)}.`,
          numbers: [
            { label: trial.id, rate: overNoise.a },
            { label: control.id, rate: overNoise.b },
            { label: best.id, rate: underBest.a },
          ],
          trials: [trial.id, control.id, best.id],
        },
      ];
    });
  },
};

export const oneStep: FindingKind = {
  id: 'one-step',
  title: 'One step beats many',
  explains:
    'An attack of many small steps can do all that one large step does, and more. Where it fools less often, the loss surface near the input is so rough or so flat that small steps lose their way: a typical effect of training against one-step attacks.',
  source: 'Athalye, Carlini and Wagner 2018, section 3; Tramer et al. 2018 (label leaking)',
  next: 'Try more steps, restarts from random points and another loss before believing the smaller number.',
  look: (evidence) =>
    inverted(
      evidence,
      strongest(evidence, ofRole(evidence, 'one-step')),
      strongest(evidence, ofRole(evidence, 'iterative')),
      'masking',
      'though it makes many steps',
    ),
};

export const unconverged: FindingKind = {
  id: 'unconverged',
  title: 'More steps fool more',
  explains:
    'The attack was stopped before it had found what it can find: with more steps it fools notably more inputs. The robust accuracy would be lower still with yet more.',
  source: 'Carlini et al. 2019, section 5.3; Pintor et al. 2022, "Indicators of Attack Failure"',
  next: 'Give the audit more time (--budget), or raise the steps of this attack until the number stands still.',
  look: (evidence) =>
    ofRole(evidence, 'longer').flatMap((longer) => {
      const same = ofRole(evidence, 'iterative').filter(
        ({ attack, objective }) => attack === longer.attack && objective === longer.objective,
      );
      return inverted(evidence, longer, strongest(evidence, same), 'unreliable', 'with fewer steps');
    }),
};
