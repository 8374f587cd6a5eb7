import { SingleBar } from 'cli-progress';
import type { Progress } from '../../core/base/progress.js';
import {
  barText,
  LINE_EVERY,
  type Output,
  Piece,
  seconds,
  shorten,
  type Whole,
  wholeText,
} from './progress-pieces.js';
import { percent } from './terminal-text.js';

/** Work in parallel lanes, on one line: how far all of it is, and where each lane is. */
export class Lanes {
  whole: Whole | undefined;
  readonly #open = new Map<Progress, Piece>();
  #bar: SingleBar | undefined;
  #written = 0;

  constructor(private readonly stream: Output) {}

  lane(): Progress {
    const lane: Progress = {
      begin: (label, total, unit) => {
        lane.end();
        const piece = new Piece(label, total, unit);
        this.#open.set(lane, piece);
        // The next line comes soon, as a sign of life.
        if (this.#open.size === 1) this.#written = seconds() - LINE_EVERY + 1;
        if (!this.stream.isTTY) this.stream.write(piece.beginning);
        this.#draw();
      },
      advance: (done, detail = '') => {
        this.#open.get(lane)?.record(done, detail);
        this.#report();
      },
      end: (summary) => {
        const piece = this.#open.get(lane);
        if (!piece) return;
        this.#open.delete(lane);
        this.#erase();
        this.stream.write(piece.ending(summary));
        if (this.#open.size > 0) this.#draw();
      },
      overall: () => {},
    };
    return lane;
  }

  /** Ends what is open in any lane. */
  end(summary?: string): void {
    for (const lane of [...this.#open.keys()]) lane.end(summary);
  }

  #report(): void {
    if (this.stream.isTTY || seconds() - this.#written < LINE_EVERY) return;
    this.#written = seconds();
    const whole = this.whole ? [`overall ${wholeText(this.whole)}`] : [];
    this.stream.write(`${[...whole, ...this.#places(Number.POSITIVE_INFINITY)].join('; ')}\n`);
  }

  #draw(): void {
    if (!this.stream.isTTY || this.#bar) return;
    this.#bar = new SingleBar({
      stream: this.stream,
      fps: 5,
      // Interruption is the program's own affair.
      gracefulExit: false,
      clearOnComplete: true,
      format: () => this.#line((this.stream.columns || 100) - 1),
    });
    this.#bar.start(1, 0);
  }

  #erase(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  #line(width: number): string {
    const whole = this.whole ? wholeText(this.whole) : percent(0, 0);
    const head = `${barText(this.whole?.share ?? 0, width)} ${whole}`;
    const places = this.#places(Math.floor((width - head.length) / Math.max(1, this.#open.size)) - 2);
    return shorten([head, ...places].join('  '), width);
  }

  /** The state of each lane in so many characters: the label is shortened, the number is not. */
  #places(width: number): string[] {
    return [...this.#open.values()].map((piece) => {
      const share = ` ${percent(piece.share, 0)}`;
      return shorten(piece.label, width - share.length) + share;
    });
  }
}
