import { objectives } from '../models/objectives.js';
import type { Rate, Results } from '../studies/results.js';

export type Model = Results['models'][number];
export type Attack = Results['attacks'][number];

export type Gradients = Results['gradients'][number];

/** Name for headings, from the registry of objectives; results of another version may hold unknown ones. */
export function objectiveName(objective: string): string {
  return objectives[objective]?.title ?? objective;
}

/** The name inside a sentence. */
export function objectiveInProse(objective: string): string {
  const name = objectives[objective]?.title;
  return name === undefined ? objective : name.charAt(0).toLowerCase() + name.slice(1);
}

/** What the objective computes: the first clause of its help. */
export function objectiveHint(objective: string): string {
  return objectives[objective]?.help.split('; ')[0] ?? '';
}

/** The hint as lines that fit a panel. */
export function panelHint(objective: string): string[] {
  const lines = [''];
  for (const word of objectiveHint(objective).split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length > 54) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** The model every other is compared with: the first uncompressed one, else the first. */
export function baseline(results: Results): Model | undefined {
  return results.models.find((m) => m.compression === 'none') ?? results.models[0];
}

/** The model it is compared with, in running text: "the uncompressed model" where that is unambiguous. */
export function inProse(model: Model, results: Results): string {
  const plain = results.models.filter((m) => m.compression === 'none');
  return plain.length === 1 && plain[0] === model ? 'the uncompressed model' : model.label;
}

/** FGSM sweeps over epsilon that measured something: the paper's figures 4 and 10 (HFGSM when the model is compressed). */
export function fgsm(results: Results): Attack[] {
  const measured = (a: Attack): boolean => a.points.some((p) => p.success.value !== null);
  return results.attacks.filter((a) => a.attack === 'fgsm' && a.norm === 'Linf' && measured(a));
}

/** The gradients that FGSM asked for: figures 7 and 9. */
export function fgsmGradients(results: Results): Gradients[] {
  return results.gradients.filter((g) => g.attack === 'fgsm' && g.images > 0);
}

/** Objectives in the order of the registry, unknown ones last. */
export function objectivesOf(rows: readonly { objective: string }[]): string[] {
  const known = Object.keys(objectives);
  const rank = (o: string): number => (known.includes(o) ? known.indexOf(o) : known.length);
  return [...new Set(rows.map((r) => r.objective))].sort((a, b) => rank(a) - rank(b));
}

export function budgetsOf(attacks: readonly Attack[]): number[] {
  return ascending(attacks.flatMap((a) => a.points.map((p) => p.budget)));
}

export function tausOf(rows: readonly { tau: number }[]): number[] {
  return ascending(rows.map((r) => r.tau));
}

/** The attack on one model with one objective at one tau, if it was run. */
export function attackOn(results: Results, model: string, objective: string, tau: number): Attack | undefined {
  return fgsm(results).find((a) => a.model === model && a.objective === objective && a.tau === tau);
}

/** Algorithm 1's success rate at a budget; undefined when that budget was not run or nothing was counted. */
export function successAt(attack: Attack | undefined, budget: number): Rate | undefined {
  const success = attack?.points.find((p) => p.budget === budget)?.success;
  return success?.value === null ? undefined : success;
}

/**
 * The budget for the headline: the largest one up to 0.3, the usual bound for MNIST (Madry et al. 2018); at 0.5 a grey
 * image is within reach and fooling says little. Falls back to the smallest one.
 */
export function headlineBudget(results: Results): number | undefined {
  const budgets = budgetsOf(fgsm(results).filter((a) => a.tau === 0));
  return budgets.filter((b) => b <= 0.3 + 1e-9).at(-1) ?? budgets[0];
}

/** The largest budget, at which the paper measures inhibition (Fig. 10). */
export function largestBudget(results: Results): number | undefined {
  return budgetsOf(fgsm(results)).at(-1);
}

function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
