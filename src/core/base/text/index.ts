export { counts, integer, numberText, prose, type RateText } from './number-text.js';
export { decapitalized, enumerate, listed, plural } from './sentence-text.js';
export { shown, shownData, shownJson, shownLines } from './shown-text.js';
export { markdownTable, table } from './table-text.js';
export { duration, time } from './time-text.js';
export { PAGE, PROSE, TERMINAL, type Typography } from './typography.js';
