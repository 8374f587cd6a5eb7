import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import { gradient } from '../../../src/node/apps/gradient-app.js';
import { inspect } from '../../../src/node/apps/inspect-app.js';
import { materialize } from '../../../src/node/apps/materialize-app.js';
import { readModel } from '../../../src/node/subject/load-model.js';
import { workplace } from '../../cli/support.js';
import { sampleModel } from '../../core/onnx/sample.js';
import { dataOf } from '../../support/errors.js';
import { split } from '../../support/external.js';

const place = workplace();
const whole = encodeModel(sampleModel());
let count = 0;

/** A folder of its own with a model whose weights are to be in `location`. */
function folderWith(location: string) {
  count += 1;
  const folder = place.path(`case-${count}`);
  mkdirSync(folder, { recursive: true });
  const { model, data } = split(whole, location);
  writeFileSync(join(folder, 'net.onnx'), model);
  return { path: join(folder, 'net.onnx'), folder, data };
}

const problemsOf = async (path: string) => (await dataOf('external-data', () => readModel(path))).problems;

describe('weights beside a model', () => {
  it('are read from its folder and from below, and belong to it', async () => {
    for (const location of ['net.onnx.data', 'weights/all.bin']) {
      const { path, folder, data } = folderWith(location);
      mkdirSync(join(folder, 'weights'), { recursive: true });
      writeFileSync(join(folder, location), data);
      const { model, external } = await readModel(path);
      expect(Buffer.from(encodeModel(model))).toEqual(
        Buffer.from(encodeModel((await readModel(written(folder))).model)),
      );
      expect(external).toEqual([location]);
    }
  });

  function written(folder: string): string {
    writeFileSync(join(folder, 'whole.onnx'), whole);
    return join(folder, 'whole.onnx');
  }

  it('make a hash that stays when the folder is moved', async () => {
    const { path, folder, data } = folderWith('net.data');
    writeFileSync(join(folder, 'net.data'), data);
    const { sha256 } = await readModel(path);
    const moved = place.path('moved');
    renameSync(folder, moved);
    expect((await readModel(join(moved, 'net.onnx'))).sha256).toBe(sha256);
    writeFileSync(join(moved, 'net.data'), data.fill(0));
    expect((await readModel(join(moved, 'net.onnx'))).sha256).not.toBe(sha256);
  });

  it('are named when they are missing, too short, or no file', async () => {
    const { path, folder, data } = folderWith('net.data');
    expect(await problemsOf(path)).toEqual(['"net.data" ("k" and 2 more): no such file beside the model']);
    writeFileSync(join(folder, 'net.data'), data.subarray(0, data.length - 1));
    expect(await problemsOf(path)).toEqual([expect.stringMatching(/^tensor "b": bytes 168 to 180 of/)]);
    const other = folderWith('net.data');
    mkdirSync(join(other.folder, 'net.data'));
    expect(await problemsOf(other.path)).toEqual([expect.stringContaining('it is a folder')]);
  });

  it('are never read from elsewhere', async () => {
    const { path, folder, data } = folderWith('net.data');
    const outside = place.path('outside.data');
    writeFileSync(outside, data);
    symlinkSync(outside, join(folder, 'net.data'));
    expect(await problemsOf(path)).toEqual([expect.stringContaining('a link that leads out')]);
    const through = folderWith('sub/outside.data');
    symlinkSync(place.path('.'), join(through.folder, 'sub'));
    expect(await problemsOf(through.path)).toEqual([expect.stringContaining('a link that leads out')]);
    const named = folderWith('../outside.data');
    expect(await problemsOf(named.path)).toHaveLength(3);
  });

  it('may be links inside the folder, or beside the file that a link to a model leads to', async () => {
    const { path, folder, data } = folderWith('net.data');
    writeFileSync(join(folder, 'stored'), data);
    symlinkSync('stored', join(folder, 'net.data'));
    const { sha256 } = await readModel(path);
    const cache = place.path('snapshot');
    mkdirSync(cache);
    symlinkSync(path, join(cache, 'model.onnx'));
    symlinkSync(join(folder, 'stored'), join(cache, 'net.data'));
    expect((await readModel(join(cache, 'model.onnx'))).sha256).toBe(sha256);
  });

  it('go into every file that is written of the model', async () => {
    const { path, folder, data } = folderWith('net.data');
    writeFileSync(join(folder, 'net.data'), data);
    expect((await inspect(path)).file.external).toEqual(['net.data']);
    for (const make of [gradient, materialize]) {
      const out = place.path(`${make.name}.onnx`);
      await make({ model: path, out });
      expect((await readModel(out)).external).toEqual([]);
    }
  });
});
