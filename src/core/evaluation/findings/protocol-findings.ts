import { rate } from '../../base/statistics.js';
import { inputsOf, type Trial } from '../evidence.js';
import { fooled, isNotable, pair, percent } from './compare-trials.js';
import type { FindingKind, Observation } from './finding.js';

/** Shares of inputs below this are accidents of single inputs. */
const SOME = 0.01;
const MANY = 0.05;

export const unbounded: FindingKind = {
  id: 'unbounded',
  title: 'Not even an unlimited attacker succeeds',
  explains:
    'When every pixel may become anything, an attacker can paste in a picture of another class, so accuracy must fall to what guessing gives. If an attack leaves it above that, the attack does not work, whatever it says at small epsilon.',
  source: 'Athalye, Carlini and Wagner 2018, section 3; Carlini et al. 2019, section 5.2',
  next: 'Do not believe what this attack says at smaller epsilon; look for the reason it is stuck.',
  look: ({ trials, correct, classes }) =>
    trials
      .filter(({ role }) => role === 'unbounded')
      .flatMap((trial): Observation[] => {
        const last = trial.fooledAt.at(-1)!;
        const left = rate(last.filter((hit, i) => !hit && correct[i]).length, inputsOf(trial));
        if (left.low === null || left.low <= 1 / classes) return [];
        return [
          {
            severity: 'unreliable',
            text: `${trial.id} may change every element to anything, and ${percent(left)} of the inputs are still classified correctly; guessing gives ${percent(rate(1, classes))}.`,
            numbers: [{ label: `still correct under ${trial.id}`, rate: left }],
            trials: [trial.id],
          },
        ];
      }),
};

export const notMonotone: FindingKind = {
  id: 'not-monotone',
  title: 'A larger epsilon fools fewer',
  explains:
    'Whatever is allowed at a small epsilon is allowed at a larger one, so a good attack never does worse there. One large step may overshoot; an attack of many steps may not.',
  source: 'Carlini et al. 2019, section 5.2',
  next: 'For one-step attacks count what fooled at a smaller epsilon too, as the rates of this report do. For others, mend the attack.',
  look: (evidence) =>
    evidence.trials.flatMap((trial): Observation[] => {
      const worst = dips(trial).map(([b, c]) => ({
        b,
        c,
        pair: pair(evidence, trial.fooledAt[b]!, trial.fooledAt[c]!),
      }));
      const dip = worst.find(({ pair: p }) => isNotable(p));
      if (!dip) return [];
      const [small, large] = [trial.budgets[dip.b]!, trial.budgets[dip.c]!];
      return [
        {
          severity: trial.role === 'iterative' ? 'unreliable' : 'note',
          text: `${trial.id} fools ${percent(dip.pair.a)} at ${short(small)} and ${percent(dip.pair.b)} at ${short(large)}.`,
          numbers: [
            { label: `at ${short(small)}`, rate: dip.pair.a },
            { label: `at ${short(large)}`, rate: dip.pair.b },
          ],
          trials: [trial.id],
        },
      ];
    }),
};

const short = (value: number): string => String(Number(value.toPrecision(3)));

/** Neighbouring budgets, the deepest fall first. */
function dips({ fooledAt }: Trial): [number, number][] {
  const total = (b: number) => fooledAt[b]!.reduce((sum, hit) => sum + hit, 0);
  const pairs = fooledAt.slice(1).map((_, b): [number, number] => [b, b + 1]);
  return pairs.sort(([a, b], [c, d]) => total(b) - total(a) - (total(d) - total(c)));
}

export const silentSuccess: FindingKind = {
  id: 'silent-success',
  title: 'The attack passed through an adversarial input and did not return it',
  explains:
    'On its way the attack came to a point inside the ball that fools the model, and went on to one that does not. Counting only what it returns makes the model look better than the attack found it.',
  source: 'Pintor et al. 2022, "Indicators of Attack Failure" (silent success)',
  next: 'Make the attack return the best point of its path.',
  look: (evidence) =>
    evidence.trials.flatMap((trial): Observation[] => {
      const { silent } = trial;
      if (!silent || (silent.value ?? 0) < SOME) return [];
      return [
        {
          severity: 'unreliable',
          text: `${trial.id} fools ${percent(fooled(evidence, trial))}; for ${percent(silent)} of the inputs it was at a point that fools and gave another.`,
          numbers: [{ label: 'fooled on the way, not at the end', rate: silent }],
          trials: [trial.id],
        },
      ];
    }),
};

