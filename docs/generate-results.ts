import { existsSync, readFileSync } from 'node:fs';
import { resultsSchema } from '../src/node/apps/study/study-schema.js';
import { fillBlocks, type NamedRun } from '../src/report/study/study-markdown.js';

/** Documents with tables made from committed results: the runs are columns, in this order. */
const documents: Readonly<Record<string, readonly { name: string; file: string }[]>> = {
  'docs/results-mnist.md': [
    { name: 'saturated', file: 'docs/results/mnist-paper/results.json' },
    { name: 'regularized', file: 'docs/results/mnist-paper-regularized/results.json' },
  ],
  'docs/results-cifar10.md': [{ name: 'CIFAR-10', file: 'docs/results/cifar10-paper/results.json' }],
};

/** Every such document that has been begun, as it should be: its own words, and its generated blocks anew. */
export function resultDocuments(): Map<string, string> {
  const begun = Object.entries(documents).filter(([path]) => existsSync(path));
  return new Map(
    begun.map(([path, runs]) => {
      const known = runs
        .filter(({ file }) => existsSync(file))
        .map(({ name, file }): NamedRun => {
          return { name, results: resultsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) };
        });
      return [path, fillBlocks(readFileSync(path, 'utf8'), known)];
    }),
  );
}
