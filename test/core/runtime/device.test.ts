import { describe, expect, it } from 'vitest';
import { buildModel } from '../../../src/core/models/build-model.js';
import { parseNotation } from '../../../src/core/models/notation.js';
import { type OrtModule, onnxRuntime } from '../../../src/core/runtime/onnxruntime.js';
import { deviceOf, nodeRuntime, threadsOf } from '../../../src/node/runtime.js';

describe('the device', () => {
  it('is what FOOLPROOF_DEVICE says, else the processor', () => {
    expect(deviceOf({})).toBe('cpu');
    expect(deviceOf({ FOOLPROOF_DEVICE: '' })).toBe('cpu');
    expect(deviceOf({ FOOLPROOF_DEVICE: 'cuda' })).toBe('cuda');
    expect(() => deviceOf({ FOOLPROOF_DEVICE: 'abacus' })).toThrow(
      'FOOLPROOF_DEVICE: expected cpu or cuda, received "abacus".',
    );
  });

  it('comes first, and the processor takes what it has no kernel for', async () => {
    const asked: { executionProviders?: unknown }[] = [];
    const ort = {
      InferenceSession: { create: async (_: Uint8Array, options: object) => asked.push(options) && {} },
      env: { versions: {} },
    } as unknown as OrtModule;
    await onnxRuntime(ort, 'engine').createSession(new Uint8Array());
    await onnxRuntime(ort, 'engine', { device: 'cuda' }).createSession(new Uint8Array());
    expect(asked.map(({ executionProviders }) => executionProviders)).toEqual([undefined, ['cuda', 'cpu']]);
  });

  it('runs, or is refused in one line that says what is missing', async () => {
    const runtime = await nodeRuntime({ device: 'cuda' });
    const model = buildModel(parseNotation('4-F2-2', 3));
    const session = await runtime.createSession(model).catch((error: unknown) => String(error));
    if (typeof session === 'string') {
      expect(session).toMatch(
        /FOOLPROOF_DEVICE: expected cpu, or cuda with .* received cuda, which cannot be used/,
      );
      expect(session).not.toContain('\n');
    } else {
      expect(runtime.device).toBe('cuda');
      await session.release();
    }
  });
});

describe('the threads', () => {
  it('are what FOOLPROOF_THREADS says, else the choice of the engine', () => {
    expect(threadsOf({})).toBeUndefined();
    expect(threadsOf({ FOOLPROOF_THREADS: '' })).toBeUndefined();
    expect(threadsOf({ FOOLPROOF_THREADS: '3' })).toBe(3);
    for (const wrong of ['0', '-1', '1.5', 'all', '9999']) {
      expect(() => threadsOf({ FOOLPROOF_THREADS: wrong })).toThrow(
        `FOOLPROOF_THREADS: expected a whole number from 1 to 1024, received "${wrong}".`,
      );
    }
  });
});
