/**
 * How success is counted and compared, and where the lines of a verdict are drawn. Audits and studies are
 * judged by the same engine; what differs between them is here and nowhere else.
 */
export interface EvaluationRule {
  /**
   * Inputs that rates are of: those classified correctly before any attack, or all attacked ones (Algorithm 1
   * of Liu et al.).
   */
  readonly inputs: 'correct' | 'all';
  /**
   * What tells a difference of two attacks from chance: the exact McNemar test on the same inputs (`paired`,
   * Holm-corrected over all pairs that findings compare), or 95 % intervals that do not overlap
   * (`intervals`).
   */
  readonly differences: 'paired' | 'intervals';
  /**
   * What counts as lost: an input that any attack fools (`each-input`, the worst case of Carlini et al. 2019,
   * section 5.3), or those that the single strongest attack fools (`strongest-attack`).
   */
  readonly worstCase: 'each-input' | 'strongest-attack';
  /** Share of the counted inputs that must not be fooled for "robust"; clearly fewer are "fooled". */
  readonly threshold: number;
  /** Counted inputs that "robust" needs at least. */
  readonly minInputs: number;
}

/**
 * Of 20 images the exact interval is 17 points wide even where no attack succeeds; of fewer, one image more
 * or less moves the rate by more than five points.
 */
export const MIN_INPUTS = 20;

/** Half: a model that is fooled on most of its inputs is robust by no definition. */
export const DEFAULT_THRESHOLD = 0.5;

/** How an audit comes to its verdict: on images whose true classes are known. */
export const AUDIT_RULE: EvaluationRule = {
  inputs: 'correct',
  differences: 'paired',
  worstCase: 'each-input',
  threshold: DEFAULT_THRESHOLD,
  minInputs: MIN_INPUTS,
};

/**
 * Studies judge the success rates that they publish, which are those of single attacks on all inputs, by
 * their intervals.
 */
export const STUDY_RULE: EvaluationRule = {
  inputs: 'all',
  differences: 'intervals',
  worstCase: 'strongest-attack',
  threshold: DEFAULT_THRESHOLD,
  minInputs: MIN_INPUTS,
};

/**
 * Formats in which a change of an image is larger than this many times for the model are other threat models:
 * robust in one of them is not robust in the other.
 */
export const MAX_TIED_RATIO = 1.25;

/** Differences of rates below this are called none, however many inputs resolve them. */
export const MIN_DIFFERENCE = 0.05;
/**
 * Differences of shares are rounded: one that is exactly at a bound must not fall on either side by chance.
 */
export const TOLERANCE = 1e-9;
