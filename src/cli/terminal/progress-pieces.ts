import { TEXT_LIMITS } from '../../core/base/limits.js';
import { shown } from '../../core/base/text/index.js';
import { count, duration, percent, throughputText } from './terminal-text.js';

/** A stream to print on; a terminal or not. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** Seconds between lines where no bar can be drawn. */
export const LINE_EVERY = 5;
/**
 * Seconds over which throughput is measured, so that it holds also for a job that was resumed or slows down.
 */
const WINDOW = 15;

export const seconds = () => performance.now() / 1000;

/** Of a whole job: how much is done, and how long the rest will take. */
export interface Whole {
  readonly share: number;
  readonly secondsLeft: number;
}

export const wholeText = ({ share, secondsLeft }: Whole): string =>
  `${percent(share, 0)}, ${duration(secondsLeft)} left`;

/** A bar of progress for a line of so many columns. */
export function barText(share: number, width: number): string {
  const size = width < 110 ? 10 : 24;
  const filled = Math.round(size * share);
  return '█'.repeat(filled) + '░'.repeat(size - filled);
}

export const shorten = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

/** The state of a piece of work in progress. Its texts may name files and models: they are safe to print. */
export class Piece {
  readonly label: string;
  done = 0;
  detail = '';
  whole: Whole | undefined;
  private readonly samples: { time: number; done: number }[] = [];
  readonly started = seconds();

  constructor(
    label: string,
    readonly total: number,
    readonly unit: string,
  ) {
    this.label = shown(label);
  }

  record(done: number, detail: string): void {
    this.done = done;
    this.detail = shown(detail);
    const time = seconds();
    this.samples.push({ time, done });
    while (this.samples.length > 2 && time - (this.samples[1]?.time ?? time) > WINDOW) this.samples.shift();
  }

  get share(): number {
    return this.done / Math.max(1, this.total);
  }

  /** Units for each second; undefined before it can be measured. */
  get throughput(): number | undefined {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (!first || !last || last.time - first.time < 0.2 || last.done <= first.done) return undefined;
    return (last.done - first.done) / (last.time - first.time);
  }

  get text(): string {
    const { throughput, total, done, unit, whole } = this;
    const parts = [`${count(done)}/${count(total)} ${unit}`];
    if (throughput !== undefined) parts.push(throughputText(throughput, unit));
    if (throughput !== undefined && done < total) parts.push(`${duration((total - done) / throughput)} left`);
    if (whole) parts.push(`overall ${wholeText(whole)}`);
    // Last, because a narrow terminal cuts the end off.
    if (this.detail) parts.push(this.detail);
    return parts.join(', ');
  }

  /** The line at its begin. */
  get beginning(): string {
    return `${this.label}: ${count(this.total)} ${this.unit}\n`;
  }

  /** The line that stays. */
  ending(summary: string | undefined): string {
    const text =
      (summary === undefined ? undefined : shown(summary, TEXT_LIMITS.line)) ??
      `${count(this.total)} ${this.unit}`;
    return `${this.label}: ${text}, ${duration(seconds() - this.started)}\n`;
  }
}
