import { html, type Markup } from './markup.js';
import { GALLERY_GAP, type PngImage } from './png.js';

/** How the perturbation is drawn, see `galleryPng`. */
export const PERTURBATION = {
  grey:
    'blue: darker, orange: lighter, scaled to be visible, so that small changes look larger than they ' +
    'are; each dot is one changed pixel',
  colour:
    'mid-grey: unchanged; red, green and blue each stand higher where there is more of it than before and ' +
    'lower where there is less, scaled to be visible, so that small changes look much larger than they are',
} as const;

/** A sheet of `galleryPng`, stored in the page once and unseen, for `cut` to show parts of. */
export const storedSheet = (image: PngImage, id: string): Markup =>
  html`<svg class="store" width="0" height="0" aria-hidden="true"><defs><image id="${id}"
width="${image.width}" height="${image.height}" href="${image.uri}"/></defs></svg>`;

/** One of the rows of a sheet, as a window on the image stored under `id`. */
export function cut(image: PngImage, rows: number, row: number, id: string): Markup {
  const pitch = (image.height + GALLERY_GAP) / rows;
  return html`<svg viewBox="0 ${row * pitch} ${image.width} ${pitch - GALLERY_GAP}" role="img"
aria-label="original, perturbation and result"><use href="#${id}"/></svg>`;
}
