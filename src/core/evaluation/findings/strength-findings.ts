import { MIN_DIFFERENCE, TOLERANCE } from '../evaluation-rule.js';
import type { Evidence, Role, Trial } from '../evidence.js';
import {
  bounded,
  difference,
  isFar,
  isNotable,
  looksRobust,
  ownGradient,
  pairTrials,
  shareText,
  strongest,
} from './compare-trials.js';
import { comparedTrials, type FindingKind, type Observation, type Severity } from './finding.js';

const ofRole = ({ trials }: Evidence, role: Role): Trial[] => trials.filter((trial) => trial.role === role);

const strongestOfRole = (evidence: Evidence, role: Role): Trial | undefined =>
  strongest(evidence, ofRole(evidence, role));

const strongestOwn = (evidence: Evidence): Trial | undefined => strongest(evidence, ownGradient(evidence));

/**
 * An observation where `strong` should fool at least as often as `weak`, and does notably less. It masks
 * nothing where `strong` itself leaves so little robust accuracy that the model does not look robust.
 */
function inverted(
  evidence: Evidence,
  [weak, strong]: readonly [Trial | undefined, Trial | undefined],
  severity: Severity,
  because: string,
): Observation[] {
  if (!weak || !strong || weak === strong) return [];
  const paired = pairTrials(evidence, weak, strong);
  if (!isNotable(paired)) return [];
  const { a, b } = paired;
  const text = `${weak.id} fools ${shareText(a)}, ${strong.id} only ${shareText(b)}, ${because}.`;
  const harmless = severity === 'masking' && !looksRobust(b);
  return [comparedTrials(harmless ? 'note' : severity, text, [weak, strong], paired)];
}

export const blackBox: FindingKind = {
  id: 'black-box',
  title: 'An attack without gradients beats those with gradients',
  explains:
    'An attacker with the gradient knows more than one who only sees outputs, so gradient attacks should ' +
    'never do worse. Where they do, the gradient misleads: it is hidden, shattered, or computed wrongly.',
  source: 'Athalye, Carlini and Wagner 2018, section 3; Carlini et al. 2019, section 5.1',
  next: 'Find the operation that hides the gradient, and attack through a smooth replacement of it (BPDA).',
  look: (evidence) =>
    inverted(
      evidence,
      [strongestOfRole(evidence, 'gradient-free'), strongestOwn(evidence)],
      'masking',
      'though it sees the gradient',
    ),
};

export const substitute: FindingKind = {
  id: 'substitute',
  title: "The gradient of a substitute fools more often than the model's own",
  explains:
    "A small network that was trained on the model's answers knows less of it than its own gradient does. " +
    "Where adversarial inputs made for the substitute fool the model more often, the model's own gradient " +
    'is hidden: the weakness is in its decisions, which anybody can learn.',
  source: 'Papernot et al. 2017; Athalye, Carlini and Wagner 2018',
  next: 'Report the substitute attack as a bound; the model is at least as weak as it says.',
  look: (evidence) =>
    inverted(
      evidence,
      [strongestOfRole(evidence, 'substitute'), strongestOwn(evidence)],
      'masking',
      'which follows its own gradient',
    ),
};

export const transfer: FindingKind = {
  id: 'transfer',
  title: "Another model's gradient fools more often than its own",
  explains:
    'Adversarial inputs made for another model, or for this one without its defence, should fool this ' +
    'model less ' +
    "often than those made with its own gradient. Where they do better, the model's own gradient is " +
    'masked and the weakness is still there.',
  source: 'Papernot et al. 2017; Athalye, Carlini and Wagner 2018 (BPDA)',
  next: 'Report the transfer attack as the result; the model is as weak as it says.',
  look: (evidence) =>
    inverted(
      evidence,
      [strongestOfRole(evidence, 'transfer'), strongestOwn(evidence)],
      'masking',
      'which follows its own gradient',
    ),
};

