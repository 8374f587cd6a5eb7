import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // ONNX Runtime uses every core by itself; parallel files would only fight for them.
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 60_000,
  },
});
