import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSidecar } from '../../../src/node/subject/sidecar.js';
import { dataOf } from '../../support/errors.js';
import { useTemporaryFolders } from '../store/temporary.js';

const temporaryFolder = useTemporaryFolders();

function beside(files: Readonly<Record<string, unknown>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return join(folder, 'model.onnx');
}

const whole = {
  layout: 'NHWC',
  scale: 255,
  mean: [123.7, 116.3, 103.5],
  std: [58.4, 57.1, 57.4],
  labels: ['b', 'a'],
};

describe('a file beside a model', () => {
  it('is model.onnx.json, or a model.json that is about the input', async () => {
    expect(await readSidecar(beside({}))).toBeUndefined();
    expect((await readSidecar(beside({ 'model.onnx.json': whole })))!.sidecar).toEqual(whole);
    expect((await readSidecar(beside({ 'model.json': whole })))!.path).toMatch(/model\.json$/);
    const both = beside({ 'model.json': { layout: 'NCHW' }, 'model.onnx.json': { layout: 'flat' } });
    expect((await readSidecar(both))!.sidecar.layout).toBe('flat');
    for (const other of [{ modelTopology: {} }, [1], 'not JSON']) {
      expect(await readSidecar(beside({ 'model.json': other }))).toBeUndefined();
    }
  });

  it('is refused when it is too large to be meant', async () => {
    const path = beside({ 'model.onnx.json': ' '.repeat(2 ** 22 + 1) });
    expect((await dataOf('file-too-large', () => readSidecar(path))).limit).toBe(2 ** 22);
  });
});
