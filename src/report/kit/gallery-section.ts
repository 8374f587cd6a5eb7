import { tag } from './chips.js';
import { cut, storedSheet } from './gallery-sheet.js';
import { html, type Insert, type Markup } from './markup.js';
import { integer } from './number-text.js';
import { section } from './page.js';
import { pngImage } from './png.js';

/** An attacked input, with the classes that the model gives. */
export interface GalleryItem {
  /** Position in the test set. */
  readonly index: number;
  /** True class. */
  readonly label: number;
  /** Prediction before the attack, and after it. */
  readonly clean: number;
  readonly adversarial: number;
}

/** The inputs of one picture file. */
export interface GalleryGroup<Item extends GalleryItem = GalleryItem> {
  readonly title: string;
  readonly tags: readonly string[];
  readonly note?: Insert;
  readonly file: string;
  readonly items: readonly Item[];
  /** After the predictions. */
  readonly beside?: (item: Item) => Insert;
  /** After the position. */
  readonly remark?: (item: Item) => string;
}

export interface Gallery<Item extends GalleryItem> {
  readonly intro: Markup;
  readonly groups: readonly GalleryGroup<Item>[];
  /** Files by the path that the results name: PNG bytes or `data:image/png;base64,` URIs. */
  readonly images: ReadonlyMap<string, Uint8Array | string>;
  readonly className: (label: number) => string;
}

/**
 * Attacked inputs one by one; undefined without any. Each sheet is stored once in the page, every card shows
 * one row of it.
 */
export function gallerySection<Item extends GalleryItem>(gallery: Gallery<Item>): Markup | undefined {
  const groups = gallery.groups.filter(({ items }) => items.length > 0);
  if (groups.length === 0) return undefined;
  const parts = groups.map((group, i) => groupOf(gallery, group, `sheet-${i}`));
  return section('gallery', 'Gallery', gallery.intro, parts);
}

function groupOf<Item extends GalleryItem>(
  gallery: Gallery<Item>,
  group: GalleryGroup<Item>,
  id: string,
): Markup {
  const { title, tags, note, items } = group;
  const source = gallery.images.get(group.file);
  const image = source === undefined ? undefined : pngImage(source);
  const cards = items.map((item, row) =>
    card(gallery, group, item, image && cut(image, items.length, row, id)),
  );
  return html`<h3>${title}${tags.map((text) => html` ${tag(text)}`)}</h3>
${note && html`<p class="soft">${note}</p>`}
${image ? storedSheet(image, id) : MISSING}
<div class="cards">${cards}</div>`;
}

const MISSING = html`<p class="soft">The pictures of this group are not part of the report.</p>`;

function card<Item extends GalleryItem>(
  { className }: Gallery<Item>,
  { beside, remark }: GalleryGroup<Item>,
  item: Item,
  drawn: Markup | undefined,
): Markup {
  const { clean, adversarial, label, index } = item;
  const look = clean === adversarial ? 'held' : 'fooled';
  const place = [`true class ${className(label)}`, `test image ${integer(index)}`, remark?.(item)];
  return html`<div class="card">${drawn}
<p>${className(clean)} → <b class="${look}">${className(adversarial)}</b>${
    beside && html` <span>${beside(item)}</span>`
  }</p>
<small>${place.filter(Boolean).join(', ')}</small></div>`;
}
