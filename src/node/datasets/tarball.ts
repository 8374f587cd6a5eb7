import { ToolkitError } from '../../core/base/errors.js';

/** Bytes given to the unpacker at a time, so that the event loop runs in between. */
const CHUNK = 2 ** 20;

/**
 * Files of an npm tarball, in memory; nothing is written to the disk.
 *
 * @param tarball the `.tgz`, already verified
 * @param source how messages name it
 * @param wanted names below `package/`, each with the most bytes that it may have
 * @throws ToolkitError 'corrupt-data' for an archive that is damaged, holds links or paths that lead out of
 *   `package/`, or holds a wanted file twice, too large or not at all
 */
export async function unpack<N extends string>(
  tarball: Uint8Array,
  source: string,
  wanted: Readonly<Record<N, number>>,
): Promise<Record<N, Uint8Array>> {
  const { Parser } = await import('tar');
  const found = new Map<string, Uint8Array>();
  let trouble: string | undefined;

  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      const name = entry.path.slice('package/'.length);
      const limit = Object.hasOwn(wanted, name) ? wanted[name as N] : undefined;
      trouble ??= refusalOf(entry);
      if (limit !== undefined && found.has(name)) trouble ??= `it holds ${name} twice`;
      if (limit !== undefined && entry.size > limit)
        trouble ??= `${name} has ${entry.size} bytes, more than ${limit}`;
      if (trouble !== undefined || limit === undefined) {
        entry.resume();
        return;
      }
      const content = new Uint8Array(entry.size);
      let filled = 0;
      found.set(name, content);
      entry.on('data', (chunk: Uint8Array) => {
        content.set(chunk, filled);
        filled += chunk.length;
      });
    },
  });
  const finished = new Promise<void>((resolve) => {
    parser.on('end', resolve);
    parser.on('error', (error: Error) => {
      trouble ??= error.message;
      resolve();
    });
  });
  for (let start = 0; start < tarball.length && trouble === undefined; start += CHUNK) {
    parser.write(tarball.subarray(start, start + CHUNK));
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (trouble === undefined) {
    parser.end();
    await finished;
  }
  const missing = Object.keys(wanted).filter((name) => !found.has(name));
  if (missing.length > 0) trouble ??= `it lacks ${missing.join(', ')}`;
  if (trouble !== undefined) throw new ToolkitError('corrupt-data', { source, reason: trouble });
  return Object.fromEntries(found) as Record<N, Uint8Array>;
}

/**
 * Why an archive with this entry is refused. Packages of npm hold plain files in one folder, and nothing
 * else.
 */
function refusalOf({ type, path }: { readonly type: string; readonly path: string }): string | undefined {
  if (type !== 'File' && type !== 'OldFile')
    return `it holds ${path}, which is not a plain file but of type ${type}`;
  const parts = path.split(/[/\\]/);
  const inside = parts.length > 1 && parts[0] === 'package' && !parts.includes('..');
  return inside ? undefined : `it holds ${path}, which lies outside of package/`;
}
