import { type Attack, type AttackName, type AttackParameters, attacks } from '../attacks/index.js';
import { type Objective, type ObjectiveName, objectives } from '../models/objectives/index.js';
import type { Role } from './evidence.js';

/** Norms that an audit knows a suite of attacks for. */
export type AuditNorm = 'Linf' | 'L2';

/** Attacks that there are in both norms: `pgd` and `pgd-l2`. */
type BothNorms = { [N in AttackName]: `${N}-l2` extends AttackName ? N : never }[AttackName];

/** An attack that an audit makes on every model. */
export interface PlannedAttack {
  readonly attack: Attack;
  readonly role: Role;
  /** For attacks that follow one. */
  readonly objective?: Objective;
  readonly parameters?: AttackParameters;
  /**
   * `curve`: all epsilons of the audit; `epsilon`: the one that the verdict is about;
   * `range`: everything is allowed.
   */
  readonly budgets: 'curve' | 'epsilon' | 'range';
  /**
   * Follow the gradients of other models: of every other one in the audit, and of this
   * one without its defences.
   */
  readonly transferred?: true;
  /** What tells it apart from another trial of the same attack and objective. */
  readonly remark?: string;
  /** Gradients of one input at most, for each budget; a forward pass counts as a third. */
  readonly cost: number;
}

export const efforts = ['quick', 'full'] as const;

/** How thorough an audit is. */
export type Effort = (typeof efforts)[number];

/** Losses of one step: every one that an evaluation may have followed, so that a flat one shows. */
const PROBES: readonly ObjectiveName[] = [
  'cross-entropy',
  'cross-entropy-clipped',
  'cross-entropy-temperature',
  'margin',
  'logit',
  'dlr',
];
/**
 * Losses of many steps: what toolkits follow by default, computed in two ways, and the
 * one that never saturates.
 */
const FOLLOWED: readonly ObjectiveName[] = ['cross-entropy', 'cross-entropy-clipped', 'margin'];

interface Sizes {
  readonly noise: number;
  readonly pgd: number;
  readonly apgd: number;
  readonly targets: boolean;
  readonly square: number;
  readonly longer: number;
}

/**
 * `full` has the published sizes of AutoAttack (Croce and Hein 2020, section 5); `quick` finds the same on
 * most models, in a tenth of the time.
 */
const SIZES: Readonly<Record<Effort, Sizes>> = {
  quick: { noise: 10, pgd: 20, apgd: 40, targets: false, square: 500, longer: 100 },
  full: { noise: 50, pgd: 40, apgd: 100, targets: true, square: 5000, longer: 200 },
};

const OTHER_CLASSES = 9;
const FORWARD = 1 / 3;

/**
 * The attacks of an audit, cheap ones first. Beside the strongest (AutoAttack's members) stand weak ones on
 * purpose: what is wrong with an evaluation shows in attacks that do better or worse than they should.
 */
export function suite(norm: AuditNorm, effort: Effort): PlannedAttack[] {
  const size = SIZES[effort];
  const named = (name: BothNorms): Attack => attacks[norm === 'Linf' ? name : (`${name}-l2` as const)];
  const one: AttackParameters = { steps: 1, stepSize: 1, randomStart: 'no' };
  const step =
    norm === 'Linf'
      ? { attack: attacks.fgsm }
      : { attack: named('pgd'), parameters: one, remark: 'one step' };
  const noise = { attack: named('noise'), parameters: { draws: size.noise }, cost: size.noise * FORWARD };
  const descent = (name: ObjectiveName) => ({
    attack: named('pgd'),
    objective: objectives[name],
    parameters: { steps: size.pgd, stepSize: 2.5 / size.pgd },
    cost: size.pgd,
  });
  return [
    { ...noise, role: 'noise', budgets: 'epsilon' },
    ...PROBES.map(
      (name): PlannedAttack => ({
        ...step,
        role: 'one-step',
        objective: objectives[name],
        budgets: 'curve',
        cost: 1,
      }),
    ),
    ...FOLLOWED.map((name): PlannedAttack => ({ ...descent(name), role: 'iterative', budgets: 'epsilon' })),
    {
      attack: named('apgd'),
      role: 'iterative',
      objective: objectives['cross-entropy'],
      parameters: { steps: size.apgd },
      budgets: 'curve',
      cost: size.apgd,
    },
    {
      attack: named('apgd'),
      role: 'iterative',
      objective: objectives.dlr,
      parameters: { steps: size.apgd },
      // On the curve too: a saturated cross-entropy would draw it too high.
      budgets: 'curve',
      cost: size.apgd,
    },
    ...(size.targets
      ? (['apgd-t', 'fab-t'] as const).map(
          (name): PlannedAttack => ({
            attack: named(name),
            role: 'iterative',
            budgets: 'epsilon',
            // FAB's projections and final searches take about as long as its gradients.
            cost: OTHER_CLASSES * size.apgd * (name === 'fab-t' ? 2 : 1),
          }),
        )
      : []),
    {
      attack: named('square'),
      role: 'gradient-free',
      parameters: { queryBudget: size.square },
      budgets: 'epsilon',
      cost: size.square * FORWARD,
    },
    {
      attack: named('apgd'),
      role: 'transfer',
      objective: objectives['cross-entropy'],
      parameters: { steps: TRANSFER_STEPS },
      budgets: 'epsilon',
      transferred: true,
      cost: TRANSFER_STEPS,
    },
    // Two losses: one that may be flat, and one that never is, so that a broken attack is
    // told from a hidden gradient.
    ...(['cross-entropy', 'margin'] as const).map(
      (name): PlannedAttack => ({
        ...descent(name),
        role: 'unbounded',
        budgets: 'range',
        remark: 'unbounded',
      }),
    ),
    {
      attack: named('apgd'),
      role: 'longer',
      objective: objectives['cross-entropy'],
      parameters: { steps: size.longer },
      budgets: 'epsilon',
      remark: `${size.longer} steps`,
      cost: size.longer,
    },
  ];
}

const TRANSFER_STEPS = 20;

/**
 * Unique among the trials of a model: "pgd cross-entropy", "apgd cross-entropy from dense", "pgd
 * cross-entropy, unbounded".
 */
export function trialId({ attack, objective, remark }: PlannedAttack, from?: string): string {
  const words = [attack.name, ...(attack.followsObjective && objective ? [objective.name] : [])];
  return `${words.join(' ')}${from ? ` from ${from}` : ''}${remark ? `, ${remark}` : ''}`;
}

/** Epsilons of the curve: up to the audited one, and one beyond it where the norm allows it. */
export function curveOf(epsilon: number, norm: AuditNorm): number[] {
  const all = [epsilon / 4, epsilon / 2, epsilon, 2 * epsilon];
  return norm === 'Linf' ? all.filter((e) => e <= 1) : all;
}

/** What one gradient and one query cost, in any unit. */
export interface UnitCosts {
  readonly gradient: number;
  readonly query: number;
}

/** Cost of one input at most, all trials together; by default in gradients. */
export const costOf = (
  planned: readonly PlannedAttack[],
  sources: number,
  epsilons: number,
  { gradient, query }: UnitCosts = { gradient: 1, query: FORWARD },
): number =>
  planned.reduce((sum, { cost, role, budgets, transferred }) => {
    const unit = role === 'noise' || role === 'gradient-free' ? query / FORWARD : gradient;
    return sum + cost * unit * (budgets === 'curve' ? epsilons : 1) * (transferred ? sources : 1);
  }, 0);
