import { describe, expect, it } from 'vitest';
import { type OrtModule, onnxRuntime } from '../../../src/core/runtime/onnxruntime.js';
import { nodeRuntime } from '../../../src/node/runtime.js';

describe('threads of an engine', () => {
  it('are those of the runtime, unless a session asks for others', async () => {
    const asked: unknown[] = [];
    const ort = {
      InferenceSession: { create: async (_: Uint8Array, options: object) => asked.push(options) && {} },
      env: { versions: {} },
    } as unknown as OrtModule;
    const threads = (runtime = onnxRuntime(ort, 'engine')) => ({
      usual: () => runtime.createSession(new Uint8Array()),
      own: () => runtime.createSession(new Uint8Array(), { threads: 3 }),
    });
    await threads().usual();
    await threads(onnxRuntime(ort, 'engine', { threads: 2 })).usual();
    await threads(onnxRuntime(ort, 'engine', { threads: 2 })).own();
    expect(asked.map((options) => (options as { intraOpNumThreads?: number }).intraOpNumThreads)).toEqual([
      undefined,
      2,
      3,
    ]);
  });

  it('are those of the variable in every runtime that is not told otherwise', async () => {
    const before = process.env.FOOLPROOF_THREADS;
    try {
      process.env.FOOLPROOF_THREADS = 'many';
      await expect(nodeRuntime()).rejects.toThrow('FOOLPROOF_THREADS');
      await expect(nodeRuntime({ threads: 1 })).resolves.toMatchObject({ name: 'onnxruntime-node' });
    } finally {
      if (before === undefined) delete process.env.FOOLPROOF_THREADS;
      else process.env.FOOLPROOF_THREADS = before;
    }
  });
});
