import { formatEpsilon } from '../../core/base/numbers.js';
import { plural } from '../../core/base/text/index.js';
import { type AttackName, sameAttack } from '../../node/apps/study/comparisons.js';
import type { Rate, Results } from '../../node/apps/study/study-schema.js';
import { bytesText, compactRate, count, percent, table } from './terminal-text.js';

type Attack = Results['attacks'][number];
type Verdict = Results['verdicts'][number];

/**
 * What a terminal shows of a study: the models, how often they were fooled, what inhibition did, the claims.
 */
export function summaryOf(results: Results): string {
  return [models(results), ...attacked(results), ...inhibited(results), verdicts(results), claims(results)]
    .filter(Boolean)
    .join('\n\n');
}

function models({ models }: Results): string {
  if (models.length === 0) return '';
  // A model that is not compressed stores what it computes with.
  const compressed = models.some((m) => m.compression !== 'none');
  return table(
    ['model', 'test accuracy', ...(compressed ? ['stored', 'virtual'] : ['weights']), 'file'],
    models.map(({ label, cleanAccuracy, parameters, bytes }) => [
      label,
      compactRate(cleanAccuracy, 2),
      count(parameters.stored),
      ...(compressed ? [count(parameters.virtual)] : []),
      bytesText(bytes),
    ]),
  );
}

/** One table for each attack, variant and objective: success of the models as trained, over the budgets. */
const attacked = (results: Results): string[] =>
  groups(results.attacks.filter((a) => a.tau === 0)).map((group) => attackTable(results, group));

function attackTable(results: Results, { kind, runs }: Group): string {
  const budgets = kind.points.map((p) => p.budget);
  const shown = few(budgets);
  const which = shown.length < budgets.length ? ` (${shown.length} of ${budgets.length} budgets)` : '';
  const zeros = runs.some((a) => a.zeroGradientInputs);
  const stuck = runs.some((a) => a.stuck);
  const body = table(
    [
      'model',
      ...shown.map((budget) => budgetOf(kind, budget)),
      ...(zeros ? ['zero gradients'] : []),
      ...(stuck ? ['stuck'] : []),
    ],
    runs.map((a) => [
      labelOf(results, a.model),
      ...shown.map((budget) => compactRate(a.points.find((p) => p.budget === budget)?.success)),
      ...(zeros ? [compactRate(a.zeroGradientInputs)] : []),
      ...(stuck ? [compactRate(a.stuck)] : []),
    ]),
  );
  const notes = [
    ...(zeros ? ['zero gradients: inputs that a gradient attack cannot move'] : []),
    ...(stuck ? ['stuck: not fooled, and no admissible element left'] : []),
  ];
  const title = [
    `fooled by ${nameOf(kind)}`,
    images(runs),
    `by ${kind.budgetName}${which}`,
    'with 95 % intervals',
  ].join(', ');
  return `${title}${notes.length > 0 ? ` [${notes.join('; ')}]` : ''}\n${body}`;
}

/** Columns of rates that fit a terminal. */
const COLUMNS = 5;

/** All values, or so many of them evenly, the largest included. */
function few(values: readonly number[], maximum = COLUMNS): readonly number[] {
  if (values.length <= maximum) return values;
  const ranks = Array.from({ length: maximum }, (_, i) => Math.round(((i + 1) * values.length) / maximum));
  return values.filter((_, i) => ranks.includes(i + 1));
}

/** `8/255` for an epsilon; numbers of elements are never rounded. */
const budgetOf = ({ budgetName }: Pick<Attack, 'budgetName'>, budget: number): string =>
  budgetName === 'epsilon' ? formatEpsilon(budget) : String(budget);

const ascending = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);

/** Success over tau at each budget that inhibited models were attacked at. */
function inhibited(results: Results): string[] {
  const hardened = results.attacks.filter((a) => a.tau > 0);
  return ascending(hardened.flatMap((a) => a.points.map((p) => p.budget))).map((budget, i) => {
    const here = hardened.filter((a) => a.points.some((p) => p.budget === budget));
    // The gradient is that of the unchanged input, whatever epsilon is taken then: one table shows it.
    return inhibitedAt(results, here, { budget, withZeros: i === 0 });
  });
}

