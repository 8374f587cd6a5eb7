import { rate } from '../../../src/core/base/statistics.js';
import type { Results } from '../../../src/node/apps/study/study-schema.js';

type Attack = Results['attacks'][number];

export interface Kind {
  readonly id: string;
  /** Width of the weights' distribution: what the shapes of all curves follow from. */
  readonly spread: number;
}

export const TAUS = [0, 0.01, 0.02, 0.05, 0.1];
export const IMAGES = 1000;
export const OBJECTIVES = ['cross-entropy', 'cross-entropy-clipped', 'margin'];
const EPSILONS = [0.1, 0.2, 0.3, 0.4, 0.5];
const ELEMENTS = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
const ITERATIVE_IMAGES = 100;

/** Images whose whole gradient is exactly zero: only clipping does that here. */
export const zeroed = (objective: string, tau: number, spread: number): number =>
  objective === 'cross-entropy-clipped'
    ? Math.round(IMAGES * (1 - 0.97 * Math.exp(-tau * 55 * (0.05 / spread))))
    : 0;

const fooled = (epsilon: number, spread: number): number =>
  Math.round(IMAGES * Math.min(0.965, 1.05 * (1 - Math.exp(-((epsilon / (0.17 + spread)) ** 2)))));

interface Run {
  readonly model: string;
  readonly attack: string;
  readonly variant: string;
  readonly objective: string;
  readonly tau?: number;
}

export function fileOf({ model, attack, variant, objective, tau = 0 }: Run): string {
  const parts = [attack, variant.replaceAll(' ', '-'), objective, ...(tau > 0 ? [`tau-${tau}`] : [])];
  return `outcomes/${model}/${parts.filter(Boolean).join('-')}.csv`;
}

export const pointOf = (
  budget: number,
  count: number,
  total: number,
  untouched: number,
): Attack['points'][number] => ({
  budget,
  success: rate(count, total),
  successAtBudget: rate(Math.round(count * 0.98), total),
  robustAccuracy: rate(Math.max(0, total - count - 9), total),
  untouched: rate(untouched, total),
});

/** Every objective at every tau, and the transfer at every tau above 0, as the study plans them. */
export function fgsmAttacks({ id, spread }: Kind): Attack[] {
  return TAUS.flatMap((tau) => [
    ...OBJECTIVES.map((objective) =>
      fgsmAttack({ model: id, attack: 'fgsm', variant: '', objective, tau }, spread),
    ),
    ...(tau > 0
      ? [
          fgsmAttack(
            { model: id, attack: 'fgsm', variant: 'transfer', objective: 'cross-entropy', tau },
            spread,
          ),
        ]
      : []),
  ]);
}

function fgsmAttack(run: Run & { readonly tau: number }, spread: number): Attack {
  const { tau, objective, variant } = run;
  const stuck = zeroed(objective, tau, spread);
  const strength = variant === 'transfer' ? 0.9 : objective === 'margin' ? 0.97 : 1;
  return {
    ...run,
    parameters: {},
    norm: 'Linf',
    budgetName: 'epsilon',
    points: (tau === 0 ? EPSILONS : [0.5]).map((budget) =>
      pointOf(budget, Math.round(strength * fooled(budget, spread) * (1 - stuck / IMAGES)), IMAGES, stuck),
    ),
    zeroGradientElements: Math.min(1, stuck / IMAGES + 0.08),
    zeroGradientInputs: rate(stuck, IMAGES),
    stuck: null,
    outcomes: fileOf(run),
  };
}

const SALIENCY = [
  { variant: 'single-shot', objective: 'probabilities', total: IMAGES, reach: 0.5, half: 45, stuck: 0.44 },
  { variant: 'single-shot', objective: 'logits', total: IMAGES, reach: 0.93, half: 45, stuck: 0.004 },
  { variant: 'iterative', objective: 'logits', total: ITERATIVE_IMAGES, reach: 0.99, half: 18, stuck: 0.02 },
  { variant: 'iterative pairs', objective: 'logits', total: ITERATIVE_IMAGES, reach: 1, half: 24, stuck: 0 },
];

/** The four forms of HJSMA, the iterative ones on fewer images. */
export function jsmaAttacks({ id, spread }: Kind): Attack[] {
  return SALIENCY.map(({ variant, objective, total, reach, half, stuck }) => {
    const run = { model: id, attack: 'jsma', variant, objective };
    return {
      ...run,
      tau: 0,
      parameters: {
        mode: variant === 'single-shot' ? 'single-shot' : 'iterative',
        search: variant === 'iterative pairs' ? 'pair' : 'element',
        target: 'runner-up',
        outputs: objective,
        theta: 1,
        direction: 'increase',
        gamma: 1,
      },
      norm: 'L0' as const,
      budgetName: 'elements',
      points: ELEMENTS.map((budget) => {
        const share = reach * (1 - spread) * (1 - Math.exp(-((budget / (half * (1 + 3 * spread))) ** 2)));
        return pointOf(budget, Math.round(share * total), total, 0);
      }),
      zeroGradientElements: null,
      zeroGradientInputs: null,
      stuck: rate(Math.round(stuck * (1 - spread) * total), total),
      outcomes: fileOf(run),
    };
  });
}
