/** How long work reports itself; the command line draws it, a web page could too. */
export interface Progress {
  /** A new piece of work: what it is and how many units it has ("images"). */
  begin(label: string, total: number, unit: string): void;
  /** Units done so far, and what else is worth showing (`loss 0.031`). */
  advance(done: number, detail?: string): void;
  /** The piece is finished; one line that stays. */
  end(summary?: string): void;
  /** Share of the whole job that is done, and the seconds it probably still takes. */
  overall(share: number, secondsLeft: number): void;
  /**
   * For work that goes on beside other work: its pieces are shown next to those of the other lanes. Where
   * there are no lanes, such work is heard of by `overall` alone.
   */
  lane?(): Progress;
}

/** Reports to nobody. */
export const silent: Progress = { begin() {}, advance() {}, end() {}, overall() {} };
