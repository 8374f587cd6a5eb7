import type { Rate, Results } from '../../../node/apps/study/study-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import {
  byteSize,
  enumerate,
  equals,
  integer,
  interval,
  NOT_MEASURED,
  percent,
  short,
} from '../../kit/number-text.js';
import { modelStyles } from '../../kit/theme.js';
import { isCompressed } from '../families.js';
import {
  attackedImages,
  attackOn,
  budgetsOf,
  fgsm,
  headlineBudget,
  objectivesOf,
  successAt,
} from '../select-results.js';
import { objectiveHint, objectiveName, storedRatio } from '../study-wording.js';

/** The models, what they cost to store, and how often each was fooled. */
export function models(results: Results): Markup | undefined {
  if (results.models.length === 0) return undefined;
  return html`<section id="models"><h2>The models</h2>
${modelTable(results)}
${successTable(results)}
</section>`;
}

export function modelCell(results: Results, id: string): Markup {
  const { name, colour } = modelStyles(results)(id);
  return html`<th scope="row"><i class="dot" style="background:${colour}"></i>${name}</th>`;
}

/** A rate over its interval, over the name of what it is of. */
export function rateCell(rate: Rate | null | undefined, look = '', name = ''): Markup {
  if (rate?.value == null) return html`<td class="n soft">${NOT_MEASURED}</td>`;
  return html`<td class="n ${look}">${percent(rate.value)}<small class="range">${interval(rate)}</small>${name && html`<small>${name}</small>`}</td>`;
}

function modelTable(results: Results): Markup {
  // Of models that store what they compute with, one number says it all.
  const compressed = results.models.some(isCompressed);
  const weights = compressed
    ? html`<th class="n">Weights stored</th><th class="n">Weights computed with</th><th class="n">Stored</th>`
    : html`<th class="n">Weights</th>`;
  return html`<div class="scroll"><table>
<thead><tr><th>Model</th><th class="n">Test accuracy</th><th class="n">95 % interval</th>${weights}<th class="n">File</th></tr></thead>
<tbody>${results.models.map(
    (m) => html`<tr>${modelCell(results, m.id)}<td class="n">${percent(m.cleanAccuracy.value, 2)}</td>
<td class="n soft">${interval(m.cleanAccuracy, 2)}</td><td class="n">${integer(m.parameters.stored)}</td>
${compressed && html`<td class="n">${integer(m.parameters.virtual)}</td><td class="n">${storedRatio(m.parameters)}</td>`}
<td class="n">${byteSize(m.bytes)}</td></tr>`,
  )}</tbody></table></div>`;
}

/** More columns than this stand closer together, and have shorter names. */
const MANY = 6;

const usualHead = (budgets: readonly number[], headline: number): Markup =>
  html`<thead><tr><th>Model</th>${budgets.map((b) => html`<th class="n">${equals('ε', b)}</th>`)}
<th class="n">Robust accuracy,<br>${equals('ε', headline)}</th><th class="n">No gradient</th></tr></thead>`;

const denseHead = (budgets: readonly number[], headline: number): Markup =>
  html`<thead><tr><th rowspan="2">Model</th><th class="over" colspan="${budgets.length}">Fooled at ε =</th>
<th class="n" rowspan="2">Robust<br>accuracy,<br>${short(headline)}</th><th class="n" rowspan="2">No<br>gradient</th></tr>
<tr>${budgets.map((b) => html`<th class="n">${short(b)}</th>`)}</tr></thead>`;

function successTable(results: Results): Markup | undefined {
  const attacks = fgsm(results).filter((a) => a.tau === 0);
  const budgets = budgetsOf(attacks);
  const headline = headlineBudget(results);
  if (headline === undefined) return undefined;
  const rows = (objective: string): Markup[] =>
    results.models.flatMap((model) => {
      const attack = attackOn(results, model.id, objective, 0);
      if (!attack) return [];
      const cells = budgets.map((budget) => {
        const success = successAt(attack, budget);
        if (!success) return html`<td class="n soft">${NOT_MEASURED}</td>`;
        return html`<td class="n heat" style="--share:${success.value!.toFixed(3)}">${percent(success.value)}
<small>${interval(success)}</small></td>`;
      });
      const robust = attack.points.find((p) => p.budget === headline)?.robustAccuracy;
      return [
        html`<tr>${modelCell(results, model.id)}${cells}${rateCell(robust)}${rateCell(attack.zeroGradientInputs, 'soft')}</tr>`,
      ];
    });
  const totals = enumerate(attackedImages(attacks).map(integer));
  return html`<h3>How often each model was fooled</h3>
<p>Share of the ${totals} attacked images whose predicted class changes, with its 95 % interval, for each strength ε of the attack.
Beside it the robust accuracy (still classified correctly after the attack) and the share of images for which the attacker finds
no gradient at all.</p>
<div class="scroll"><table class="${budgets.length > MANY ? 'dense' : ''}">
${budgets.length > MANY ? denseHead(budgets, headline) : usualHead(budgets, headline)}
${objectivesOf(attacks).map(
  (objective) => html`<tbody><tr class="group"><th colspan="${budgets.length + 3}" scope="rowgroup">
${objectiveName(objective)} <span>${objectiveHint(objective)}</span></th></tr>${rows(objective)}</tbody>`,
)}</table></div>`;
}
