import type { Rate } from '../../core/base/statistics.js';
import type { Dim } from '../../core/onnx/graph.js';

export { duration, table } from '../../core/base/text.js';

/** A share as `12.3 %`; `-` when nothing was counted. */
export const percent = (share: number | null, digits = 1): string =>
  share === null ? '-' : `${(100 * share).toFixed(digits)} %`;

/** A rate with what it rests on: `12.3 % (123/1000; 10.4-14.5 %)`. */
export function rateText(rate: Rate): string {
  if (rate.low === null || rate.high === null) return '-';
  const interval = `${(100 * rate.low).toFixed(1)}-${(100 * rate.high).toFixed(1)} %`;
  return `${percent(rate.value)} (${rate.count}/${rate.total}; ${interval})`;
}

/** Sizes in binary units, as file managers show them. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 2 ** 20 ? `${(bytes / 2 ** 10).toFixed(1)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

export const count = (value: number): string => value.toLocaleString('en-US');

/** A shape as `[N, 1, 28, 28]`; `?` when even the rank is unknown. */
export const shape = (dims: readonly Dim[] | undefined): string => (dims ? `[${dims.join(', ')}]` : '?');

/** Piecewise constant operators with the names of their nodes. */
export const flatText = (
  flat: readonly { readonly op: string; readonly nodes: readonly string[] }[],
): string =>
  flat
    .map(
      ({ op, nodes }) =>
        `${op} (${nodes.slice(0, 3).join(', ')}${nodes.length > 3 ? `, ${nodes.length - 3} more` : ''})`,
    )
    .join(', ');
