/** Milliseconds of each run; medians are quoted, minima tell how quiet the machine was. */
export interface Timing {
  readonly median: number;
  readonly minimum: number;
  readonly runs: number;
}

export interface Task {
  readonly name: string;
  /** Floating-point operations of one run: two for each multiply-add of a convolution or matrix product. */
  readonly flops: number;
  readonly images: number;
  run(): Promise<void>;
}

/**
 * Times tasks round by round (A B C, A B C ...), so that a machine whose speed drifts slows all of them alike
 * and their ratios stay true.
 */
export async function measure(tasks: readonly Task[], rounds: number): Promise<Map<string, Timing>> {
  const times = new Map(tasks.map((task) => [task.name, [] as number[]]));
  for (const task of tasks) await task.run();
  for (let round = 0; round < rounds; round++) {
    for (const task of tasks) {
      const start = performance.now();
      await task.run();
      times.get(task.name)!.push(performance.now() - start);
    }
  }
  return new Map([...times].map(([name, values]) => [name, summary(values)]));
}

function summary(values: readonly number[]): Timing {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)]!, minimum: sorted[0]!, runs: sorted.length };
}
