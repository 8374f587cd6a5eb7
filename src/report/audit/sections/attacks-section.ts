import type { AuditedModel, AuditResults, AuditTrial } from '../../../core/evaluation/audit-schema.js';
import { folded } from '../../kit/lists.js';
import { html, type Markup } from '../../kit/markup.js';
import { duration, integer, short } from '../../kit/number-text.js';
import { objectiveName } from '../../kit/objective-names.js';
import { bar, groupedTable, number, rateLines } from '../../kit/tables.js';
import { boundText } from '../audit-wording.js';
import { conspicuous } from '../conspicuous.js';
import { ROLES } from '../roles.js';
import { byRole, judgedAt, standingOf } from '../select-trials.js';

/** Every attack that was made on a model. */
export function attackTable(results: AuditResults, model: AuditedModel): Markup | undefined {
  if (model.trials.length === 0) return undefined;
  const groups = byRole(model.trials).map(({ role, trials }) => ({
    ...ROLES[role],
    rows: trials.map((trial) => row(results, model, trial)),
  }));
  return html`<h3>Every attack, at ${boundText(results)}</h3>
<p class="soft">Fooled: of the inputs that were classified correctly, at this ε or a smaller one, with the 95
% interval. Conspicuous: inputs whose first gradient is exactly zero, that came back untouched, that were not
fooled though the attack had passed a point that fools (silent successes), or on which it was stuck with
nothing left to try.</p>
${groupedTable(['Attack', 'Followed', 'Fooled', 'Conspicuous', number('Effort')], groups, 'attacks stacked')}
${folded(
  'Parameters and sources of the attacks',
  html`<ul class="sources">${model.trials.map(source)}</ul>`,
)}`;
}

function row(results: AuditResults, model: AuditedModel, trial: AuditTrial): Markup {
  const point = judgedAt(results, trial);
  const at = point && trial.role === 'unbounded' && `at ε = ${short(point.epsilon)}`;
  const { gradient, forward } = trial.queries;
  const asked = [`${integer(gradient)} gradients`, `${integer(forward)} outputs`];
  const rates = html`${rateLines(point?.fooled)}${at && range(at)}`;
  const drawn = point && bar(point.fooled, standingOf(results, model, trial));
  return html`<tr><th scope="row" class="whole">${trial.id}<small>${trial.title}</small></th>
<td data-name="Followed">${followed(trial)}</td>
<td data-name="Fooled" class="fooled-rate">${drawn}<span>${rates}</span></td>
<td data-name="Conspicuous">${conspicuous(trial, model).map((text) => html`<div>${text}</div>`)}</td>
<td data-name="Effort" class="n">${duration(trial.seconds)}${asked.map(range)}</td></tr>`;
}

const range = (text: string): Markup => html`<small class="range">${text}</small>`;

/** What attacks go by that follow no loss. */
const FOLLOWED: Readonly<Partial<Record<AuditTrial['role'], string>>> = {
  noise: 'nothing',
  'gradient-free': 'outputs only',
};

const followed = ({ objective, from, role }: AuditTrial): Markup | string => {
  const loss = objective === null ? undefined : objectiveName(objective);
  if (from !== null) return html`${loss ?? 'the gradient'} of <b>${from}</b>`;
  return loss ?? FOLLOWED[role] ?? 'its own choice';
};

function source(trial: AuditTrial): Markup {
  const values = Object.entries(trial.parameters).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? short(value) : value}`,
  );
  const median = trial.distances?.quantiles['0.5'];
  return html`<li><code>${trial.id}</code>: ${values.length > 0 && `${values.join(', ')}. `}${
    median !== undefined && `Half of the inputs that it fooled needed no more than ${short(median)}. `
  }${trial.reference}.</li>`;
}