export const doesNothing: FindingKind = {
  id: 'does-nothing',
  title: 'The attack leaves inputs as they are',
  explains:
    'An input that comes back bit for bit unchanged was not attacked. That happens where the gradient is zero or where an attack gives up; the model has then not been tested on it.',
  source: 'Zimmermann et al. 2022 (attacks that do nothing pass weak checks)',
  next: 'Look at zero gradients first; if there are none, the attack itself is broken.',
  look: ({ trials }) =>
    trials
      .filter(({ role }) => role === 'one-step' || role === 'iterative')
      .flatMap((trial): Observation[] => {
        const { untouched, zeroGradients } = trial;
        // Zero gradients are a finding of their own.
        const unexplained = (untouched.value ?? 0) - (zeroGradients?.value ?? 0);
        if (unexplained < MANY) return [];
        return [
          {
            severity: 'unreliable',
            text: `${trial.id} left ${percent(untouched)} of the inputs exactly as they were.`,
            numbers: [{ label: 'unchanged', rate: untouched }],
            trials: [trial.id],
          },
        ];
      }),
};

export const randomness: FindingKind = {
  id: 'randomness',
  title: 'The model answers differently when it is asked twice',
  explains:
    'A model that draws random numbers gives a gradient of one draw and is judged on another. Attacks that do not average over draws fail by bad luck, and single answers of the model mean little.',
  source: 'Athalye, Carlini and Wagner 2018 (stochastic gradients, expectation over transformation)',
  next: 'Average predictions and gradients over many draws, or fix the draw, before judging robustness.',
  look: ({ changedAnswers }) =>
    changedAnswers.count === 0
      ? []
      : [
          {
            severity: 'unreliable',
            text: `Asked twice, the model gives other logits for ${percent(changedAnswers)} of the inputs.`,
            numbers: [{ label: 'other logits the second time', rate: changedAnswers }],
            trials: [],
          },
        ],
};

export const probabilities: FindingKind = {
  id: 'probabilities',
  title: 'The outputs look like probabilities, not logits',
  explains:
    'Losses are written for logits. On probabilities the cross-entropy takes a softmax of a softmax, which is nearly flat, and margins are at most one. A softmax at the end of the file is recognized and taken off; this one could not be.',
  source: 'Croce and Hein 2020, checks of AutoAttack; Pintor et al. 2022',
  next: 'Export the model without its last softmax.',
  look: (evidence) =>
    evidence.probabilities
      ? [
          {
            severity: 'unreliable',
            text: 'All outputs lie in [0, 1] and sum to one.',
            numbers: [],
            trials: [],
          },
        ]
      : [],
};

export const chance: FindingKind = {
  id: 'chance',
  title: 'The model is no better than guessing',
  explains:
    'Before any attack the model is right about as often as a guess would be. Either it is given images in another form than it was trained on, or its classes are in another order than those of the data; nothing can be said of its robustness.',
  source: 'Carlini et al. 2019, section 4',
  next: 'Say how the model wants its images: --layout, --range, --mean, --std, --labels, or a file beside the model.',
  look({ correct, classes }) {
    const clean = rate(
      correct.reduce((sum, right) => sum + right, 0),
      correct.length,
    );
    if (clean.low === null || clean.low > 1 / classes) return [];
    return [
      {
        severity: 'unreliable',
        text: `It is right on ${percent(clean)} of the inputs; guessing among ${classes} classes gives ${(100 / classes).toFixed(1)} %.`,
        numbers: [{ label: 'clean accuracy', rate: clean }],
        trials: [],
      },
    ];
  },
};

export const noGradient: FindingKind = {
  id: 'no-gradient',
  title: 'The model has no gradient',
  explains:
    'An operator of the model cannot be differentiated, so that only attacks without gradients, and those with the gradient of another model, could be tried. ' +
    'They find less: what they do not find may still be there.',
  source: 'Athalye, Carlini and Wagner 2018 (non-differentiable defences)',
  next: 'Audit it together with the differentiable model that it was made from (foolproof audit original.onnx this.onnx), whose gradients are then followed.',
  look: ({ refusal }) =>
    refusal === undefined ? [] : [{ severity: 'unreliable', text: refusal, numbers: [], trials: [] }],
};
