import { sameAttack } from '../../studies/comparisons.js';
import type { Results } from '../../studies/results.js';
import { integer, percent, rateText } from '../format.js';
import { html, type Markup } from '../markup.js';
import { GALLERY_GAP, type PngImage, pngImage } from '../png.js';
import { className, inColour } from '../select.js';
import { modelStyles } from '../theme.js';
import { attackTitle, budgetText } from '../wording.js';

/** How the perturbation is drawn, see `galleryPng`. */
const GREY =
  'blue: darker, orange: lighter, scaled to be visible, so that small changes look larger than they are; each dot is one changed pixel';
const COLOUR =
  'mid-grey: unchanged; red, green and blue each stand higher where there is more of it than before and lower where there is less, ' +
  'scaled to be visible, so that small changes look much larger than they are';

type Sheet = Results['gallery'][number];

/** Attacked inputs one by one. Each sheet is stored once in the page; every card shows one row of it. */
export function gallery(results: Results, images: ReadonlyMap<string, Uint8Array | string>): Markup | undefined {
  const sheets = results.gallery.filter((sheet) => sheet.items.length > 0);
  if (sheets.length === 0) return undefined;
  return html`<section id="gallery"><h2>Gallery</h2>
<p>Each picture shows the original, the perturbation (${inColour(results) ? COLOUR : GREY}) and the result.
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
${
  image
    ? html`<svg class="store" width="0" height="0" aria-hidden="true"><defs><image id="${id}" width="${image.width}"
height="${image.height}" href="${image.uri}"/></defs></svg>`
    : html`<p class="soft">The pictures of this group are not part of the report.</p>`
}
<div class="cards">${sheet.items.map((item, row) => card(results, item, image && cut(image, sheet.items.length, row, id)))}</div>`;
}

/** One row of a sheet, as a window on the image stored under `id`. */
function cut(image: PngImage, rows: number, row: number, id: string): Markup {
  const pitch = (image.height + GALLERY_GAP) / rows;
  return html`<svg viewBox="0 ${row * pitch} ${image.width} ${pitch - GALLERY_GAP}" role="img"
aria-label="original, perturbation and result"><use href="#${id}"/></svg>`;
}

function card(results: Results, item: Sheet['items'][number], picture: Markup | undefined): Markup {
  const fooled = item.clean !== item.adversarial;
  const name = (label: number): string => className(results, label);
  return html`<div class="card">${picture}
<p>${name(item.clean)} → <b class="${fooled ? 'fooled' : 'held'}">${name(item.adversarial)}</b>
<span>${percent(item.confidence, 0)} sure</span></p>
<small>true class ${name(item.label)}, test image ${integer(item.index)}</small></div>`;
}
