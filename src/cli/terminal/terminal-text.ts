import type { Rate } from '../../core/base/statistics.js';
import { listed, numberText, shown, TERMINAL } from '../../core/base/text/index.js';
import type { Dim } from '../../core/onnx/graph.js';

export { duration, table } from '../../core/base/text/index.js';

const terminal = numberText(TERMINAL);

export const { percent, interval, byteSize: bytesText } = terminal;

/** A whole number with separators: `12,345`. */
export const count = terminal.integer;

/** A rate with what it rests on: `12.3 % (123 of 1,000; 10.4-14.5)`. */
export const rateText = (rate: Rate | null | undefined): string => terminal.rateText(rate, { counts: true });

/** The same without its counts, for tables whose title says how many there are: `12.3 % (10.4-14.5)`. */
export const compactRate = (rate: Rate | null | undefined, digits = 1): string =>
  terminal.rateText(rate, { digits });

/** Work done in a second: `1,230 images/s`, `2.4 images/s`. */
export const throughputText = (perSecond: number, unit: string): string =>
  `${perSecond < 10 ? Number(perSecond.toPrecision(2)) : count(perSecond)} ${unit}/s`;

/** A shape as `[N, 1, 28, 28]`; `?` when even the rank is unknown. */
export const shape = (dims: readonly Dim[] | undefined): string =>
  dims ? shown(`[${dims.join(', ')}]`) : '?';

/** Nodes that are named of an operator. */
const MAX_NODES = 3;
/** Operators that are named. */
const MAX_OPERATORS = 12;

/** Piecewise constant operators with the names of their nodes. */
export const flatText = (
  flat: readonly { readonly op: string; readonly nodes: readonly string[] }[],
): string =>
  listed(
    flat.map(
      ({ op, nodes }) =>
        `${shown(op)} (${listed(
          nodes.map((node) => shown(node)),
          MAX_NODES,
          ', ',
        )})`,
    ),
    MAX_OPERATORS,
    ', ',
  );
