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
  /** Follow the gradient of a network that was trained on the model's answers. */
  readonly substitute?: true;
  /** The attack sees the model through a grid of values, as files hold them. */
  readonly rounded?: true;
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
  /** Queries of a decision-based attack; it needs more in L2. */
  readonly decisions: number;
  /** Gradients that each step of an attack on averaged ones takes. */
  readonly averaged: number;
  readonly longer: number;
}

/** What probes of a model ask for beside the default attacks. */
export interface SuiteNeeds {
  /** Gradients at neighbouring points have little in common. */
  readonly shattered?: boolean;
  /** Answers depend on values being those of a grid. */
  readonly grid?: boolean;
}

/**
 * `full` has the published sizes of AutoAttack (Croce and Hein 2020, section 5); `quick` finds the same on
 * most models, in a tenth of the time.
 */
const SIZES: Readonly<Record<Effort, Sizes>> = {
  quick: {
    ...{ noise: 10, pgd: 20, apgd: 40, targets: false, longer: 100 },
    ...{ square: 500, decisions: 300, averaged: 16 },
  },
  full: {
    ...{ noise: 50, pgd: 40, apgd: 100, targets: true, longer: 200 },
    ...{ square: 5000, decisions: 2000, averaged: 64 },
  },
};

const OTHER_CLASSES = 9;
const FORWARD = 1 / 3;

/**
 * The attacks of an audit, cheap ones first. Beside the strongest (AutoAttack's members) stand weak ones on
 * purpose: what is wrong with an evaluation shows in attacks that do better or worse than they should.
 *
 * @param needs what probes of the model ask for
 */
export function suite(norm: AuditNorm, effort: Effort, needs: SuiteNeeds = {}): PlannedAttack[] {
  const planned = defaultSuite(norm, effort, needs);
  if (!needs.grid) return planned;
  // Whatever decides a verdict once more, seeing what a file holds.
  const again = planned.filter(({ role, rounded }) => !rounded && ROUNDED_AGAIN.includes(role));
  const there = new Set(planned.filter(({ rounded }) => rounded).map((attack) => trialId(attack)));
  const more = again.map((attack): PlannedAttack => ({ ...attack, ...inFiles(attack) }));
  return [...planned, ...more.filter((attack) => !there.has(trialId(attack)))];
}

const ROUNDED_AGAIN: readonly Role[] = ['iterative', 'averaged', 'gradient-free'];

const inFiles = ({ remark }: Pick<PlannedAttack, 'remark'>) =>
  ({ rounded: true, remark: remark === undefined ? 'rounded' : `${remark}, rounded` }) as const;

function defaultSuite(norm: AuditNorm, effort: Effort, needs: SuiteNeeds): PlannedAttack[] {
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
    // The same as the one before it, but that it sees what a file holds.
    { ...descent('margin'), ...inFiles({}), role: 'iterative', budgets: 'epsilon' },
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
    decisionBased(norm, size.decisions),
    ...(needs.shattered
      ? [
          {
            attack: named('eot-pgd'),
            role: 'averaged',
            objective: objectives.margin,
            parameters: { steps: size.pgd, stepSize: 2.5 / size.pgd, draws: size.averaged },
            budgets: 'epsilon',
            cost: size.pgd * size.averaged,
          } as const,
        ]
      : []),
    ...(['cross-entropy', 'margin'] as const).map(
      (name): PlannedAttack => ({
        attack: named('apgd'),
        role: 'substitute',
        objective: objectives[name],
        parameters: { steps: TRANSFER_STEPS },
        budgets: 'epsilon',
        substitute: true,
        cost: TRANSFER_STEPS,
      }),
    ),
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

/** Sees decisions alone: no logits, no gradient. */
function decisionBased(norm: AuditNorm, queryBudget: number): PlannedAttack {
  const attack = norm === 'Linf' ? attacks.rays : attacks['hop-skip-jump'];
  const parameters = norm === 'Linf' ? { queryBudget } : { queryBudget, startTries: 50 };
  return {
    attack,
    role: 'gradient-free',
    parameters,
    budgets: 'epsilon',
    cost: queryBudget * FORWARD,
  };
}

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

/** Roles that ask for no gradient of the model; a substitute's is that of a small network. */
const CHEAP: readonly Role[] = ['noise', 'gradient-free', 'substitute'];

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
    const unit = CHEAP.includes(role) ? query / FORWARD : gradient;
    return sum + cost * unit * (budgets === 'curve' ? epsilons : 1) * (transferred ? sources : 1);
  }, 0);