export const noise: FindingKind = {
  id: 'noise',
  title: 'Random noise beats a gradient attack',
  explains:
    'Noise of the same size needs no knowledge of the model. A gradient attack that fools less often than ' +
    'noise follows a direction that leads away from the boundary: a masked gradient, or a sign error.',
  source: 'Fawzi et al. 2016; Carlini et al. 2019, section 5.2',
  next: 'Check the sign and the scale of the gradient by finite differences.',
  look(evidence) {
    const control = strongestOfRole(evidence, 'noise');
    return ownGradient(evidence)
      .flatMap((trial) => inverted(evidence, [control, trial], 'masking', 'which follows the gradient'))
      .map((seen) => ({ ...seen, advice: { code: 'check-gradient', data: {} } }));
  },
};

export const noBetterThanNoise: FindingKind = {
  id: 'no-better-than-noise',
  title: 'A gradient attack does no better than noise',
  explains:
    'Where some attack finds adversarial inputs and a gradient attack finds no more than random noise ' +
    'does, the latter does not work: it may follow nothing at all.',
  source: 'Zimmermann et al. 2022, "Increasing Confidence in Adversarial Robustness Evaluations"',
  next: 'Do not quote this attack. Find out why it does not move its inputs.',
  look(evidence) {
    const control = strongestOfRole(evidence, 'noise');
    const best = strongest(evidence, bounded(evidence));
    if (!control || !best) return [];
    // One step of a sensible attack may find no more than noise on a model that is robust; many steps may
    // not.
    return ofRole(evidence, 'iterative').flatMap((trial): Observation[] => {
      const overNoise = pairTrials(evidence, trial, control);
      const underBest = pairTrials(evidence, best, trial);
      // By the numbers alone: on few inputs nothing is certain, and what is not proven better is not
      // therefore no better.
      if (!isFar(underBest) || difference(overNoise) >= MIN_DIFFERENCE - TOLERANCE) return [];
      const [own, random, most] = [overNoise.a, overNoise.b, underBest.a];
      return [
        {
          severity: 'unreliable',
          text:
            `${trial.id} fools ${shareText(own)}, noise ${shareText(random)}; ${best.id} fools ` +
            `${shareText(most)}.`,
          numbers: [
            { label: trial.id, rate: own },
            { label: control.id, rate: random },
            { label: best.id, rate: most },
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
    'An attack of many small steps can do all that one large step does, and more. Where it fools less ' +
    'often, the loss surface near the input is so rough or so flat that small steps lose their direction: ' +
    'a typical effect of training against one-step attacks.',
  source: 'Athalye, Carlini and Wagner 2018, section 3; Tramer et al. 2018 (label leaking)',
  next: 'Try more steps, restarts from random points and another loss before believing the smaller number.',
  look: (evidence) =>
    inverted(
      evidence,
      [strongestOfRole(evidence, 'one-step'), strongestOfRole(evidence, 'iterative')],
      'masking',
      'though it makes many steps',
    ),
};

export const unconverged: FindingKind = {
  id: 'unconverged',
  title: 'More steps fool more',
  explains:
    'The attack was stopped before it had found what it can find: with more steps it fools notably more ' +
    'inputs. The robust accuracy would be lower still with yet more.',
  source: 'Carlini et al. 2019, section 5.3; Pintor et al. 2022, "Indicators of Attack Failure"',
  next: 'Allow the audit more time, or raise the steps of this attack until the number stands still.',
  look: (evidence) =>
    ofRole(evidence, 'longer').flatMap((longer) => {
      const same = ofRole(evidence, 'iterative').filter(
        ({ attack, objective }) => attack === longer.attack && objective === longer.objective,
      );
      const shorter = strongest(evidence, same);
      return inverted(evidence, [longer, shorter], 'unreliable', 'with fewer steps').map((seen) => ({
        ...seen,
        advice: { code: 'allow-more-time', data: { trial: shorter?.id ?? longer.attack } },
      }));
    }),
};
