import { objectives } from '../../core/models/objectives/index.js';
import { CLIPPED, STABLE } from '../../node/apps/study/claims/claim-rule.js';
import { type AttackName, sameAttack } from '../../node/apps/study/comparisons.js';
import type { Rate, Results } from '../../node/apps/study/study-schema.js';

export type Model = Results['models'][number];
export type Attack = Results['attacks'][number];
export type Gradients = Results['gradients'][number];

/** The model that is shown where only one can be: the first uncompressed one, else the first. */
export function baseline(results: Results): Model | undefined {
  return results.models.find((m) => m.compression === 'none') ?? results.models[0];
}

/**
 * Id of the uncompressed model of a study's own network, which has no name; networks from the registry have
 * names.
 */
export const STUDYS_OWN = 'uncompressed';

/** A model in running text. */
export const inProse = ({ id, label }: Model): string =>
  id === STUDYS_OWN ? 'the uncompressed model' : label;

/** A class by its name where the data set has names, else by its number. */
export const className = ({ dataset }: Results, label: number): string =>
  dataset.classNames?.[label] ?? String(label);

/**
 * Whether inputs have colours: the notation of a network begins with the shape of its input, see
 * `parseNotation`.
 */
export const inColour = ({ models }: Results): boolean => models.some((m) => m.architecture.startsWith('3x'));

/** Runs of one attack that measured something. */
export function runsOf(results: Results, attack: string): Attack[] {
  return results.attacks.filter((a) => a.attack === attack && a.points.some((p) => p.success.value !== null));
}

/** Plain FGSM sweeps over epsilon: the paper's figures 4 and 10 (HFGSM when the model is compressed). */
export function fgsm(results: Results): Attack[] {
  return runsOf(results, 'fgsm').filter((a) => a.variant === '' && a.norm === 'Linf');
}

/** The same with the gradients of the model without inhibition. */
export function transfer(results: Results): Attack[] {
  return runsOf(results, 'fgsm').filter((a) => a.variant === 'transfer' && a.norm === 'Linf');
}

/** The gradients that plain FGSM asked for: figures 7 and 9. */
export function fgsmGradients(results: Results): Gradients[] {
  return results.gradients.filter((g) => g.attack === 'fgsm' && g.variant === '' && g.images > 0);
}

/**
 * Whether the paper's J, whose evaluation it leaves open, may have been this one: its numbers are shown
 * beside no other.
 */
export const mayBeThePapers = ({ variant, objective }: Pick<AttackName, 'variant' | 'objective'>): boolean =>
  variant === '' && (objective === STABLE || objective === CLIPPED);

/** Objectives in the order of the registry, unknown ones last. */
export function objectivesOf(rows: readonly { objective: string }[]): string[] {
  const known = Object.keys(objectives);
  const rank = (o: string): number => (known.includes(o) ? known.indexOf(o) : known.length);
  return [...new Set(rows.map((r) => r.objective))].sort((a, b) => rank(a) - rank(b));
}

/** The different attacks among some runs: by variant as they come, plain ones first, then by objective. */
export function kindsOf(runs: readonly Attack[]): AttackName[] {
  const variants = [...new Set(runs.map((a) => a.variant))].sort(
    (a, b) => Number(a !== '') - Number(b !== ''),
  );
  return variants.flatMap((variant) => {
    const own = runs.filter((a) => a.variant === variant);
    return [...new Set(own.map((a) => a.attack))].flatMap((attack) =>
      objectivesOf(own.filter((a) => a.attack === attack)).map((objective) => ({
        attack,
        variant,
        objective,
      })),
    );
  });
}

export const runsOfKind = (runs: readonly Attack[], kind: AttackName): Attack[] =>
  runs.filter((a) => sameAttack(a, kind));

export function budgetsOf(attacks: readonly Attack[]): number[] {
  return budgetsIn(attacks.flatMap((a) => a.points));
}

/** The budgets of some rows, each once. */
export function budgetsIn(rows: readonly { budget: number }[]): number[] {
  return ascending(rows.map((r) => r.budget));
}

export function tausOf(rows: readonly { tau: number }[]): number[] {
  return ascending(rows.map((r) => r.tau));
}

/** Plain FGSM on one model with one objective at one tau, if it was run. */
export function attackOn(
  results: Results,
  model: string,
  objective: string,
  tau: number,
): Attack | undefined {
  return fgsm(results).find((a) => a.model === model && a.objective === objective && a.tau === tau);
}

/**
 * Success at exactly this budget: the only rate that runs over several budgets and runs at one have in
 * common.
 */
export function successAlone(attack: Attack | undefined, budget: number): Rate | undefined {
  const success = attack?.points.find((p) => p.budget === budget)?.successAtBudget;
  return success?.value === null ? undefined : success;
}

/** Algorithm 1's success rate at a budget; undefined when that budget was not run or nothing was counted. */
export function successAt(attack: Attack | undefined, budget: number): Rate | undefined {
  const success = attack?.points.find((p) => p.budget === budget)?.success;
  return success?.value === null ? undefined : success;
}

/** How many inputs some runs attacked: one number, or more when they differ. */
export function attackedImages(runs: readonly Attack[]): number[] {
  return ascending(runs.flatMap((a) => a.points.map((p) => p.success.total)).filter((total) => total > 0));
}

/** The bounds that robustness is usually stated for (Madry et al. 2018), by study. */
const COMMON_BOUNDS: Readonly<Record<string, number>> = { mnist: 0.3, cifar10: 8 / 255 };

/**
 * The budget for the headline: the largest one up to the common bound of the data set; at 0.5 a grey image is
 * within the budget and success says little. Falls back to the smallest one.
 */
export function headlineBudget(results: Results): number | undefined {
  const bound = COMMON_BOUNDS[results.study] ?? 0.3;
  const budgets = budgetsOf(fgsm(results).filter((a) => a.tau === 0));
  return budgets.filter((b) => b <= bound + 1e-9).at(-1) ?? budgets[0];
}

/** The budgets that inhibited models were attacked at. */
export function inhibitedBudgets(results: Results): number[] {
  return budgetsOf([...fgsm(results), ...transfer(results)].filter((a) => a.tau > 0));
}

function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
