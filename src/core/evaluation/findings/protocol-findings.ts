import { rate, rateOf } from '../../base/statistics.js';
import { prose } from '../../base/text/index.js';
import { MIN_INPUTS } from '../evaluation-rule.js';
import type { Evidence, Trial } from '../evidence.js';
import { fooled, isNotable, type Paired, pair, shareText } from './compare-trials.js';
import { type FindingKind, type Observation, observed } from './finding.js';

/** Shares of inputs below these are accidents of single inputs. */
const MIN_SILENT = 0.01;
const MIN_UNTOUCHED = 0.05;

export const unbounded: FindingKind = {
  id: 'unbounded',
  title: 'Even an unbounded attack leaves inputs correct',
  explains:
    'When every pixel may take any value, an attacker can paste in a picture of another class, so accuracy ' +
    'must fall to what guessing gives. If an attack leaves it above that, the attack does not work, and ' +
    'its results at a small epsilon mean little.',
  source: 'Athalye, Carlini and Wagner 2018, section 3; Carlini et al. 2019, section 5.2',
  next: 'Do not rely on this attack at a smaller epsilon; find the reason why it is stuck.',
  look: ({ trials, correct, classes }) =>
    trials
      .filter(({ role }) => role === 'unbounded')
      .flatMap((trial): Observation[] => {
        const left = rateOf((trial.fooledAt.at(-1) ?? []).map((hit, i) => (!hit && correct[i] ? 1 : 0)));
        if (left.low === null || left.low <= 1 / classes) return [];
        const text =
          `${trial.id} may change every element to any value, and ${shareText(left)} of the inputs are ` +
          `still classified correctly; guessing gives ${shareText(rate(1, classes))}.`;
        return [
          observed('unreliable', text, { label: `still correct under ${trial.id}`, rate: left, trial }),
        ];
      }),
};

export const notMonotone: FindingKind = {
  id: 'not-monotone',
  title: 'A larger epsilon fools fewer',
  explains:
    'Whatever is allowed at a small epsilon is allowed at a larger one, so a good attack never does worse ' +
    'there. One large step may overshoot; an attack of many steps may not.',
  source: 'Carlini et al. 2019, section 5.2',
  next:
    'For one-step attacks count what fooled at a smaller epsilon too, as the rates of this report do. ' +
    'Correct other attacks.',
  look: (evidence) =>
    evidence.trials.flatMap((trial): Observation[] => {
      const dip = deepestFall(evidence, trial);
      if (!dip) return [];
      const [small, large] = [`at ${prose.short(dip.from)}`, `at ${prose.short(dip.to)}`];
      const { a, b } = dip.paired;
      return [
        {
          severity: trial.role === 'iterative' ? 'unreliable' : 'note',
          text: `${trial.id} fools ${shareText(a)} ${small} and ${shareText(b)} ${large}.`,
          numbers: [
            { label: small, rate: a },
            { label: large, rate: b },
          ],
          trials: [trial.id],
        },
      ];
    }),
};

/** Neighbouring budgets at which fewer are fooled at the larger one, notably; of several the deepest fall. */
function deepestFall(
  evidence: Evidence,
  { fooledAt, budgets }: Trial,
): { from: number; to: number; paired: Paired } | undefined {
  const total = (flags: Uint8Array) => flags.reduce((sum, hit) => sum + hit, 0);
  const falls = fooledAt.flatMap((small, b) => {
    const [large, from, to] = [fooledAt[b + 1], budgets[b], budgets[b + 1]];
    if (!large || from === undefined || to === undefined) return [];
    return [{ from, to, depth: total(small) - total(large), paired: pair(evidence, small, large) }];
  });
  return falls.sort((a, b) => b.depth - a.depth).find(({ paired }) => isNotable(paired));
}

export const silentSuccess: FindingKind = {
  id: 'silent-success',
  title: 'The attack passed through an adversarial input and did not return it',
  explains:
    'On its path the attack came to a point inside the ball that fools the model, and continued to one ' +
    'that does not. Counting only what it returns makes the model look better than it is.',
  source: 'Pintor et al. 2022, "Indicators of Attack Failure" (silent success)',
  next: 'Make the attack return the best point of its path.',
  look: (evidence) =>
    evidence.trials.flatMap((trial): Observation[] => {
      const { silent } = trial;
      if (!silent || (silent.value ?? 0) < MIN_SILENT) return [];
      const text =
        `${trial.id} fools ${shareText(fooled(evidence, trial))}; for ${shareText(silent)} of the inputs ` +
        'it was at a point that fools and returned another.';
      return [
        observed('unreliable', text, { label: 'fooled on the path, not at its end', rate: silent, trial }),
      ];
    }),
};

