import { ToolkitError } from './errors.js';

/**
 * Loads a package that only some uses need, so that an installation without it works for all others.
 *
 * @param purpose what it is needed for: "drawing figures"
 * @throws ToolkitError `package-missing` when it cannot be loaded
 */
export async function optionalPackage<T>(name: string, purpose: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const [first = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    // Which file of ours asked for it is nothing to a reader.
    const reason = first.replace(/ imported from .*$/, '');
    throw new ToolkitError('package-missing', { package: name, purpose, reason }, { cause });
  }
}
