import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { describe, expect, it } from 'vitest';
import { unpack } from '../../../src/node/datasets/tarball.js';

interface Entry {
  path: string;
  content?: string;
  type?: 'File' | 'SymbolicLink' | 'Link' | 'Directory';
  size?: number;
}

/** A tarball with exactly these entries; those that no honest tool would write, too. */
function tarballOf(entries: readonly Entry[]): Uint8Array {
  const blocks = entries.flatMap(({ path, content = '', type = 'File', size = content.length }) => {
    const header = Buffer.alloc(512);
    new Header({
      path,
      size,
      type,
      mode: 0o644,
      ...(type.endsWith('Link') && { linkpath: '/etc/passwd' }),
    }).encode(header, 0);
    const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    body.write(content);
    return [header, body];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

const wanted = { 'a.txt': 10, 'b.txt': 10 };
const good: Entry[] = [
  { path: 'package/a.txt', content: 'first' },
  { path: 'package/other.js', content: 'throw new Error()' },
  { path: 'package/b.txt', content: 'second' },
];

describe('unpacking', () => {
  it('gives the wanted files', async () => {
    const files = await unpack(tarballOf(good), 'it', wanted);
    expect(Object.keys(files).sort()).toEqual(['a.txt', 'b.txt']);
    expect(new TextDecoder().decode(files['b.txt'])).toBe('second');
  });

  it.each<[string, Entry[], RegExp]>([
    ['a path upwards', [...good, { path: 'package/../../evil', content: 'x' }], /outside of package/],
    ['an absolute path', [...good, { path: '/tmp/evil', content: 'x' }], /outside of package/],
    ['another folder', [...good, { path: 'elsewhere/evil', content: 'x' }], /outside of package/],
    [
      'a symbolic link',
      [...good, { path: 'package/evil', type: 'SymbolicLink' }],
      /not a plain file but of type SymbolicLink/,
    ],
    ['a hard link', [...good, { path: 'package/evil', type: 'Link' }], /not a plain file but of type Link/],
    ['a file twice', [...good, good[0]!], /holds a\.txt twice/],
    [
      'a file that is too large',
      [{ path: 'package/a.txt', content: 'x'.repeat(11) }],
      /has 11 bytes, more than 10/,
    ],
    [
      'a claim that is too large',
      [{ path: 'package/a.txt', size: 8e9 }],
      /has 8000000000 bytes, more than 10/,
    ],
    ['too few files', good.slice(0, 2), /it lacks b\.txt/],
  ])('refuses %s', async (_, entries, reason) => {
    await expect(unpack(tarballOf(entries), 'it', wanted)).rejects.toThrowError(reason);
  });

  it.each([1, 20, 60, 100])('refuses what ends after %s bytes', async (bytes) => {
    await expect(unpack(tarballOf(good).subarray(0, bytes), 'it', wanted)).rejects.toThrowError(
      /damaged data/,
    );
  });

  it('refuses what is no archive', async () => {
    await expect(unpack(new Uint8Array(5000).fill(65), 'it', wanted)).rejects.toThrowError(/damaged data/);
    await expect(unpack(new Uint8Array(0), 'it', wanted)).rejects.toThrowError(/damaged data/);
  });
});
