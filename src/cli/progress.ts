import { SingleBar } from 'cli-progress';
import type { Progress } from '../progress.js';
import { count, duration, percent } from './format.js';

/** A stream to print on; a terminal or not. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** Seconds between lines where no bar can be drawn. */
const LINE_EVERY = 5;
/** Rates are taken over the last seconds: a resumed job, or one that slows down, is then told truly. */
const WINDOW = 15;

/** Progress as a bar on a terminal, and as a line every few seconds elsewhere (logs, pipes). */
export const drawProgress = (stream: Output): Progress => new Drawing(stream.isTTY ? bar(stream) : lines(stream));

/** How a piece of work is shown; `text` is all that is known of it beside how far it is. */
interface Display {
  begin(state: State): void;
  advance(state: State): void;
  end(state: State, summary: string | undefined): void;
}

/** What is known about the piece in progress. */
class State {
  done = 0;
  detail = '';
  whole: { share: number; secondsLeft: number } | undefined;
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
    if (whole) parts.push(`overall ${percent(whole.share, 0)}, ${duration(whole.secondsLeft)} left`);
    // Last, because a narrow terminal cuts the end off.
    if (this.detail) parts.push(this.detail);
    return parts.join(', ');
  }
}

const seconds = () => performance.now() / 1000;

class Drawing implements Progress {
  private state: State | undefined;
  private whole: State['whole'];

  constructor(private readonly display: Display) {}

  begin(label: string, total: number, unit: string): void {
    if (this.state) this.end();
    this.state = new State(label, total, unit);
    this.state.whole = this.whole;
    this.display.begin(this.state);
  }

  advance(done: number, detail = ''): void {
    if (!this.state) return;
    this.state.record(done, detail);
    this.state.whole = this.whole;
    this.display.advance(this.state);
  }

  end(summary?: string): void {
    if (!this.state) return;
    this.display.end(this.state, summary);
    this.state = undefined;
  }

  overall(share: number, secondsLeft: number): void {
    this.whole = { share, secondsLeft };
  }
}

const summaryLine = (state: State, summary: string | undefined): string =>
  `${state.label}: ${summary ?? `${count(state.total)} ${state.unit}`}, ${duration(seconds() - state.started)}\n`;

function bar(stream: Output): Display {
  let drawn: SingleBar | undefined;
  return {
    begin(state) {
      drawn = new SingleBar({
        stream,
        fps: 5,
        // Interruption is the program's own affair.
        gracefulExit: false,
        clearOnComplete: true,
        format: (_options, { progress }) => {
          // Some terminals do not know their width and say 0.
          const width = (stream.columns || 100) - 1;
          const size = width < 110 ? 10 : 24;
          const filled = Math.round(size * progress);
          const drawing = '█'.repeat(filled) + '░'.repeat(size - filled);
          const line = `${state.label} ${drawing} ${percent(progress, 0)}  ${state.text}`;
          return line.length > width ? `${line.slice(0, width - 1)}…` : line;
        },
      });
      drawn.start(state.total, 0);
    },
    advance: (state) => drawn?.update(state.done),
    end(state, summary) {
      drawn?.stop();
      drawn = undefined;
      stream.write(summaryLine(state, summary));
    },
  };
}

function lines(stream: Output): Display {
  let last = 0;
  return {
    begin(state) {
      // The first line comes soon: it tells that all is well.
      last = seconds() - LINE_EVERY + 1;
      stream.write(`${state.label}: ${count(state.total)} ${state.unit}\n`);
    },
    advance(state) {
      if (seconds() - last < LINE_EVERY) return;
      last = seconds();
      stream.write(`${state.label}: ${percent(state.done / Math.max(1, state.total), 0)}, ${state.text}\n`);
    },
    end: (state, summary) => void stream.write(summaryLine(state, summary)),
  };
}
