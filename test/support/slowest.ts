import type { Reporter, TestModule } from 'vitest/node';

const SHOWN = 20;

interface Timed {
  readonly name: string;
  readonly milliseconds: number;
}

/** The entries that took the longest, the longest first, one a line. */
export function slowest(title: string, entries: readonly Timed[], shown = SHOWN): string {
  const total = entries.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const lines = [...entries]
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, shown)
    .map(({ name, milliseconds }) => `${seconds(milliseconds).padStart(8)}  ${name}`);
  return [`${title} (${entries.length}, ${seconds(total).trim()} in all)`, ...lines].join('\n');
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** A reporter of Vitest: what a run of the tests spent its time on. `npm run test:slow` */
export default class Slowest implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const files: Timed[] = modules.map((module) => {
      const { collectDuration, duration } = module.diagnostic();
      // With its imports and hooks, which the times of its tests leave out.
      return { name: module.relativeModuleId, milliseconds: collectDuration + duration };
    });
    const tests: Timed[] = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => ({
        name: `${module.relativeModuleId} > ${test.fullName}`,
        milliseconds: test.diagnostic()?.duration ?? 0,
      })),
    );
    process.stdout.write(`\n${slowest('Files', files)}\n\n${slowest('Tests', tests)}\n`);
  }
}
