import type { AuditedModel, AuditResults } from '../../../core/evaluation/audit-schema.js';
import { cut, storedSheet } from '../../kit/gallery-sheet.js';
import { html, type Markup } from '../../kit/markup.js';
import { integer, short } from '../../kit/number-text.js';
import { type PngImage, pngImage } from '../../kit/png.js';
import { boundText, normName } from '../audit-wording.js';
import { className } from '../select-trials.js';

type Sheet = NonNullable<AuditedModel['gallery']>;

/** Attacked inputs one by one; models without any are left out. */
export function gallery(results: AuditResults, images: ReadonlyMap<string, Uint8Array>): Markup | undefined {
  const sheets = results.models.flatMap(({ id, gallery }) =>
    gallery && gallery.items.length > 0 ? [{ id, sheet: gallery }] : [],
  );
  if (sheets.length === 0) return undefined;
  return html`<section id="gallery"><h2>Gallery</h2>
<p>Each picture shows the original, the perturbation (scaled to be visible: small changes look larger than they are) and the result; below it what the model says before and after, and the
true class. These images were chosen because they fool the model; how many do, the tables say.</p>
${sheets.map(({ id, sheet }, i) => {
  const source = images.get(sheet.file);
  return group(results, id, sheet, `sheet-${i}`, source && pngImage(source));
})}
</section>`;
}

function group(
  results: AuditResults,
  model: string,
  sheet: Sheet,
  id: string,
  image: PngImage | undefined,
): Markup {
  const { items, trial } = sheet;
  return html`<h3>${model} <span class="tag">${trial}</span> <span class="tag">${boundText(results)}</span></h3>
${image ? storedSheet(image, id) : html`<p class="soft">The pictures of this group are not part of the report.</p>`}
<div class="cards">${items.map((item, row) => card(results, item, image && cut(image, items.length, row, id)))}</div>`;
}

function card(results: AuditResults, item: Sheet['items'][number], picture: Markup | undefined): Markup {
  const name = (label: number): string => className(results, label);
  const changed = item.clean !== item.adversarial;
  return html`<div class="card">${picture}
<p>${name(item.clean)} → <b class="${changed ? 'fooled' : 'held'}">${name(item.adversarial)}</b></p>
<small>true class ${name(item.label)}, test image ${integer(item.index)}, ${normName(results.norm)} ${short(item.size)}</small></div>`;
}
