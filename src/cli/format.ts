import type { Dim } from '../onnx/graph.js';
import type { Rate } from '../statistics.js';

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

/** Seconds as a person says them: `0.8 s`, `12 s`, `3 min 20 s`, `2 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  if (minutes < 60) return `${minutes} min ${String(rest).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

export const count = (value: number): string => value.toLocaleString('en-US');

/** A shape as `[N, 1, 28, 28]`; `?` when even the rank is unknown. */
export const shape = (dims: readonly Dim[] | undefined): string => (dims ? `[${dims.join(', ')}]` : '?');

/** Columns as wide as their widest cell; a column whose cells all look like numbers is aligned to the right. */
export function table(header: readonly string[], lines: readonly (readonly string[])[]): string {
  const all = [header, ...lines];
  const widths = header.map((_, c) => Math.max(...all.map((line) => line[c]?.length ?? 0)));
  const numeric = header.map((_, c) => lines.every((line) => /^[\d,.]*$/.test(line[c] ?? '')));
  return all
    .map((line) =>
      line
        .map((cell, c) => (numeric[c] ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Piecewise constant operators with the names of their nodes. */
export const flatText = (flat: readonly { readonly op: string; readonly nodes: readonly string[] }[]): string =>
  flat
    .map(
      ({ op, nodes }) =>
        `${op} (${nodes.slice(0, 3).join(', ')}${nodes.length > 3 ? `, ${nodes.length - 3} more` : ''})`,
    )
    .join(', ');
