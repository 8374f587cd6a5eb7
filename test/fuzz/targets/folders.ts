import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadImageFolder } from '../../../src/node/datasets/image-folder.js';
import type { Random } from '../../support/toolkit.js';
import { mutateBytes, pick } from '../mutate/bytes.js';
import type { Target } from '../target.js';
import { refused } from './models.js';

/** An entry of a folder: bytes in base64, or where a link leads. */
type Entry = { readonly path: string } & ({ readonly base64: string } | { readonly link: string });

const FOLDERS = [
  'a',
  'b',
  'train/a',
  'train/b',
  'test/a',
  'val',
  '__proto__',
  'n01440764',
  'a/a/a/a/a/a',
  'x\x1b[31m',
];
const NAMES = [
  '1.png',
  '2.png',
  '3.pgm',
  'labels.csv',
  'train.csv',
  'val_annotations.txt',
  'words.txt',
  '.hidden.png',
  '4.jpg',
  '5.bmp',
  '\n.png',
];
const TEXTS = [
  'file,label\n1.png,0\n2.png,1\n',
  'image;class\na/1.png;cat',
  '',
  '"',
  'a,b,c\n,,\n',
  '\0',
  'file,label,split\n1.png,a,test\n2.png,b,train\n',
  'x'.repeat(3000),
];
const PIXELS = [
  'P5 2 2 255\n0000',
  'P2 2 2 9\n1 2 3 4',
  'P6 1 1 255\n000',
  'P5 99999 99999 255\n',
  'P1 3 1\n101',
  'P5 2 2 0\n0000',
  'P7\n',
];
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const LINKS = ['.', '..', '../..', '/', 'a', 'b/../a', 'nothing', '/dev/zero', '/proc/self', 'train'];

function contentOf(name: string, random: Random): Uint8Array {
  if (/\.(csv|txt)$/.test(name)) return Buffer.from(pick(random, TEXTS));
  const image = random.integer(2) === 0 ? Buffer.from(pick(random, PIXELS), 'latin1') : PNG;
  return random.integer(3) === 0 ? mutateBytes(image, random) : image;
}

function make(random: Random): Uint8Array {
  const entries = Array.from({ length: 1 + random.integer(12) }, (): Entry => {
    const name = pick(random, NAMES);
    const path = join(random.integer(6) === 0 ? '' : pick(random, FOLDERS), name);
    if (random.integer(6) === 0)
      return { path: dirname(path) + random.integer(3), link: pick(random, LINKS) };
    return { path, base64: Buffer.from(contentOf(name, random)).toString('base64') };
  });
  return Buffer.from(JSON.stringify(entries));
}

function write(root: string, entry: Entry): void {
  const path = join(root, entry.path);
  try {
    mkdirSync(dirname(path), { recursive: true });
    if ('link' in entry) symlinkSync(entry.link, path);
    else writeFileSync(path, Buffer.from(entry.base64, 'base64'));
  } catch {
    // Two entries of one name.
  }
}

export const folders: Target = {
  help: 'folders of images with damaged images, lists of labels and links',
  make,
  async run(bytes) {
    const entries: readonly Entry[] = JSON.parse(Buffer.from(bytes).toString());
    const root = mkdtempSync(join(tmpdir(), 'foolproof-fuzz-'));
    try {
      for (const entry of entries) write(root, entry);
      await refused(() => loadImageFolder({ path: root, size: [4, 4] }));
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  },
  *smaller(bytes) {
    const entries: readonly Entry[] = JSON.parse(Buffer.from(bytes).toString());
    for (const at of entries.keys()) yield Buffer.from(JSON.stringify(entries.toSpliced(at, 1)));
  },
};
