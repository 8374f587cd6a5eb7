import type { TopLevelSpec } from 'vega-lite';
import type { Results } from '../../studies/results.js';

/** The part of the report that a figure belongs to. */
export type FigureSection = 'accuracy' | 'attack' | 'cause' | 'inhibition';

/** One figure: a value from results to a Vega-Lite specification that carries its data. */
export interface Figure {
  /** Also the file name: lower case, digits and hyphens. */
  readonly id: string;
  readonly title: string;
  readonly section: FigureSection;
  /** Number of the figure in the paper that this one repeats. */
  readonly paper?: string;
  /** One or two sentences for someone who sees this kind of picture for the first time. */
  readonly howToRead: string;
  /** False when the results hold nothing to draw. */
  applies(results: Results): boolean;
  /** What the picture shows with these results, in sentences made from the numbers. */
  shows(results: Results): string[];
  spec(results: Results): TopLevelSpec;
}

/** A view inside a concatenation. */
export type Panel = Extract<TopLevelSpec, { hconcat: unknown }>['hconcat'][number];

type Layered = Extract<Panel, { layer: unknown }>;

/** A mark with its own data and encoding, to be put over others. */
export type Layer = Extract<Layered['layer'][number], { mark: unknown }>;

export type Encoding = NonNullable<Layer['encoding']>;
