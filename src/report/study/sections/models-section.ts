import type { Results } from '../../../node/apps/study/study-schema.js';
import { html, type Markup } from '../../kit/markup.js';
import { byteSize, enumerate, equals, integer, interval, percent, short } from '../../kit/number-text.js';
import { objectiveHint, objectiveName } from '../../kit/objective-names.js';
import { section } from '../../kit/page.js';
import {
  heatCell,
  namedRow,
  number,
  numberCell,
  rateCell,
  rowGroups,
  table,
  tableFrame,
} from '../../kit/tables.js';
import { isCompressed } from '../families.js';
import { modelStyles } from '../model-styles.js';
import {
  attackedImages,
  attackOn,
  budgetsOf,
  fgsm,
  headlineBudget,
  type Model,
  objectivesOf,
  successAt,
} from '../select-results.js';
import { storedRatio } from '../study-wording.js';

/** The models, what they cost to store, and how often each was fooled. */
export const models = (results: Results): Markup | undefined =>
  results.models.length === 0
    ? undefined
    : section('models', 'The models', modelTable(results), successTable(results));

const nameCell = (results: Results, { id }: Model): Markup => {
  const { name, colour } = modelStyles(results)(id);
  return namedRow(name, colour);
};

function modelTable(results: Results): Markup {
  // Of models that store what they compute with, one number says it all.
  const compressed = results.models.some(isCompressed);
  const weights = compressed
    ? [number('Weights stored'), number('Weights computed with'), number('Stored')]
    : [number('Weights')];
  return table(
    ['Model', number('Test accuracy'), number('95 % interval'), ...weights, number('File')],
    results.models.map((model) => {
      const { cleanAccuracy, parameters, bytes } = model;
      return html`<tr>${nameCell(results, model)}${numberCell(percent(cleanAccuracy.value, 2))}
${numberCell(interval(cleanAccuracy, 2), 'soft')}${numberCell(integer(parameters.stored))}
${compressed && html`${numberCell(integer(parameters.virtual))}${numberCell(storedRatio(parameters))}`}
${numberCell(byteSize(bytes))}</tr>`;
    }),
  );
}

/** More columns than this stand closer together, and have shorter names. */
const MAX_WIDE_COLUMNS = 6;

const wideHead = (budgets: readonly number[], headline: number): Markup =>
  html`<tr><th>Model</th>${budgets.map((b) => html`<th class="n">${equals('ε', b)}</th>`)}
<th class="n">Robust accuracy,<br>${equals('ε', headline)}</th><th class="n">No gradient</th></tr>`;

const denseHead = (budgets: readonly number[], headline: number): Markup =>
  html`<tr><th rowspan="2">Model</th><th class="over" colspan="${budgets.length}">Fooled at ε =</th>
<th class="n" rowspan="2">Robust<br>accuracy,<br>${short(headline)}</th><th class="n"
rowspan="2">No<br>gradient</th></tr>
<tr>${budgets.map((b) => html`<th class="n">${short(b)}</th>`)}</tr>`;

function successTable(results: Results): Markup | undefined {
  const attacks = fgsm(results).filter((a) => a.tau === 0);
  const budgets = budgetsOf(attacks);
  const headline = headlineBudget(results);
  if (headline === undefined) return undefined;
  const groups = objectivesOf(attacks).map((objective) => ({
    title: objectiveName(objective),
    hint: objectiveHint(objective),
    rows: results.models.flatMap((model) => successRow(results, model, objective, { budgets, headline })),
  }));
  const dense = budgets.length > MAX_WIDE_COLUMNS;
  const head = dense ? denseHead(budgets, headline) : wideHead(budgets, headline);
  const totals = enumerate(attackedImages(attacks).map(integer));
  return html`<h3>How often each model was fooled</h3>
<p>Share of the ${totals} attacked images whose predicted class changes, with its 95 % interval, for each
strength ε of the attack. Beside it the robust accuracy (still classified correctly after the attack) and the
share of images for which the attacker finds no gradient at all.</p>
${tableFrame(head, rowGroups(groups, budgets.length + 3), dense ? 'dense' : '')}`;
}

interface Columns {
  readonly budgets: readonly number[];
  readonly headline: number;
}

function successRow(
  results: Results,
  model: Model,
  objective: string,
  { budgets, headline }: Columns,
): Markup[] {
  const attack = attackOn(results, model.id, objective, 0);
  if (!attack) return [];
  const cells = budgets.map((budget) => heatCell(successAt(attack, budget)));
  const robust = attack.points.find((p) => p.budget === headline)?.robustAccuracy;
  const zeros = rateCell(attack.zeroGradientInputs, 'soft');
  return [html`<tr>${nameCell(results, model)}${cells}${rateCell(robust)}${zeros}</tr>`];
}