/** Of each model a line for each attack, so that the attacks whose success falls can be seen. */
function inhibitedAt(
  results: Results,
  hardened: readonly Attack[],
  { budget, withZeros }: { readonly budget: number; readonly withZeros: boolean },
): string {
  const all = ascending(hardened.map((a) => a.tau));
  const taus = [0, ...few(all, COLUMNS - 1)];
  const kinds = groups(hardened).map(({ kind }) => kind);
  const body = [...new Set(hardened.map((a) => a.model))].flatMap((model) =>
    kinds.flatMap((kind, k) => {
      const at = (tau: number) =>
        results.attacks.find((a) => a.model === model && a.tau === tau && sameAttack(a, kind));
      const line = (name: string, rate: (a: Attack | undefined) => Rate | null | undefined) => [
        name,
        ...taus.map((tau) => compactRate(rate(at(tau)))),
      ];
      const zeros =
        withZeros && kind.variant === '' && taus.some((tau) => (at(tau)?.zeroGradientInputs?.value ?? 0) > 0);
      const success = line(follows(kind), (a) => a?.points.find((p) => p.budget === budget)?.successAtBudget);
      return [
        [k === 0 ? labelOf(results, model) : '', ...success],
        ...(zeros ? [['', ...line('  no gradient at all', (a) => a?.zeroGradientInputs)]] : []),
      ];
    }),
  );
  const [first] = kinds;
  if (!first) return '';
  const which = taus.length <= all.length ? ` (${taus.length} of ${all.length + 1} values)` : '';
  const attacks = [...new Set(kinds.map(({ attack }) => attack))].join(' and ');
  const title =
    `gradient inhibition: fooled by ${attacks} at ${first.budgetName} ${budgetOf(first, budget)}, ` +
    `${images(hardened)}, over tau${which}; an attack that falls where others do not has lost its gradient`;
  return `${title}\n${table(['model', 'follows', ...taus.map((tau) => `tau ${tau}`)], body)}`;
}

/**
 * For each epsilon and evaluation of J how many models have which verdict at each tau; at the largest one,
 * model by model.
 */
function verdicts(results: Results): string {
  const budgets = ascending(results.verdicts.map((v) => v.budget));
  const groups = budgets.flatMap((budget) => {
    const here = results.verdicts.filter((v) => v.budget === budget);
    const at = budgets.length > 1 ? ` at epsilon ${formatEpsilon(budget)}` : '';
    return [...new Set(here.map((v) => v.objective))].map((objective) => ({
      name: `${objective}${at}`,
      own: here.filter((v) => v.objective === objective),
    }));
  });
  const lines = groups.flatMap(({ name, own }) => {
    const taus = ascending(own.map((v) => v.tau));
    const at = (tau: number) => own.filter((v) => v.tau === tau);
    const counts = taus.map((tau) => {
      const given = at(tau).map((v) => v.verdict);
      const each = [...new Set(given)].map(
        (verdict) => `${given.filter((v) => v === verdict).length} ${verdict}`,
      );
      return `tau ${tau}: ${each.join(', ')}`;
    });
    const tau = Math.max(...taus);
    const largest = at(tau);
    const models = largest.map((v) => `${labelOf(results, v.model)} ${v.verdict}${instead(v)}`);
    return [
      `  ${name}, of ${plural(largest.length, 'model')}: ${counts.join('; ')}`,
      ...(largest.every((v) => v.verdict === 'fooled') ? [] : [`    at tau ${tau}: ${models.join('; ')}`]),
    ];
  });
  if (lines.length === 0) return '';
  const title =
    'verdicts on inhibition [masked: another attack, spared by the defence, notably beats it; fooled: some ' +
    'attack still fools most images; robust: every attack fell notably, none fools half]';
  return `${title}\n${lines.join('\n')}`;
}

/** What still works where the attack itself does not. */
function instead({ verdict, strongest, others, after }: Verdict): string {
  const other = strongest === null ? undefined : others[strongest];
  if (verdict !== 'masked' || !other) return '';
  return ` (${percent(after.value)}, but ${percent(other.after.value)} by ${follows(other)})`;
}

/** Runs of one attack, variant and objective, and the first of them, which names the others too. */
interface Group {
  readonly kind: Attack;
  readonly runs: Attack[];
}

function groups(attacks: readonly Attack[]): Group[] {
  const found: Group[] = [];
  for (const attack of attacks) {
    const own = found.find(({ kind }) => sameAttack(kind, attack));
    if (own) own.runs.push(attack);
    else found.push({ kind: attack, runs: [attack] });
  }
  return found;
}

/** What runs of one attack differ in: "margin", "transfer". */
const follows = ({ variant, objective }: Pick<AttackName, 'variant' | 'objective'>): string =>
  variant || objective;

/** "fgsm (margin)", "fgsm transfer (cross-entropy)", "jsma iterative pairs (logits)". */
const nameOf = ({ attack, variant, objective }: AttackName): string =>
  `${[attack, variant].filter(Boolean).join(' ')} (${objective})`;

/** How many inputs the rates of a table are of. */
const images = (rows: readonly Attack[]): string =>
  `${[...new Set(rows.flatMap((a) => a.points.map((p) => p.success.total)))].map(count).join(' or ')} images`;

const claims = (results: Results): string =>
  results.claims
    .map(({ figure, verdict, statement, paper, ours }) =>
      [`Fig. ${figure}: ${verdict}. ${statement}`, `  paper  ${paper}`, `  ours   ${ours}`].join('\n'),
    )
    .join('\n');

const labelOf = (results: Results, id: string): string =>
  results.models.find((m) => m.id === id)?.label ?? id;
