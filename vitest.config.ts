import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (file: string) => fileURLToPath(new URL(`./src/${file}`, import.meta.url));

export default defineConfig({
  resolve: {
    // The entries of the package, as tsconfig.json maps them.
    alias: [
      { find: /^foolproof$/, replacement: source('core/index.ts') },
      { find: /^foolproof\/(node|report)$/, replacement: source('$1/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // ONNX Runtime uses every core by itself; parallel files would only fight for them.
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 60_000,
  },
});
