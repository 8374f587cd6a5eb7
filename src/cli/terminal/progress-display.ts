import { SingleBar } from 'cli-progress';
import type { Progress } from '../../core/base/progress.js';
import { Lanes } from './progress-lanes.js';
import { barText, LINE_EVERY, type Output, Piece, seconds, shorten, type Whole } from './progress-pieces.js';
import { percent } from './terminal-text.js';

export type { Output } from './progress-pieces.js';

/** Progress as a bar on a terminal, and as a line every few seconds elsewhere (logs, pipes). */
export const drawProgress = (stream: Output): Progress => new Drawing(stream);

/** How a piece of work is shown. */
interface Display {
  begin(piece: Piece): void;
  advance(piece: Piece): void;
  end(piece: Piece, summary: string | undefined): void;
}

class Drawing implements Progress {
  private piece: Piece | undefined;
  private whole: Whole | undefined;
  private readonly display: Display;
  private readonly lanes: Lanes;

  constructor(stream: Output) {
    this.display = stream.isTTY ? bar(stream) : lines(stream);
    this.lanes = new Lanes(stream);
  }

  begin(label: string, total: number, unit: string): void {
    this.end();
    this.piece = new Piece(label, total, unit);
    this.piece.whole = this.whole;
    this.display.begin(this.piece);
  }

  advance(done: number, detail = ''): void {
    if (!this.piece) return;
    this.piece.record(done, detail);
    this.piece.whole = this.whole;
    this.display.advance(this.piece);
  }

  /** Also what is open beside it. */
  end(summary?: string): void {
    this.lanes.end(summary);
    if (!this.piece) return;
    this.display.end(this.piece, summary);
    this.piece = undefined;
  }

  overall(share: number, secondsLeft: number): void {
    this.whole = { share, secondsLeft };
    this.lanes.whole = this.whole;
  }

  lane(): Progress {
    return this.lanes.lane();
  }
}

function bar(stream: Output): Display {
  let drawn: SingleBar | undefined;
  return {
    begin(piece) {
      drawn = new SingleBar({
        stream,
        fps: 5,
        // Interruption is the program's own affair.
        gracefulExit: false,
        clearOnComplete: true,
        format: (_options, { progress }) => {
          // Some terminals do not know their width and say 0.
          const width = (stream.columns || 100) - 1;
          const head = `${piece.label} ${barText(progress, width)} ${percent(progress, 0)}`;
          return shorten(`${head}  ${piece.text}`, width);
        },
      });
      drawn.start(piece.total, 0);
    },
    advance: (piece) => drawn?.update(piece.done),
    end(piece, summary) {
      drawn?.stop();
      drawn = undefined;
      stream.write(piece.ending(summary));
    },
  };
}

function lines(stream: Output): Display {
  let last = 0;
  return {
    begin(piece) {
      // The first line comes soon, as a sign of life.
      last = seconds() - LINE_EVERY + 1;
      stream.write(piece.beginning);
    },
    advance(piece) {
      if (seconds() - last < LINE_EVERY) return;
      last = seconds();
      stream.write(`${piece.label}: ${percent(piece.share, 0)}, ${piece.text}\n`);
    },
    end: (piece, summary) => void stream.write(piece.ending(summary)),
  };
}
