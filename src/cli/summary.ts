import type { Rate, Results } from '../studies/results.js';
import { bytesText, count, percent, table } from './format.js';

/** What a terminal shows of a study: the models, how often they were fooled, what inhibition did, the claims. */
export function summaryOf(results: Results): string {
  return [models(results), ...attacked(results), ...inhibited(results), claims(results)].filter(Boolean).join('\n\n');
}

function models({ models }: Results): string {
  return table(
    ['model', 'test accuracy', 'stored', 'virtual', 'file'],
    models.map((m) => [
      m.label,
      `${percent(m.cleanAccuracy.value, 2)} (${percent(m.cleanAccuracy.low, 2)} to ${percent(m.cleanAccuracy.high, 2)})`,
      count(m.parameters.stored),
      count(m.parameters.virtual),
      bytesText(m.bytes),
    ]),
  );
}

/** One table for each attack and objective: success of the models as trained, over the budgets. */
function attacked(results: Results): string[] {
  return groups(results.attacks.filter((a) => a.tau === 0)).map((rows) => {
    const { attack, objective, budgetName } = rows[0]!;
    const budgets = rows[0]!.points.map((p) => p.budget);
    const title = `fooled by ${attack} (${objective}), ${images(rows)}, by ${budgetName}, with 95 % intervals [zero gradients: inputs that a gradient attack cannot move]`;
    const body = table(
      ['model', ...budgets.map(String), 'zero gradients'],
      rows.map((a) => [
        labelOf(results, a.model),
        ...budgets.map((budget) => compact(a.points.find((p) => p.budget === budget)?.success)),
        compact(a.zeroGradientInputs),
      ]),
    );
    return `${title}\n${body}`;
  });
}

/** Success at the largest budget over tau, over the share of inputs that the attacker could not move. */
function inhibited(results: Results): string[] {
  return groups(results.attacks).flatMap((rows) => {
    const taus = [...new Set(rows.map((a) => a.tau))].sort((a, b) => a - b);
    if (taus.length < 2) return [];
    const { attack, objective, budgetName } = rows[0]!;
    const budget = rows.find((a) => a.tau === taus.at(-1))!.points.at(-1)?.budget;
    const title = `gradient inhibition: fooled by ${attack} (${objective}) at ${budgetName} ${budget}, ${images(rows)}, and inputs whose gradient was exactly zero, which this attack cannot move`;
    const body = [...new Set(rows.map((a) => a.model))].flatMap((model) => {
      const at = (tau: number) => rows.find((a) => a.model === model && a.tau === tau);
      return [
        [
          labelOf(results, model),
          'fooled',
          ...taus.map((tau) => compact(at(tau)?.points.find((p) => p.budget === budget)?.success)),
        ],
        ['', 'zero gradients', ...taus.map((tau) => compact(at(tau)?.zeroGradientInputs))],
      ];
    });
    return [`${title}\n${table(['model', '', ...taus.map((tau) => `tau ${tau}`)], body)}`];
  });
}

type Attack = Results['attacks'][number];

/** Attacks of one kind that follow one objective, together. */
function groups(attacks: readonly Attack[]): Attack[][] {
  const found = new Map<string, Attack[]>();
  for (const a of attacks) {
    const key = JSON.stringify([a.attack, a.objective]);
    found.set(key, [...(found.get(key) ?? []), a]);
  }
  return [...found.values()];
}

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

const labelOf = (results: Results, id: string): string => results.models.find((m) => m.id === id)?.label ?? id;
