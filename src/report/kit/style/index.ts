import { CARD_STYLE } from './card-style.js';
import { FIGURE_STYLE } from './figure-style.js';
import { MEDIA_STYLE } from './media-style.js';
import { PAGE_STYLE } from './page-style.js';
import { TABLE_STYLE } from './table-style.js';

/**
 * The one style sheet of all reports. Chips colour their ground, bars have a ground of their own: tables
 * follow cards.
 */
export const STYLE = [PAGE_STYLE, CARD_STYLE, TABLE_STYLE, FIGURE_STYLE, MEDIA_STYLE].join('');
