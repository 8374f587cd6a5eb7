import type { TopLevelSpec } from 'vega-lite';

/** A view inside a concatenation. */
export type Panel = Extract<TopLevelSpec, { hconcat: unknown }>['hconcat'][number];

type Layered = Extract<Panel, { layer: unknown }>;

/** A mark with its own data and encoding, to be put over others. */
export type Layer = Extract<Layered['layer'][number], { mark: unknown }>;

export type Encoding = NonNullable<Layer['encoding']>;
