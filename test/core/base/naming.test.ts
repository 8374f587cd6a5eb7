import { describe, expect, it } from 'vitest';
import { ToolkitError } from '../../../src/core/base/errors.js';
import { naming } from '../../../src/core/base/naming.js';

const failing = (error: unknown) => () => {
  throw error;
};

describe('naming', () => {
  it('makes any error one that names the file', async () => {
    const cause = new TypeError('x is not a function');
    await expect(naming('m.onnx', failing(cause))).rejects.toMatchObject({ code: 'unusable', cause });
    await expect(naming('m.onnx', failing(cause))).rejects.toThrow(/^m\.onnx: .*x is not a function/);
  });

  it('gives errors about a node the name of the file, once', async () => {
    const error = new ToolkitError('shape-mismatch', { node: 'conv', reason: 'no' });
    const named = naming('outer.onnx', () => naming('m.onnx', failing(error)));
    await expect(named).rejects.toThrow(/^m\.onnx: conv: shapes do not fit/);
  });

  it('leaves other user errors and the reason of a signal as they are', async () => {
    const user = new ToolkitError('nothing-to-do', { what: 'a', hint: 'b' });
    await expect(naming('m.onnx', failing(user))).rejects.toBe(user);
    const reason = new Error('enough');
    await expect(naming('m', failing(reason), AbortSignal.abort(reason))).rejects.toBe(reason);
    const aborted = AbortSignal.abort().reason as Error;
    await expect(naming('m', failing(aborted))).rejects.toBe(aborted);
  });
});

describe('the message of an error', () => {
  it('is one short line whatever its data hold, which stay exact', () => {
    const name = `\x1b[31m\n${'x'.repeat(1e6)}`;
    const error = new ToolkitError('corrupt-model', { source: name, problems: [name, name] });
    expect(error.message).toMatch(/^\\x1b\[31m\\n/);
    expect(error.message.length).toBeLessThan(2500);
    expect(error.data.source).toBe(name);
  });
});
