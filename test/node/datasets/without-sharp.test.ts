import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadDataset } from 'foolproof/node';
import { writeAudit } from 'foolproof/report';
import { expect, it, vi } from 'vitest';
import { dataOf } from '../../support/errors.js';
import { useTemporaryFolders } from '../store/temporary.js';

vi.mock('sharp', () => {
  throw new Error("Cannot find package 'sharp'");
});

const temporaryFolder = useTemporaryFolders();

it('a folder of images says what is missing, and no image is called damaged', async () => {
  const folder = temporaryFolder();
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
  for (const name of ['cats', 'dogs']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, '1.png'), png);
  }
  const data = await dataOf('package-missing', () => loadDataset(folder));
  expect(data).toMatchObject({ package: 'sharp', purpose: 'decoding image files' });
});

it('an audit whose report could not be drawn is not begun', async () => {
  const out = join(temporaryFolder(), 'run');
  const error = await dataOf('package-missing', () => writeAudit({ models: ['there-is-none.onnx'], out }));
  expect(error.package).toBe('sharp');
});
