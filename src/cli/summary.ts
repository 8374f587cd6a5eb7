import type { Results } from '../studies/results.js';
import { bytesText, count, percent, table } from './format.js';

/** What a terminal shows of a study: the models, how often they were fooled, what inhibition did, the claims. */
export function summaryOf(results: Results): string {
  return [models(results), ...attacked(results), inhibited(results), claims(results)].filter(Boolean).join('\n\n');
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

/** One table for each objective: success of the models as trained, over the budgets. */
function attacked(results: Results): string[] {
  const trained = results.attacks.filter((a) => a.tau === 0);
  const objectives = [...new Set(trained.map((a) => a.objective))];
  return objectives.map((objective) => {
    const rows = trained.filter((a) => a.objective === objective);
    const budgets = rows[0]?.points.map((p) => p.budget) ?? [];
    const title = `fooled by ${rows[0]?.attack} (${objective}), ${results.dataset.attacked} images, by ${rows[0]?.budgetName}`;
    const body = table(
      ['model', ...budgets.map(String)],
      rows.map((a) => [labelOf(results, a.model), ...a.points.map((p) => percent(p.success.value))]),
    );
    return `${title}\n${body}`;
  });
}

/** Success at the largest budget over tau, with the share of inputs that the attacker could not move. */
function inhibited(results: Results): string {
  const taus = [...new Set(results.attacks.map((a) => a.tau))].sort((a, b) => a - b);
  if (taus.length < 2) return '';
  const budget = results.attacks.find((a) => a.tau === taus[1])?.points.at(-1)?.budget;
  const rows = results.attacks.filter((a) => a.tau === 0);
  const body = table(
    ['model', 'objective', ...taus.map((tau) => `tau ${tau}`)],
    rows.map((row) => [
      labelOf(results, row.model),
      row.objective,
      ...taus.map((tau) => {
        const same = (a: Results['attacks'][number]) =>
          a.tau === tau && a.model === row.model && a.objective === row.objective;
        const found = results.attacks.find(same);
        const success = found?.points.find((p) => p.budget === budget)?.success.value ?? null;
        return `${percent(success)} [${percent(found?.zeroGradientInputs.value ?? null)}]`;
      }),
    ]),
  );
  return `gradient inhibition: fooled at ${budget} [inputs whose gradient was exactly zero, which this attack cannot move]\n${body}`;
}

const claims = (results: Results): string =>
  results.claims
    .map(({ figure, verdict, statement, paper, ours }) =>
      [`Fig. ${figure}: ${verdict}. ${statement}`, `  paper  ${paper}`, `  ours   ${ours}`].join('\n'),
    )
    .join('\n');

const labelOf = (results: Results, id: string): string => results.models.find((m) => m.id === id)?.label ?? id;
