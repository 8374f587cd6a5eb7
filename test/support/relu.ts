import type { MovingNorm } from '../../src/core/attacks/harness/norms.js';
import { buildModel } from '../../src/core/models/build-model.js';
import type { Model } from '../../src/core/onnx/graph.js';
import { withValues } from './classifiers.js';
import { dot, lengthIn } from './hyperplanes.js';

/** Logits `V relu(W x + b) + c`. */
export interface ReluNet {
  readonly W: readonly (readonly number[])[];
  readonly b: readonly number[];
  readonly V: readonly (readonly number[])[];
  readonly c: readonly number[];
}

export function reluModel({ W, b, V, c }: ReluNet): Model {
  return withValues(buildModel(`1x1x${W[0]!.length}-F${W.length}-${V.length}`), {
    'fc1.weight': W.flat(),
    'fc1.bias': b,
    'fc2.weight': V.flat(),
    'fc2.bias': c,
  });
}

export function reluLogits({ W, b, V, c }: ReluNet, x: readonly number[]): number[] {
  const hidden = W.map((row, j) => Math.max(0, dot(row, x) + b[j]!));
  return V.map((row, k) => dot(row, hidden) + c[k]!);
}

/** A half space `<a, x> + offset >= 0`. */
type HalfSpace = readonly [a: readonly number[], offset: number];

/** The part of the line `p + t d` in all half spaces, as a range of t; empty if it starts after its end. */
function clipLine(
  p: readonly number[],
  d: readonly number[],
  spaces: readonly HalfSpace[],
): [number, number] {
  let [from, to] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const [a, offset] of spaces) {
    const [slope, here] = [dot(a, d), dot(a, p) + offset];
    if (Math.abs(slope) < 1e-15) {
      if (here < -1e-12) return [1, 0];
    } else if (slope > 0) from = Math.max(from, -here / slope);
    else to = Math.min(to, -here / slope);
  }
  return [from, to];
}

/**
 * The exact distance of a point of the unit square from the nearest point of another class, by looking at the
 * boundaries of all other classes in the cells of all activation patterns: each is a piece of a line, and the
 * nearest point of it is one of few.
 */
export function reluDistance(
  norm: MovingNorm,
  net: ReluNet,
  x: readonly number[],
): { label: number; distance: number } {
  const { W, b, V, c } = net;
  const z = reluLogits(net, x);
  const label = z.indexOf(Math.max(...z));
  const box: HalfSpace[] = [0, 1].flatMap((i): HalfSpace[] => {
    const unit = [i === 0 ? 1 : 0, i === 1 ? 1 : 0];
    return [
      [unit, 0],
      [unit.map((v) => -v), 1],
    ];
  });
  let distance = Number.POSITIVE_INFINITY;
  for (let pattern = 0; pattern < 2 ** W.length; pattern++) {
    const on = W.map((_, j) => (pattern >> j) % 2 === 1);
    const cell = W.map((row, j): HalfSpace => [row.map((v) => (on[j] ? v : -v)), on[j] ? b[j]! : -b[j]!]);
    V.forEach((row, k) => {
      if (k === label) return;
      const difference = row.map((v, j) => (on[j] ? v - V[label]![j]! : 0));
      const normal = [0, 1].map((i) =>
        dot(
          difference,
          W.map((weights) => weights[i]!),
        ),
      );
      const offset = dot(difference, b) + c[k]! - c[label]!;
      const square = dot(normal, normal);
      if (square < 1e-20) return;
      const p = normal.map((v) => (-offset * v) / square);
      const d = [-normal[1]!, normal[0]!];
      const [from, to] = clipLine(p, d, [...cell, ...box]);
      if (from > to) return;
      const [e0, e1] = [p[0]! - x[0]!, p[1]! - x[1]!];
      const corners = [
        -e0 / d[0]!,
        -e1 / d[1]!,
        -(e0 - e1) / (d[0]! - d[1]!),
        -(e0 + e1) / (d[0]! + d[1]!),
        -dot([e0, e1], d) / square,
      ];
      for (const t of [from, to, ...corners.filter(Number.isFinite)]) {
        const s = Math.min(to, Math.max(from, t));
        distance = Math.min(distance, lengthIn(norm, [e0 + s * d[0]!, e1 + s * d[1]!]));
      }
    });
  }
  return { label, distance };
}
