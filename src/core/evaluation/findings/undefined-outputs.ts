import { shareText } from './compare-trials.js';
import { type FindingKind, observed } from './finding.js';

export const undefinedOutputs: FindingKind = {
  id: 'undefined-outputs',
  title: 'Some outputs are no numbers',
  explains:
    'For some inputs the model gives infinite or undefined numbers (an overflow, a division by zero, the ' +
    'logarithm of zero). They belong to no class. Such an input counts as wrong before any attack and is ' +
    'not attacked; one that an attack takes there counts as fooled, since what a program makes of such an ' +
    'answer is not what the model said before.',
  source: 'IEEE 754 (comparisons with NaN are false); Goodfellow, Bengio and Courville 2016, section 4.1',
  next: 'Find the operation that overflows or divides by zero, and bound what goes into it.',
  look({ noClass }) {
    if (!noClass) return [];
    const { clean, attacked } = noClass;
    const before =
      clean.count > 0
        ? [
            observed(
              'note',
              `The outputs of ${shareText(clean)} of the inputs are no numbers before any attack. The ` +
                'verdict is about the others.',
              { label: 'no class before any attack', rate: clean },
            ),
          ]
        : [];
    if (attacked.count === 0) return before;
    const text =
      `An attack takes ${shareText(attacked)} of the inputs to outputs that are no numbers. They count as ` +
      'fooled.';
    return [...before, observed('note', text, { label: 'no class under attack', rate: attacked })];
  },
};
