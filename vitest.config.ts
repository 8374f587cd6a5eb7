import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (file: string) => fileURLToPath(new URL(`./src/${file}`, import.meta.url));

/** Files that start programs, train, audit or draw whole reports: what the inner loop does without. */
const INTEGRATION = [
  'test/node/apps/**/*.test.ts',
  'test/node/work/**/*.test.ts',
  'test/node/datasets/{cifar10,npm-package}.test.ts',
  'test/cli/**/*.test.ts',
  'test/report/**/*.test.ts',
  'test/docs/**/*.test.ts',
  'test/{examples,fixtures}.test.ts',
  'test/contracts/attacks.test.ts',
  'test/core/training/{resume,adversarial-training,distillation}.test.ts',
  'test/core/attacks/{ascent-closed-form,minimal-norms,jsma-cases}.test.ts',
];

/** Files that replace a module: they cannot share a process with files that have loaded it. */
const MOCKING = ['test/node/store/files.test.ts', 'test/node/datasets/without-sharp.test.ts'];

export default defineConfig({
  resolve: {
    // The entries of the package, as tsconfig.json maps them.
    alias: [
      { find: /^foolproof$/, replacement: source('core/index.ts') },
      { find: /^foolproof\/(node|report)$/, replacement: source('$1/index.ts') },
    ],
  },
  test: {
    pool: 'forks',
    // Two files side by side with one engine thread each do more than one file with two threads.
    maxWorkers: availableParallelism(),
    env: { FOOLPROOF_THREADS: '1' },
    // One process for each worker, not for each file: starting, and loading what nearly all files import (the
    // engine, MNIST, vega), costs more than most files take.
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...INTEGRATION, ...MOCKING],
        },
      },
      { extends: true, test: { name: 'integration', include: INTEGRATION } },
      { extends: true, test: { name: 'mocking', include: MOCKING, isolate: true } },
    ],
  },
});
