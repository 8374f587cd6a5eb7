import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type ImageFolderOptions, loadImageFolder } from '../../../src/node/datasets/image-folder.js';
import { loadDataset } from '../../../src/node/datasets/index.js';
import { dataOf } from '../../support/errors.js';
import { useTemporaryFolders } from '../store/temporary.js';

const temporaryFolder = useTemporaryFolders();

type Colour = [number, number, number];
const paint = (colour: Colour, height = 2, width = 3) =>
  sharp({ create: { width, height, channels: 3, background: { r: colour[0], g: colour[1], b: colour[2] } } });
const red: Colour = [250, 0, 0];
const blue: Colour = [0, 0, 250];
const png = (colour: Colour, height?: number, width?: number) =>
  paint(colour, height, width).png().toBuffer();
const grey = (value: number) => paint([value, value, value]).toColourspace('b-w').png().toBuffer();

async function folderOf(files: Record<string, Buffer | Promise<Buffer> | string>): Promise<string> {
  const root = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), await content);
  }
  return root;
}

const reasonFor = async (path: string, options: Partial<ImageFolderOptions> = {}) =>
  (await dataOf('corrupt-data', () => loadImageFolder({ path, ...options }))).reason;

describe('a folder of images', () => {
  it('has a class for each sub-folder, by name, and the classes take turns', async () => {
    const path = await folderOf({
      'b/1.png': png(blue),
      'b/2.webp': paint(blue).webp({ lossless: true }).toBuffer(),
      'a/x.PNG': png(red),
      'a/deeper/y.jpeg': paint(red).jpeg({ quality: 100 }).toBuffer(),
      '.git/z.png': png(red),
      '__MACOSX/a/x.png': 'rubbish',
      'a/.DS_Store': 'rubbish',
      'a/._x.png': 'rubbish',
      'a/notes.txt': 'rubbish',
    });
    const { test, train, classNames, dims, source, skipped, title } = await loadImageFolder({ path });
    expect(classNames).toEqual(['a', 'b']);
    expect(dims).toEqual([3, 2, 3]);
    expect([...test.labels]).toEqual([0, 1, 0, 1]);
    expect([train.count, skipped.length]).toEqual([0, 0]);
    expect(source).toBe(`${path} (images of your own, nothing is known of their origin)`);
    expect(path.endsWith(title)).toBe(true);
    const { images } = test.batch([1]);
    expect([...images.data.slice(0, 12)]).toEqual(new Array(12).fill(0));
    expect([...images.data.slice(12)]).toEqual(new Array(6).fill(Math.fround(250 / 255)));
  });

  it('orders classes by number when all are numbers', async () => {
    const files = { '10/a.png': grey(10), '2/a.png': grey(2), '1/a.png': grey(1) };
    const numbers = await loadImageFolder({ path: await folderOf(files) });
    expect(numbers.classNames).toEqual(['1', '2', '10']);
    expect(numbers.dims).toEqual([1, 2, 3]);
    expect(numbers.test.batch([2]).images.data[0]).toBe(Math.fround(10 / 255));
    const names = await loadImageFolder({ path: await folderOf({ ...files, 'x/a.png': grey(0) }) });
    expect(names.classNames).toEqual(['1', '10', '2', 'x']);
  });

  it('reads the formats that people have', async () => {
    const bmp = Buffer.alloc(54 + 24);
    bmp.write('BM');
    bmp.writeUInt32LE(bmp.length, 2);
    for (const [value, at] of [
      [54, 10],
      [40, 14],
      [3, 18],
      [2, 22],
    ] as const)
      bmp.writeUInt32LE(value, at);
    bmp.writeUInt16LE(1, 26);
    bmp.writeUInt16LE(24, 28);
    // Blue, green, red; rows of nine bytes and three of padding.
    for (let row = 0; row < 2; row += 1) for (let x = 0; x < 3; x += 1) bmp[54 + 12 * row + 3 * x + 2] = 250;
    const path = await folderOf({
      'a/1.bmp': bmp,
      'a/2.tif': paint(red).tiff({ compression: 'lzw' }).toBuffer(),
      'a/3.gif': paint(red).gif().toBuffer(),
      'a/4.ppm': Buffer.concat([Buffer.from('P6\n3 2\n255\n'), Buffer.from(new Array(6).fill(red).flat())]),
      'a/5.avif': paint(red).avif({ lossless: true, chromaSubsampling: '4:4:4' }).toBuffer(),
      'b/1.bmp': bmp.subarray(0, 60),
      'b/2.png': png(blue),
    });
    const data = await loadImageFolder({ path });
    expect(data.skipped.map((image) => image.path)).toEqual(['b/1.bmp']);
    const places = [...data.test.labels.keys()].filter((n) => data.test.labels[n] === 0);
    expect(places).toHaveLength(5);
    for (const n of places) {
      const { data: pixels } = data.test.batch([n]).images;
      expect(
        [pixels[0], pixels[6], pixels[12]].map((value) => Math.round((255 * (value ?? 0)) / 25)),
      ).toEqual([10, 0, 0]);
    }
  });

  it('is grey only when all images are, or when that is asked for', async () => {
    const path = await folderOf({ 'a/1.png': grey(7), 'b/1.png': png([9, 9, 9]) });
    expect([...(await loadImageFolder({ path })).test.batch([0]).images.data]).toEqual(
      new Array(18).fill(Math.fround(7 / 255)),
    );
    const one = await loadImageFolder({ path, channels: 1 });
    expect(one.dims).toEqual([1, 2, 3]);
    expect(one.test.batch([1]).images.data[0]).toBe(Math.fround(9 / 255));
    await expect(loadImageFolder({ path, channels: 2 })).rejects.toThrowError(/expected 1 or 3, received 2/);
  });

  it('uses train and test, which must have the same classes', async () => {
    const files = {
      'train/a/1.png': png(red),
      'train/b/1.png': png(red),
      'test/b/1.png': png(blue),
      'val/a/1.png': 'x',
    };
    expect(await reasonFor(await folderOf(files))).toBe('no images of class a in test');
    const both = await loadImageFolder({ path: await folderOf({ ...files, 'test/a/1.png': png(red) }) });
    expect([both.train.count, both.test.count, both.classNames]).toEqual([2, 2, ['a', 'b']]);
  });

  const photo = { 'train/a/1.png': png(red), 'train/b/1.png': png(red), 'train/b/2.png': png(red) };

  it.each(['val', 'valid', 'validation', 'Val'])(
    'takes %s as test images where there are no others',
    async (name) => {
      const path = await folderOf({
        ...photo,
        [`${name}/a/1.png`]: png(blue),
        [`${name}/b/1.png`]: png(blue),
      });
      const data = await loadImageFolder({ path });
      expect([data.train.count, data.test.count, data.classNames]).toEqual([3, 2, ['a', 'b']]);
      expect(data.notes).toEqual(['the validation images serve as test images']);
    },
  );

  it('prefers labelled test images to validation images', async () => {
    const splits = ['val', 'test'].flatMap((name) =>
      ['a', 'b'].map((k) => [`${name}/${k}/1.png`, png(blue)]),
    );
    const data = await loadImageFolder({ path: await folderOf({ ...photo, ...Object.fromEntries(splits) }) });
    expect([data.test.count, data.notes]).toEqual([2, ['the 2 validation images are not used']]);
  });

  it.each(['test/1.png', 'test/images/1.png', 'test/unknown/1.png'])(
    'ignores %s without a label',
    async (name) => {
      const files = { ...photo, [name]: png(blue), 'val/a/1.png': png(blue), 'val/b/1.png': png(blue) };
      const data = await loadImageFolder({ path: await folderOf(files) });
      expect(data.test.count).toBe(2);
      expect(data.notes).toContain('the images in test have no labels and are not used');
    },
  );

  it("reads Tiny-ImageNet's annotations and words", async () => {
    const ids = ['n01443537', 'n01629819'];
    const path = await folderOf({
      'words.txt': 'n01443537\tgoldfish, Carassius auratus\nn01629819\tEuropean fire salamander\n',
      [`train/${ids[0]}/images/a.JPEG`]: paint(red).jpeg().toBuffer(),
      [`train/${ids[1]}/images/b.JPEG`]: paint(blue).jpeg().toBuffer(),
      [`train/${ids[0]}/${ids[0]}_boxes.txt`]: 'a.JPEG\t0\t0\t62\t62\n',
      'val/images/val_0.JPEG': paint(blue).jpeg().toBuffer(),
      'val/images/val_1.JPEG': paint(red).jpeg().toBuffer(),
      'val/val_annotations.txt': `val_0.JPEG\t${ids[1]}\t0\t32\t44\t62\nval_1.JPEG\t${ids[0]}\t0\t0\t9\t9\n`,
      'test/images/test_0.JPEG': paint(red).jpeg().toBuffer(),
    });
    const data = await loadImageFolder({ path });
    expect(data.classNames).toEqual(['goldfish', 'European fire salamander']);
    expect([...data.test.labels]).toEqual([0, 1]);
    expect(data.test.batch([0]).images.data[0]).toBeGreaterThan(0.9);
    expect(data.train.count).toBe(2);
  });

  it('tells classes of equal words apart by their ids', async () => {
    const path = await folderOf({
      'words.txt': 'n02012849\tcrane\nn03126707\tcrane\n',
      'n02012849/1.png': png(red),
      'n03126707/1.png': png(blue),
    });
    expect((await loadImageFolder({ path })).classNames).toEqual(['crane (n02012849)', 'crane (n03126707)']);
  });

  const loose = { 'images/1.png': png(red), 'images/2.png': png(blue), 'images/3.png': png(red) };
  it.each<[string, Record<string, string>]>([
    ['commas', { 'labels.csv': 'filename,label\n1.png,cat\n2.png,dog\n3.png,"cat"\n' }],
    [
      'semicolons and other names',
      { 'labels.csv': 'Width;Image Name;ClassId\n9;1.png;cat\n9;2.png;dog\n9;3.png;cat\n' },
    ],
    ['tabs', { 'labels.tsv': 'path\tclass\nimages/1.png\tcat\nimages/2.png\tdog\nimages/3.png\tcat\n' }],
    ['names without endings', { 'labels.csv': '\ufeffid,breed\n1,cat\n2,dog\n3,cat\n' }],
  ])('reads a file of labels with %s', async (_, files) => {
    const data = await loadImageFolder({ path: await folderOf({ ...loose, ...files }) });
    expect(data.classNames).toEqual(['cat', 'dog']);
    expect([...data.test.labels].sort()).toEqual([0, 0, 1]);
  });

  it('reads splits from a column, and says which files are missing', async () => {
    const csv = 'file,label,split\n1.png,cat,train\n2.png,dog,train\n3.png,cat,test\nx.png,dog,test\n';
    const data = await loadImageFolder({ path: await folderOf({ ...loose, 'labels.csv': csv }) });
    expect([data.train.count, data.test.count]).toEqual([2, 1]);
    expect(data.notes).toEqual(['labels.csv names 1 images that are not there: x.png']);
  });

  it('looks through a folder that holds the folder of the data set', async () => {
    const path = await folderOf({ 'photos/a/1.png': png(red), 'photos/b/1.png': png(red) });
    expect((await loadImageFolder({ path })).classNames).toEqual(['a', 'b']);
  });

  it('takes the folders inside as classes only where their number is that of the model', async () => {
    const files = ['x/car', 'x/bus', 'y/cat', 'y/dog'].map((name) => [`${name}/1.png`, png(red)]);
    const path = await folderOf(Object.fromEntries(files));
    expect((await loadImageFolder({ path })).classNames).toEqual(['x', 'y']);
    expect((await loadImageFolder({ path, modelClasses: 2 })).classNames).toEqual(['x', 'y']);
    const nested = await loadImageFolder({ path, modelClasses: 4 });
    expect(nested.classNames).toEqual(['bus', 'car', 'cat', 'dog']);
    expect(nested.notes).toEqual(['classes are the 4 folders inside x, y']);
  });

  it('may have a class called train', async () => {
    const path = await folderOf({ 'train/1.png': png(red), 'plane/1.png': png(red) });
    expect((await loadImageFolder({ path })).classNames).toEqual(['plane', 'train']);
  });

  it('skips damaged images, counts them and tells which', async () => {
    const whole = await sharp({
      create: {
        width: 64,
        height: 64,
        channels: 3,
        background: 'red',
        noise: { type: 'gaussian', mean: 99, sigma: 50 },
      },
    })
      .png()
      .toBuffer();
    const path = await folderOf({
      'a/good.png': whole,
      'a/half.png': whole.subarray(0, whole.length / 2),
      'a/text.png': 'not an image',
      'a/drawing.png': '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>',
      'b/good.png': whole,
      'b/empty.jpg': '',
    });
    const data = await loadImageFolder({ path });
    expect([...data.test.labels]).toEqual([0, 1]);
    expect(data.skipped.map((image) => image.path.slice(2)).sort()).toEqual([
      'drawing.png',
      'empty.jpg',
      'half.png',
      'text.png',
    ]);
    expect(data.source).toMatch(
      /; 4 of 6 images skipped: .*a\/text\.png \(it is no PNG, JPEG, WebP, BMP, TIFF, GIF, PPM or AVIF/,
    );
  });

  it('refuses images of several sizes, all at once, unless a size is asked for', async () => {
    const odd = Object.fromEntries(
      Array.from({ length: 25 }, (_, i) => [`a/odd${i}.png`, png(red, 4, 4 + (i % 2))]),
    );
    const even = Object.fromEntries(Array.from({ length: 26 }, (_, i) => [`b/${i}.png`, png(blue)]));
    const path = await folderOf({ ...odd, ...even });
    const { expected, received, option } = await dataOf('data-mismatch', () => loadImageFolder({ path }));
    expect([expected, option]).toEqual(['images of one size, such as the 2 x 3 of most', 'resize']);
    expect(received).toMatch(/^25 of 51 of another: a\/odd0\.png \(4 x 4\)/);
    expect(received).toMatch(/and 5 more$/);
    expect(received.match(/odd/g)).toHaveLength(20);
    const sized = await loadImageFolder({ path, size: [5, 4] });
    expect([sized.dims, sized.test.count, sized.stretched]).toEqual([[3, 5, 4], 51, 51]);
    expect((await loadImageFolder({ path, size: [2, 3] })).stretched).toBe(25);
    await expect(loadImageFolder({ path, size: [0, 4] })).rejects.toThrowError(/two whole numbers/);
  });

  it('checks the memory before it decodes', async () => {
    const path = await folderOf({ 'a/1.png': png(red), 'b/1.png': png(red) });
    expect((await loadImageFolder({ path, limit: 36 })).test.count).toBe(2);
    expect(await dataOf('file-too-large', () => loadImageFolder({ path, limit: 35 }))).toEqual({
      path,
      bytes: 36,
      limit: 35,
    });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['nothing', {}, /there are no sub-folders$/],
    ['hidden files only', { '.DS_Store': 'x' }, /there are no sub-folders$/],
    [
      'loose images only',
      { 'a.png': 'x', 'b.png': 'x' },
      /no sub-folders, and 2 images that lie beside them/,
    ],
    ['one class', { 'a/1.png': 'x' }, /only one class, a$/],
    [
      'classes without images',
      { 'a/1.txt': 'x', 'b/.hidden': 'x' },
      /no images of class a; no images of class b/,
    ],
    ['damaged images only', { 'a/1.png': 'x', 'b/1.png': '' }, /none of 2 images can be used: a.1\.png/],
  ])('with %s is refused', async (_, files, reason) => {
    expect(await reasonFor(await folderOf(files))).toMatch(reason);
  });

  it('follows links to images, and survives links that lead nowhere or in circles', async () => {
    const path = await folderOf({ 'a/1.png': png(red), 'b/1.png': png(blue) });
    symlinkSync(join(path, 'a/1.png'), join(path, 'b/2.png'));
    symlinkSync(join(path, 'nowhere'), join(path, 'b/3.png'));
    expect((await loadImageFolder({ path })).test.count).toBe(3);
    symlinkSync(path, join(path, 'a/circle'));
    symlinkSync('/', join(path, 'a/everything'));
    symlinkSync(join(path, 'b'), join(path, 'c'));
    const data = await loadImageFolder({ path });
    expect([data.classNames, data.test.count]).toEqual([['a', 'b', 'c'], 5]);
  });

  it('is found by its path', async () => {
    const path = await folderOf({ 'a/1.png': png(red), 'b/1.png': png(blue) });
    expect((await loadDataset(path)).name).toBe('folder');
    await expect(loadDataset(join(path, 'none'))).rejects.toThrowError(
      /no such file; expected an \.npz file or a folder/,
    );
    await expect(loadDataset('foldr')).rejects.toThrowError(/did you mean "folder"/);
    await expect(loadDataset('folder')).rejects.toThrowError(/path of the data set/);
  });
});
