import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, smallModel, spawnCli, workplace, writeData, writeModel } from './support.js';

const place = workplace();
const model = place.path('model.onnx');
const disk = place.path('disk');

/** A disk of one page, or the reason why this machine has none to offer. */
function mountTinyDisk(): string | undefined {
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', disk], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `no tmpfs may be mounted here (${error instanceof Error ? error.message.split('\n')[0] : error})`;
  }
}

const noDisk = mountTinyDisk();
beforeAll(() => void writeModel(model, smallModel('hash:1/4')));
afterAll(() => {
  if (!noDisk) execFileSync('umount', [disk]);
});

describe('the process', { timeout: 60_000 }, () => {
  it('answers on stdout with code 0, and prints nothing of the engine', async () => {
    const { code, out, err } = await spawnCli(['materialize', model, '--out', place.path('dense.onnx')]).done;
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('dense.onnx');
  });

  it('fails with code 2, one line and no stack', async () => {
    const { code, out, err } = await spawnCli(['inspect', place.path('none.onnx')]).done;
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^foolproof: [^\n]+\n$/);
  });

  it('shows where an error came from when asked', async () => {
    const { code, err } = await spawnCli(`FOOLPROOF_DEBUG=1 $FOOLPROOF inspect ${place.path('none.onnx')}`)
      .done;
    expect(code).toBe(2);
    expect(err).toMatch(/\n {4}at .*files\.ts/);
  });

  it('is quiet when the reader of its results goes away', async () => {
    const line = `($FOOLPROOF inspect ${model} --json - 2>/dev/null; echo code $? >&2) | true`;
    expect((await spawnCli(line).done).err).toBe('code 0\n');
  });

  it('ends at once at the second Ctrl-C', async () => {
    // A pipe that nobody reads: a step that never ends.
    execFileSync('mkfifo', [place.path('pipe')]);
    const data = ['--dataset', 'npz', '--data', writeData(place.path('data.npz')), '--samples', '4'];
    const child = spawnCli(['attack', model, ...data, '--json', place.path('pipe')]);
    await child.said('4 images, ');
    await new Promise((resolve) => setTimeout(resolve, 100));
    child.kill('SIGINT');
    await child.said('press Ctrl-C again');
    await new Promise((resolve) => setTimeout(resolve, 800));
    child.kill('SIGINT');
    expect((await child.done).signal).toBe('SIGINT');
  });

  it('says so when stdout is a full disk', async () => {
    const { code, err } = await spawnCli(`$FOOLPROOF inspect ${model} > /dev/full`).done;
    expect(code).toBe(2);
    expect(err).toBe('foolproof: the result could not be written to stdout (no space left on the disk).\n');
  });
});

describe('a full disk', () => {
  it('is reported for a device', async () => {
    const { code, err } = await cli(['inspect', model, '--json', '/dev/full']);
    expect(code).toBe(2);
    expect(err).toMatch(/^foolproof: \/dev\/full: cannot be written \(no space left on the disk\).*\n$/);
  });

  it.skipIf(noDisk)('is reported, and nothing half-written remains', async () => {
    const { code, err } = await cli(['gradient', model, '--out', `${disk}/gradient.onnx`]);
    expect(code).toBe(2);
    expect(err).toMatch(/cannot be written \(no space left on the disk\)/);
    expect(readdirSync(disk)).toEqual([]);
  });
  if (noDisk) it.skip(`(skipped: ${noDisk})`, () => {});
});
