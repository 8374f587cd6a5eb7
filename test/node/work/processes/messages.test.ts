import { describe, expect, it } from 'vitest';
import { isToolkitError, ToolkitError } from '../../../../src/core/base/errors.js';
import { packError, unpackError } from '../../../../src/node/work/processes/messages.js';

const travelled = (error: unknown) => unpackError(structuredClone(packError(error)));

describe('an error between processes', () => {
  it('of the user stays what it was', () => {
    const error = new ToolkitError('diverged', { what: 'training', step: 7, hint: 'Try less.' });
    const received = travelled(error);
    expect(isToolkitError(received, 'diverged') && received.data).toEqual(error.data);
    expect(received.message).toBe(error.message);
    expect((received.cause as Error).stack).toContain('messages.test.ts');
  });

  it('that is a bug keeps its message, and where it was', () => {
    const received = travelled(new TypeError('x is not a function', { cause: new Error('root') }));
    expect([received instanceof ToolkitError, received.message]).toEqual([false, 'x is not a function']);
    expect((received.cause as Error).stack).toMatch(/messages\.test\.ts.*caused by Error: root/s);
    expect(travelled('text').message).toBe('text');
  });
});
