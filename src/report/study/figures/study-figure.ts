import type { TopLevelSpec } from 'vega-lite';
import type { Results } from '../../../node/apps/study/study-schema.js';

/** The part of the report that a figure belongs to. */
export type FigureSection = 'accuracy' | 'attack' | 'cause' | 'inhibition';

/** The figure of the paper that one of ours repeats. */
export interface PaperFigure {
  /** "10a" */
  readonly number: string;
  /** What the paper shows there, where it is another data set. */
  readonly of?: string;
}

/** One figure: a value from results to a Vega-Lite specification that carries its data. */
export interface Figure {
  /** The same in every study: lower case, digits and hyphens. The name of a drawn figure is `figureName`. */
  readonly id: string;
  readonly title: string;
  readonly section: FigureSection;
  /**
   * By study; the paper numbers its figures of each data set anew, and leaves out what it states in words.
   */
  readonly paper?: Readonly<Record<string, PaperFigure>>;
  /** One or two sentences for someone who sees this kind of picture for the first time. */
  howToRead(results: Results): string;
  /** False when the results hold nothing to draw. */
  applies(results: Results): boolean;
  /** What the picture shows with these results, in sentences made from the numbers. */
  shows(results: Results): string[];
  /** The Vega-Lite specification for these results. */
  spec(results: Results): TopLevelSpec;
}

/** The figure of the paper that this one repeats for these results; undefined where the paper has none. */
export const paperFigure = ({ paper }: Figure, { study }: Results): PaperFigure | undefined => paper?.[study];

/**
 * Name of a drawn figure, also of its file: with the paper's number where there is one, such as
 * `figure-10a-inhibition`.
 */
export function figureName(figure: Figure, results: Results): string {
  const number = paperFigure(figure, results)?.number;
  return number === undefined ? figure.id : `figure-${number}-${figure.id}`;
}
