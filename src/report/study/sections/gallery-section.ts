import { sameAttack } from '../../../node/apps/study/comparisons.js';
import type { Results } from '../../../node/apps/study/study-schema.js';
import { cut, PERTURBATION, storedSheet } from '../../kit/gallery-sheet.js';
import { html, type Markup } from '../../kit/markup.js';
import { integer, percent, rateText } from '../../kit/number-text.js';
import { type PngImage, pngImage } from '../../kit/png.js';
import { modelStyles } from '../../kit/theme.js';
import { className, inColour } from '../select-results.js';
import { attackTitle, budgetText } from '../study-wording.js';

type Sheet = Results['gallery'][number];

/** Attacked inputs one by one. Each sheet is stored once in the page; every card shows one row of it. */
export function gallery(
  results: Results,
  images: ReadonlyMap<string, Uint8Array | string>,
): Markup | undefined {
  const sheets = results.gallery.filter((sheet) => sheet.items.length > 0);
  if (sheets.length === 0) return undefined;
  return html`<section id="gallery"><h2>Gallery</h2>
<p>Each picture shows the original, the perturbation (${inColour(results) ? PERTURBATION.colour : PERTURBATION.grey}) and the result.
Below it: what the model says before and after, how sure it is of the latter, and the true class. These images were chosen
because the attack succeeded: of each class the first one that was classified correctly and is fooled (not every class has a
place, or one). How often it succeeds is said beside them.</p>
${sheets.map((sheet, i) => {
  const source = images.get(sheet.file);
  return group(results, sheet, `sheet-${i}`, source === undefined ? undefined : pngImage(source));
})}
</section>`;
}

function group(results: Results, sheet: Sheet, id: string, image: PngImage | undefined): Markup {
  const overall = results.attacks
    .find((a) => a.tau === 0 && a.model === sheet.model && sameAttack(a, sheet))
    ?.points.find((p) => p.budget === sheet.budget)?.successAtBudget;
  const { name } = modelStyles(results)(sheet.model);
  return html`<h3>${name}
<span class="tag">${attackTitle(sheet)}</span>
<span class="tag">${budgetText(sheet.budgetName, sheet.budget)}</span>
<span class="tag">the first fooled image of each class</span></h3>
${overall && overall.value !== null && html`<p class="soft">Of all ${integer(overall.total)} attacked images, ${rateText(overall)} are fooled at exactly ${budgetText(sheet.budgetName, sheet.budget)}.</p>`}
${image ? storedSheet(image, id) : html`<p class="soft">The pictures of this group are not part of the report.</p>`}
<div class="cards">${sheet.items.map((item, row) => card(results, item, image && cut(image, sheet.items.length, row, id)))}</div>`;
}

function card(results: Results, item: Sheet['items'][number], picture: Markup | undefined): Markup {
  const fooled = item.clean !== item.adversarial;
  const name = (label: number): string => className(results, label);
  return html`<div class="card">${picture}
<p>${name(item.clean)} → <b class="${fooled ? 'fooled' : 'held'}">${name(item.adversarial)}</b>
<span>${percent(item.confidence, 0)} sure</span></p>
<small>true class ${name(item.label)}, test image ${integer(item.index)}</small></div>`;
}
