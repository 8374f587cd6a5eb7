import type { Results } from '../../studies/results.js';
import { equals, integer, percent, rateText } from '../format.js';
import { html, type Markup } from '../markup.js';
import { GALLERY_GAP, type PngImage, pngImage } from '../png.js';
import { modelStyles } from '../theme.js';

type Sheet = Results['gallery'][number];

/** Attacked inputs one by one. Each sheet is stored once in the page; every card shows one row of it. */
export function gallery(results: Results, images: ReadonlyMap<string, Uint8Array | string>): Markup | undefined {
  const sheets = results.gallery.filter((sheet) => sheet.items.length > 0);
  if (sheets.length === 0) return undefined;
  return html`<section id="gallery"><h2>Gallery</h2>
<p>Each picture shows the original, the perturbation (blue: darker, orange: lighter, scaled to be visible) and the result.
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
    .find((a) => a.tau === 0 && (['model', 'attack', 'objective'] as const).every((key) => a[key] === sheet[key]))
    ?.points.find((p) => p.budget === sheet.budget)?.successAtBudget;
  return html`<h3>${modelStyles(results)(sheet.model).name}
<span class="tag">${sheet.attack}, ${equals(budgetName(results, sheet), sheet.budget)}</span>
<span class="tag">the first fooled image of each class</span></h3>
${overall && overall.value !== null && html`<p class="soft">Of all ${integer(overall.total)} attacked images, ${rateText(overall)} are fooled at this ${budgetName(results, sheet)}.</p>`}
${
  image
    ? html`<svg class="store" width="0" height="0" aria-hidden="true"><defs><image id="${id}" width="${image.width}"
height="${image.height}" href="${image.uri}"/></defs></svg>`
    : html`<p class="soft">The pictures of this group are not part of the report.</p>`
}
<div class="cards">${sheet.items.map((item, row) => card(item, image && cut(image, sheet.items.length, row, id)))}</div>`;
}

function budgetName(results: Results, sheet: Sheet): string {
  const name = results.attacks.find((a) => a.attack === sheet.attack)?.budgetName ?? 'budget';
  return name === 'epsilon' ? 'ε' : name;
}

/** One row of a sheet, as a window on the image stored under `id`. */
function cut(image: PngImage, rows: number, row: number, id: string): Markup {
  const pitch = (image.height + GALLERY_GAP) / rows;
  return html`<svg viewBox="0 ${row * pitch} ${image.width} ${pitch - GALLERY_GAP}" role="img"
aria-label="original, perturbation and result"><use href="#${id}"/></svg>`;
}

function card(item: Sheet['items'][number], picture: Markup | undefined): Markup {
  const fooled = item.clean !== item.adversarial;
  return html`<div class="card">${picture}
<p>${item.clean} → <b class="${fooled ? 'fooled' : 'held'}">${item.adversarial}</b>
<span>${percent(item.confidence, 0)} sure</span></p>
<small>true class ${item.label}, test image ${integer(item.index)}</small></div>`;
}