export const doesNothing: FindingKind = {
  id: 'does-nothing',
  title: 'The attack leaves inputs as they are',
  explains:
    'An input that comes back bit for bit unchanged was not attacked. That happens where the gradient is ' +
    'zero or where an attack gives up; the model has then not been tested on it.',
  source: 'Zimmermann et al. 2022 (attacks that do nothing pass weak checks)',
  next: 'Look at zero gradients first; if there are none, the attack itself is broken.',
  look: ({ trials }) =>
    trials
      .filter(({ role }) => role === 'one-step' || role === 'iterative')
      .flatMap((trial): Observation[] => {
        const { untouched, zeroGradients } = trial;
        // Zero gradients are a finding of their own.
        const unexplained = (untouched?.value ?? 0) - (zeroGradients?.value ?? 0);
        if (!untouched || unexplained < MIN_UNTOUCHED) return [];
        const text = `${trial.id} left ${shareText(untouched)} of the inputs exactly as they were.`;
        return [observed('unreliable', text, { label: 'unchanged', rate: untouched, trial })];
      }),
};

export const randomness: FindingKind = {
  id: 'randomness',
  title: 'The model answers differently when it is asked twice',
  explains:
    'A model that draws random numbers gives a gradient of one draw and is judged on another. Attacks that ' +
    'do not average over draws fail by chance, and single answers of the model mean little.',
  source: 'Athalye, Carlini and Wagner 2018 (stochastic gradients, expectation over transformation)',
  next: 'Average predictions and gradients over many draws, or fix the draw, before judging robustness.',
  look: ({ changedAnswers }) =>
    !changedAnswers || changedAnswers.count === 0
      ? []
      : [
          observed(
            'unreliable',
            `Asked twice, the model gives other logits for ${shareText(changedAnswers)} of the inputs.`,
            { label: 'other logits the second time', rate: changedAnswers },
          ),
        ],
};

export const probabilities: FindingKind = {
  id: 'probabilities',
  title: 'The outputs look like probabilities, not logits',
  explains:
    'Losses are written for logits. On probabilities the cross-entropy takes a softmax of a softmax, which ' +
    'is nearly flat, and margins are at most one. A softmax at the end of the file is recognized and ' +
    'removed; this one could not be.',
  source: 'Croce and Hein 2020, checks of AutoAttack; Pintor et al. 2022',
  next: 'Export the model without its last softmax.',
  look: (evidence) =>
    evidence.probabilities ? [observed('unreliable', 'All outputs lie in [0, 1] and sum to one.')] : [],
};

export const chance: FindingKind = {
  id: 'chance',
  title: 'The model is no better than guessing',
  explains:
    'Before any attack the model is right about as often as a guess would be. Either its images are not in ' +
    'the format that it was trained on, or its classes are in another order than those of the data; ' +
    'nothing can be said about its robustness.',
  source: 'Carlini et al. 2019, section 4',
  next:
    'State the input format of the model: the layout, range, mean and deviation of its images and the ' +
    'order of its classes, or describe them in a file beside the model.',
  look({ correct, classes }) {
    const clean = rateOf(correct);
    if (clean.low === null || clean.low > 1 / classes) return [];
    // Of a few images, an accuracy far above guessing cannot be told from it: that says nothing of the model.
    if (clean.total < MIN_INPUTS && (clean.value ?? 0) > 1 / classes) return [];
    const text =
      `It is right on ${shareText(clean)} of the inputs; guessing among ${classes} classes gives ` +
      `${prose.percent(1 / classes)}.`;
    const advice = { code: 'state-input-format', data: { classes } } as const;
    return [observed('unreliable', text, { label: 'clean accuracy', rate: clean, advice })];
  },
};

export const noGradient: FindingKind = {
  id: 'no-gradient',
  title: 'The model has no gradient',
  explains:
    'An operator of the model cannot be differentiated, so that only attacks without gradients, and those ' +
    'with the gradient of another model, could be tried. They find less: what they do not find may still ' +
    'be there.',
  source: 'Athalye, Carlini and Wagner 2018 (non-differentiable defences)',
  next:
    'Audit it together with the differentiable model that it was made from, whose gradients are then ' +
    'followed.',
  look: ({ refusal }) =>
    refusal === undefined
      ? []
      : [observed('unreliable', refusal, { advice: { code: 'add-differentiable-model', data: {} } })],
};
