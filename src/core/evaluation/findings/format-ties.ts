import { MAX_TIED_RATIO } from '../evaluation-rule.js';
import { shareText } from './compare-trials.js';
import { type FindingKind, observed } from './finding.js';

export const tiedFormats: FindingKind = {
  id: 'tied-formats',
  title: 'The images do not tell in which format the model takes them',
  explains:
    'The input format was guessed from the accuracy on the images, and several formats fit them equally ' +
    'well. In some of them the same change of an image is many times larger for the model, and more of ' +
    'them may fool it. The simplest format was taken; a guess is no basis for the verdict "robust".',
  source: 'Carlini et al. 2019, section 4 (state the threat model precisely)',
  next: 'State the input format of the model: range, or mean and deviation, and layout.',
  look({ tied = [] }) {
    const other = tied.filter(({ budgetRatio }) => budgetRatio > MAX_TIED_RATIO);
    const [first] = other;
    if (!first) return [];
    const named = other.map(({ description, accuracy }) => `${description} (${shareText(accuracy)})`);
    const largest = Math.max(...other.map(({ budgetRatio }) => budgetRatio)).toPrecision(2);
    const text =
      `As good as the format that was taken: ${named.join(', ')}. There epsilon is up to ` +
      `${Number(largest)} times larger in the units of the model.`;
    const advice = { code: 'state-input-format', data: {} } as const;
    return [observed('note', text, { label: first.description, rate: first.accuracy, advice })];
  },
};
