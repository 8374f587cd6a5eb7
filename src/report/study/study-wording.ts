import { findIn } from '../../core/base/names.js';
import { objectives } from '../../core/models/objectives/index.js';
import type { AttackName } from '../../node/apps/study/comparisons.js';
import type { Results } from '../../node/apps/study/study-schema.js';
import { equals, short } from '../kit/number-text.js';

type VerdictName = Results['verdicts'][number]['verdict'];

/** Name for headings, from the registry of objectives; results of another version may hold unknown ones. */
export function objectiveName(objective: string): string {
  return findIn(objectives, objective)?.title ?? objective;
}

/** The name inside a sentence. */
export function objectiveInProse(objective: string): string {
  return decapitalized(objectiveName(objective));
}

export const decapitalized = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** What the objective computes: the first clause of its help. */
export function objectiveHint(objective: string): string {
  return findIn(objectives, objective)?.help.split('; ')[0] ?? '';
}

const ATTACKS: Readonly<Record<string, string>> = { fgsm: 'FGSM', jsma: 'HJSMA' };

/** "FGSM", "HJSMA": the names of the paper. */
export const attackLabel = (attack: string): string => ATTACKS[attack] ?? attack;

/** What tells attacks of one kind apart, for the heading of a panel or a row: "Margin", "Transfer", "Single-shot, probabilities". */
export function kindName({ attack, variant, objective }: AttackName): string {
  if (variant === 'transfer') return 'Transfer';
  const follows = attack === 'jsma' ? objective : objectiveName(objective);
  if (variant === '') return follows;
  return `${variant.charAt(0).toUpperCase()}${variant.slice(1)}, ${decapitalized(follows)}`;
}

/** The same inside a sentence. */
export const kindInProse = (kind: AttackName): string => decapitalized(kindName(kind));

/** "FGSM, margin", "HJSMA, iterative pairs, logits". */
export const attackTitle = (kind: AttackName): string => `${attackLabel(kind.attack)}, ${kindInProse(kind)}`;

const VARIANTS: Readonly<Record<string, string>> = {
  transfer: 'gradients of the same model without inhibition',
  'single-shot': 'one saliency map, its most salient elements',
  iterative: 'a new map after each changed element',
  'iterative pairs': 'a new map after each changed pair',
};

/** What an attack does differently from its neighbours, in a few words. */
export const kindHint = ({ variant, objective }: AttackName): string =>
  VARIANTS[variant] ?? objectiveHint(objective);

/** "ε = 0.3", "100 elements". */
export const budgetText = (name: string, budget: number): string =>
  name === 'epsilon' ? equals('ε', budget) : `${short(budget)}\u00a0${name}`;

/** Class of the chip, sign, and what a verdict means to someone who has never heard of gradient masking. */
export const VERDICTS: Readonly<Record<VerdictName, { chip: string; sign: string; meaning: string }>> = {
  masked: {
    chip: 'mixed',
    sign: '≈',
    meaning:
      'another attack within the same limits succeeds notably more often, and the defence took little from it. The images that ' +
      'fool the model are still there; this attacker only no longer sees the way to them, because its gradient has vanished or ' +
      'no longer points anywhere. That is blindness of the attacker, not robustness of the model.',
  },
  fooled: {
    chip: 'bad',
    sign: '✕',
    meaning:
      'some attack still fools most images, and nothing is hidden: there is no protection to speak of.',
  },
  robust: {
    chip: 'good',
    sign: '✓',
    meaning:
      'every attack that was tried succeeds notably less often than without the defence, and none on half of the images. That ' +
      'holds against these single-step attacks; a stronger one may still be found.',
  },
  inconclusive: {
    chip: 'none',
    sign: '–',
    meaning:
      'the numbers do not decide: too few images, effects in different directions, or no other attack to compare with.',
  },
};
