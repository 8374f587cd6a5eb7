import { duration } from '../../../core/base/text/index.js';
import type { AuditedModel, AuditResults, AuditTrial } from '../../../core/evaluation/audit-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { integer, short } from '../../kit/number-text.js';
import { objectiveName } from '../../study/study-wording.js';
import { boundText, ROLES, STANDINGS } from '../audit-wording.js';
import { notable } from '../notable-findings.js';
import { byRole, judgedAt, standingOf } from '../select-trials.js';
import { bar, rateLines } from './cells-section.js';

/** Every attack that was made on a model. */
export function attackTable(results: AuditResults, model: AuditedModel): Markup | undefined {
  if (model.trials.length === 0) return undefined;
  const groups = byRole(model.trials).map(
    ({ role, trials }) => html`<tbody><tr class="group"><th colspan="5" scope="rowgroup">${ROLES[role].title}
<span>${ROLES[role].hint}</span></th></tr>${trials.map((trial) => row(results, model, trial))}</tbody>`,
  );
  return html`<h3>Every attack, at ${boundText(results)}</h3>
<p class="soft">Fooled: of the inputs that were classified correctly, at this ε or a smaller one, with the 95 % interval. Conspicuous: inputs whose first gradient is exactly zero, that came back untouched, that were not fooled though the attack
had passed a point that fools (silent successes), or on which it was stuck with nothing left to try.</p>
<div class="scroll"><table class="attacks">
<thead><tr><th>Attack</th><th>Followed</th><th>Fooled</th><th>Conspicuous</th><th class="n">Effort</th></tr></thead>
${groups}</table></div>
<details><summary>Parameters and sources of the attacks</summary><ul class="sources">${model.trials.map(source)}</ul></details>`;
}

function row(results: AuditResults, model: AuditedModel, trial: AuditTrial): Markup {
  const point = judgedAt(results, trial);
  const standing = STANDINGS[standingOf(results, model, trial)];
  const elsewhere = point !== undefined && trial.role === 'unbounded';
  return html`<tr><th scope="row" class="whole">${trial.id}<small>${trial.title}</small></th>
<td data-name="Followed">${followed(trial)}</td>
<td data-name="Fooled" class="fooled-rate">${point && bar(point.fooled, standing.look)}<span>${rateLines(point?.fooled)}${elsewhere && html`<small class="range">at ε = ${short(point.epsilon)}</small>`}</span></td>
<td data-name="Conspicuous">${notable(trial, model).map((text) => html`<div>${text}</div>`)}</td>
<td data-name="Effort" class="n">${duration(trial.seconds)}<small class="range">${integer(trial.queries.gradient)} gradients</small><small class="range">${integer(trial.queries.forward)} answers</small></td></tr>`;
}

/** What attacks go by that follow no loss. */
const FOLLOWED: Readonly<Partial<Record<AuditTrial['role'], string>>> = {
  noise: 'nothing',
  'gradient-free': 'answers only',
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
  return html`<li><code>${trial.id}</code>: ${values.length > 0 && html`${values.join(', ')}. `}${
    median !== undefined && html`Half of the inputs that it fooled needed no more than ${short(median)}. `
  }${trial.reference}.</li>`;
}
