/** How long-running work reports its progress; the caller decides how to show it. */
export interface Progress {
  /** A new piece of work: what it is and how many units it has ("images"). */
  begin(label: string, total: number, unit: string): void;
  /** Units done so far, and a detail to show (`loss 0.031`). */
  advance(done: number, detail?: string): void;
  /** The piece is finished; `summary` is a line that stays. */
  end(summary?: string): void;
  /** Share of the whole job that is done, in [0, 1], and the estimated seconds left. */
  overall(share: number, secondsLeft: number): void;
  /**
   * For work that runs in parallel: its pieces are shown next to those of the other lanes. Without lanes,
   * such work is reported by `overall` alone.
   */
  lane?(): Progress;
}

/** Discards all reports. */
export const silent: Progress = { begin() {}, advance() {}, end() {}, overall() {} };
