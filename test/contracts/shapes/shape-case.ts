import { float32, type GraphBuilder, sizeOf } from '../../support/toolkit.js';

/** Writes one operator; x is float32 [N, 4, 6, 6]. Returns what it puts out. */
export type Build = (g: GraphBuilder, x: string) => readonly string[] | string;

/** For each operator, cases by title. */
export type ShapeCases = Readonly<Record<string, Readonly<Record<string, Build>>>>;

export const ones = (g: GraphBuilder, dims: readonly number[]) =>
  g.constant(float32(dims, new Float32Array(sizeOf(dims)).fill(1)));

/** One operator as an entry for every name of a list. */
export const each = (names: string, build: (op: string) => Record<string, Build>): ShapeCases =>
  Object.fromEntries(names.split(' ').map((op) => [op, build(op)]));
