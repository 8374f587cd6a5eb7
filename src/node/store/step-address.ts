import { ToolkitError } from '../../core/base/errors.js';

/**
 * Checks what a step is addressed by: names of files are made of it.
 *
 * @throws ToolkitError `bad-value`
 */
export function checkAddress(name: string, key: string): void {
  check('name of a step', 'letters, digits, dots and dashes', /^[a-z0-9][a-z0-9._-]{0,99}$/i, name);
  checkHash('key of a step', key);
}

/** @throws ToolkitError `bad-value` for anything but a SHA-256 in hexadecimal */
export const checkHash = (what: string, hash: string): void =>
  check(what, '64 hexadecimal digits', /^[0-9a-f]{64}$/, hash);

function check(what: string, expected: string, pattern: RegExp, received: string): void {
  if (!pattern.test(received))
    throw new ToolkitError('bad-value', { what, expected, received: `"${received}"` });
}

/** For an artifact whose bytes are missing or are not what they were. */
export const damaged = (source: string): ToolkitError =>
  new ToolkitError('corrupt-data', { source, reason: 'it is not what was written' });
