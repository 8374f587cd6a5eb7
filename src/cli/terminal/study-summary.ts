import { formatEpsilon } from '../../core/base/numbers.js';
import { type AttackName, sameAttack } from '../../node/apps/study/comparisons.js';
import type { Rate, Results } from '../../node/apps/study/study-schema.js';
import { bytesText, count, percent, table } from './terminal-text.js';

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
    models.map((m) => [
      m.label,
      `${percent(m.cleanAccuracy.value, 2)} (${percent(m.cleanAccuracy.low, 2)} to ${percent(m.cleanAccuracy.high, 2)})`,
      count(m.parameters.stored),
      ...(compressed ? [count(m.parameters.virtual)] : []),
      bytesText(m.bytes),
    ]),
  );
}

/** One table for each attack, variant and objective: success of the models as trained, over the budgets. */
function attacked(results: Results): string[] {
  return groups(results.attacks.filter((a) => a.tau === 0)).map((rows) => {
    const budgets = rows[0]!.points.map((p) => p.budget);
    const shown = few(budgets);
    const which = shown.length < budgets.length ? ` (${shown.length} of ${budgets.length} budgets)` : '';
    const zeros = rows.some((a) => a.zeroGradientInputs);
    const stuck = rows.some((a) => a.stuck);
    const body = table(
      [
        'model',
        ...shown.map((budget) => budgetOf(rows[0]!, budget)),
        ...(zeros ? ['zero gradients'] : []),
        ...(stuck ? ['stuck'] : []),
      ],
      rows.map((a) => [
        labelOf(results, a.model),
        ...shown.map((budget) => compact(a.points.find((p) => p.budget === budget)?.success)),
        ...(zeros ? [compact(a.zeroGradientInputs)] : []),
        ...(stuck ? [compact(a.stuck)] : []),
      ]),
    );
    const notes = [
      ...(zeros ? ['zero gradients: inputs that a gradient attack cannot move'] : []),
      ...(stuck ? ['stuck: not fooled, and no admissible element left'] : []),
    ];
    const title = `fooled by ${nameOf(rows[0]!)}, ${images(rows)}, by ${rows[0]!.budgetName}${which}, with 95 % intervals`;
    return `${title}${notes.length > 0 ? ` [${notes.join('; ')}]` : ''}\n${body}`;
  });
}

/** A terminal has room for so many columns of rates. */
const COLUMNS = 5;

/** All values, or so many of them evenly, the largest included. */
const few = (values: readonly number[], most = COLUMNS): readonly number[] =>
  values.length <= most
    ? values
    : Array.from({ length: most }, (_, i) => values[Math.round(((i + 1) * values.length) / most) - 1]!);

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

/** Of each model a line for each attack, so that one sees which of them fall. */
function inhibitedAt(
  results: Results,
  hardened: readonly Attack[],
  { budget, withZeros }: { readonly budget: number; readonly withZeros: boolean },
): string {
  const all = ascending(hardened.map((a) => a.tau));
  const taus = [0, ...few(all, COLUMNS - 1)];
  const which = taus.length <= all.length ? ` (${taus.length} of ${all.length + 1} values)` : '';
  const kinds = groups(hardened).map((rows) => rows[0]!);
  const rows = results.attacks.filter((a) => kinds.some((kind) => sameAttack(a, kind)));
  const body = [...new Set(hardened.map((a) => a.model))].flatMap((model) =>
    kinds.flatMap((kind, k) => {
      const at = (tau: number) => rows.find((a) => a.model === model && a.tau === tau && sameAttack(a, kind));
      const line = (
        name: string,
        rate: (a: Attack | undefined) => Rate | null | undefined,
        first: boolean,
      ) => [first ? labelOf(results, model) : '', name, ...taus.map((tau) => compact(rate(at(tau))))];
      const zeros =
        withZeros && kind.variant === '' && taus.some((tau) => (at(tau)?.zeroGradientInputs?.value ?? 0) > 0);
      return [
        line(follows(kind), (a) => a?.points.find((p) => p.budget === budget)?.successAtBudget, k === 0),
        ...(zeros ? [line('  no gradient at all', (a) => a?.zeroGradientInputs, false)] : []),
      ];
    }),
  );
  const title = `gradient inhibition: fooled by ${enumerated(kinds.map((kind) => kind.attack))} at ${hardened[0]!.budgetName} ${budgetOf(hardened[0]!, budget)}, ${images(hardened)}, over tau${which}; an attack that falls where others do not has lost its gradient`;
  return `${title}\n${table(['model', 'follows', ...taus.map((tau) => `tau ${tau}`)], body)}`;
}

/**
 * For each epsilon and evaluation of J how many models have which verdict at each tau; at the
 * largest one, model by model.
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
    const largest = at(taus.at(-1)!);
    const models = largest.map((v) => `${labelOf(results, v.model)} ${v.verdict}${instead(v)}`);
    return [
      `  ${name}, of ${largest.length} ${largest.length === 1 ? 'model' : 'models'}: ${counts.join('; ')}`,
      ...(largest.every((v) => v.verdict === 'fooled')
        ? []
        : [`    at tau ${taus.at(-1)}: ${models.join('; ')}`]),
    ];
  });
  if (lines.length === 0) return '';
  const title =
    'verdicts on inhibition [masked: another attack, spared by the defence, notably beats it; fooled: some attack still fools most images; robust: every attack fell notably, none fools half]';
  return `${title}\n${lines.join('\n')}`;
}

/** What still works where the attack itself does not. */
function instead({ verdict, strongest, others, after }: Verdict): string {
  const other = strongest === null ? undefined : others[strongest];
  if (verdict !== 'masked' || !other) return '';
  return ` (${percent(after.value)}, but ${percent(other.after.value)} by ${follows(other)})`;
}

/** Runs of one attack, variant and objective, together. */
function groups(attacks: readonly Attack[]): Attack[][] {
  const found: Attack[][] = [];
  for (const attack of attacks) {
    const own = found.find(([first]) => sameAttack(first!, attack));
    if (own) own.push(attack);
    else found.push([attack]);
  }
  return found;
}

/** What runs of one attack differ in: "margin", "transfer". */
const follows = ({ variant, objective }: Pick<AttackName, 'variant' | 'objective'>): string =>
  variant || objective;

const enumerated = (names: readonly string[]): string => [...new Set(names)].join(' and ');

/** "fgsm (margin)", "fgsm transfer (cross-entropy)", "jsma iterative pairs (logits)". */
const nameOf = ({ attack, variant, objective }: AttackName): string =>
  `${[attack, variant].filter(Boolean).join(' ')} (${objective})`;

/** How many inputs the rates of a table are of. */
const images = (rows: readonly Attack[]): string =>
  `${[...new Set(rows.flatMap((a) => a.points.map((p) => p.success.total)))].map(count).join(' or ')} images`;

/** `12.3 % (10.1-14.8)`: short enough for a table whose title says how many there are. */
function compact(rate: Rate | null | undefined): string {
  if (rate?.value == null) return '-';
  return `${percent(rate.value)} (${(100 * rate.low!).toFixed(1)}-${(100 * rate.high!).toFixed(1)})`;
}

const claims = (results: Results): string =>
  results.claims
    .map(({ figure, verdict, statement, paper, ours }) =>
      [`Fig. ${figure}: ${verdict}. ${statement}`, `  paper  ${paper}`, `  ours   ${ours}`].join('\n'),
    )
    .join('\n');

const labelOf = (results: Results, id: string): string =>
  results.models.find((m) => m.id === id)?.label ?? id;
