/** What differs between media in the text of a number. */
export interface Typography {
  /** Between a number and its unit. */
  readonly space: string;
  /** Between the ends of a range. */
  readonly to: string;
  readonly minus: string;
  /** Stands for a rate without inputs. */
  readonly missing: string;
}

/** Sentences in JSON and Markdown: `12.3 % (10.4 to 14.5)`. */
export const PROSE: Typography = { space: ' ', to: ' to ', minus: '-', missing: 'not measured' };

/** Tables of a terminal, in few columns and ASCII: `12.3 % (10.4-14.5)`. */
export const TERMINAL: Typography = { space: ' ', to: '-', minus: '-', missing: '-' };

/** HTML and SVG, where no number is parted from its unit: `12.3 % (10.4–14.5)`. */
export const PAGE: Typography = { space: '\u00a0', to: '–', minus: '−', missing: 'not measured' };
