import { count, duration, percent } from './terminal-text.js';

/** A stream to print on; a terminal or not. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** Seconds between lines where no bar can be drawn. */
export const LINE_EVERY = 5;
/** Rates are taken over the last seconds: a resumed job, or one that slows down, is then told truly. */
const WINDOW = 15;

export const seconds = () => performance.now() / 1000;

/** Of a whole job: how much is done, and how long the rest will take. */
export interface Whole {
  readonly share: number;
  readonly secondsLeft: number;
}

export const wholeText = ({ share, secondsLeft }: Whole): string =>
  `${percent(share, 0)}, ${duration(secondsLeft)} left`;

/** What is known about a piece of work in progress. */
export class Piece {
  done = 0;
  detail = '';
  whole: Whole | undefined;
  private readonly samples: { time: number; done: number }[] = [];
  readonly started = seconds();

  constructor(
    readonly label: string,
    readonly total: number,
    readonly unit: string,
  ) {}

  record(done: number, detail: string): void {
    this.done = done;
    this.detail = detail;
    const time = seconds();
    this.samples.push({ time, done });
    while (this.samples.length > 2 && time - this.samples[1]!.time > WINDOW) this.samples.shift();
  }

  get share(): number {
    return this.done / Math.max(1, this.total);
  }

  /** Units for each second; undefined before it can be told. */
  get pace(): number | undefined {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (!first || !last || last.time - first.time < 0.2 || last.done <= first.done) return undefined;
    return (last.done - first.done) / (last.time - first.time);
  }

  get text(): string {
    const { pace, total, done, unit, whole } = this;
    const parts = [`${count(done)}/${count(total)} ${unit}`];
    if (pace !== undefined)
      parts.push(`${count(pace < 10 ? Number(pace.toPrecision(2)) : Math.round(pace))} ${unit}/s`);
    if (pace !== undefined && done < total) parts.push(`${duration((total - done) / pace)} left`);
    if (whole) parts.push(`overall ${wholeText(whole)}`);
    // Last, because a narrow terminal cuts the end off.
    if (this.detail) parts.push(this.detail);
    return parts.join(', ');
  }

  /** The line that says what is begun. */
  get beginning(): string {
    return `${this.label}: ${count(this.total)} ${this.unit}\n`;
  }

  /** The line that stays. */
  ending(summary: string | undefined): string {
    const text = summary ?? `${count(this.total)} ${this.unit}`;
    return `${this.label}: ${text}, ${duration(seconds() - this.started)}\n`;
  }
}
