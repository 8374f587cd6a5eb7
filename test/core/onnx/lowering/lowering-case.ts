import type { GraphBuilder } from '../../../support/toolkit.js';

/** Writes one operator; x is float32 [2, 4, 6], and `weight` draws a constant. */
export type Build = (g: GraphBuilder, x: string, weight: (...dims: number[]) => string) => string;

/** For each operator, cases by title. */
export type LoweringCases = Readonly<Record<string, Readonly<Record<string, Build>>>>;

/** x as images [N, 4, 2, 3]. */
export const images = (g: GraphBuilder, x: string) => g.op('Reshape', [x, g.ints([0, 4, 2, 3])]);

/** x as rows [N, 24]. */
export const rows = (g: GraphBuilder, x: string) => g.op('Flatten', [x]);
