import { decapitalized } from '../../core/base/text/index.js';
import type { VerdictName } from '../../core/evaluation/verdict.js';
import type { AttackName } from '../../node/apps/study/comparisons.js';
import type { Results } from '../../node/apps/study/study-schema.js';
import { equals, short } from '../kit/number-text.js';
import { objectiveHint, objectiveName } from '../kit/objective-names.js';

const ATTACKS: Readonly<Record<string, string>> = { fgsm: 'FGSM', jsma: 'HJSMA' };

/** "FGSM", "HJSMA": the names of the paper. */
export const attackLabel = (attack: string): string => ATTACKS[attack] ?? attack;

/**
 * What tells attacks of one kind apart, for the heading of a panel or a row: "Margin", "Transfer",
 * "Single-shot, probabilities".
 */
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

/** How much smaller the stored weights are: `1/64` for a rate of 0.0156. */
export function storedRatio({ stored, virtual }: Results['models'][number]['parameters']): string {
  const ratio = virtual / stored;
  return ratio < 1.05 ? '1' : `1/${ratio < 10 ? ratio.toFixed(1).replace(/\.0$/, '') : Math.round(ratio)}`;
}

/** What a verdict on inhibition means to a reader who does not know gradient masking. */
export const VERDICT_MEANINGS = {
  masked:
    'another attack within the same budget succeeds notably more often, and the defence took little from ' +
    'it. The images that fool the model are still there; this attacker only no longer finds them, because ' +
    'its gradient has vanished or no longer points to them. The attack is blind; the model is not robust.',
  fooled: 'some attack still fools most images, and no gradient is hidden: the model is not protected.',
  robust:
    'every attack that was tried succeeds notably less often than without the defence, and none on half of ' +
    'the images. This holds for these single-step attacks; a stronger one may still be found.',
  inconclusive:
    'the numbers do not decide: too few images, effects in different directions, or no other attack to ' +
    'compare with.',
} as const satisfies Readonly<Record<VerdictName, string>>;
