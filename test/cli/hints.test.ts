import { describe, expect, it } from 'vitest';
import { messageOf } from '../../src/cli/hints.js';
import { ToolkitError } from '../../src/core/base/errors.js';

describe('an error of the library on the command line', () => {
  it('is named by its flag', () => {
    const data = { what: 'size of convolutions', expected: 'an odd number', received: '4' };
    expect(messageOf(new ToolkitError('bad-value', data))).toBe(
      'size of convolutions: expected an odd number, received 4.',
    );
    expect(messageOf(new ToolkitError('bad-value', { ...data, option: 'kernelSize' }))).toBe(
      '--kernel-size: expected an odd number, received 4.',
    );
  });

  it('says which flag would help', () => {
    const data = { what: 'The data set npz needs a path', hint: 'NumPy archive.' };
    expect(messageOf(new ToolkitError('nothing-to-do', { ...data, option: 'dataPath' }))).toBe(
      'The data set npz needs a path. NumPy archive. The option is --data.',
    );
    expect(messageOf(new ToolkitError('nothing-to-do', data))).toBe(
      'The data set npz needs a path. NumPy archive.',
    );
  });

  it('says what to do next', () => {
    expect(messageOf(new ToolkitError('interrupted', { what: 'study' }))).toBe(
      'study interrupted; finished work is kept. Run the same command to go on.',
    );
    expect(messageOf(new ToolkitError('stopped', { what: 'attack' }))).toMatch(/Run the same command/);
    const robust = { models: ['m 1.0 %'], required: ['robust accuracy'] };
    expect(messageOf(new ToolkitError('not-robust', robust))).toMatch(
      /not passed: m 1\.0 %\. Required: robust accuracy\. .*--fail-under .*--allow-inconclusive/,
    );
  });
});
