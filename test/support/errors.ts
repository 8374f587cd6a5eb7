import { expect } from 'vitest';
import { type ErrorCode, type ErrorData, isToolkitError } from '../../src/core/base/errors.js';

/**
 * The data of the toolkit's error with this code that `action` throws; the test fails when
 * it throws anything else.
 */
export async function dataOf<C extends ErrorCode>(code: C, action: () => unknown): Promise<ErrorData[C]> {
  try {
    await action();
  } catch (error) {
    if (isToolkitError(error, code)) return error.data;
    throw error;
  }
  return expect.fail(`nothing was thrown, expected ${code}`);
}
