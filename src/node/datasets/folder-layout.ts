import { basename, extname, join } from 'node:path';
import type { Problems } from './file-problems.js';
import { type FolderWalk, inOrder, type Listing } from './image-files.js';
import {
  type LabelledFile,
  mayHoldLabels,
  readLabelFile,
  readWordNames,
  type SplitName,
  splitNamed,
} from './label-files.js';

/** An image with its class. */
export interface LabelledImage {
  /** Below the folder of the data set. */
  readonly path: string;
  readonly label: number;
}

export interface FolderLayout {
  readonly classNames: readonly string[];
  readonly train: readonly LabelledImage[];
  readonly test: readonly LabelledImage[];
  /** Choices that may surprise a reader, one sentence each. */
  readonly notes: readonly string[];
}

/** Images with the names of their classes. */
type Named = readonly { readonly path: string; readonly name: string }[];

/** Files that a message lists. */
const MAX_LISTED = 5;

/**
 * Which images of a folder belong to which class and split:
 * - one sub-folder for each class, at the top or in `train`, `test`, `val` (`valid`, `validation`); folders
 *   inside a class are its own
 * - a file of labels (`labels.csv`, `train.csv`, `val_annotations.txt` ...), at the top or
 *   in the folder of a split
 *
 * Labelled images of `test` are the test images; where there are none, those of `val` are. A single folder
 * around all is skipped.
 *
 * @param classes number of classes of the model, where it is known: it decides between folders and the
 *   folders inside them
 */
export async function findLabelledImages(
  walk: FolderWalk,
  problems: Problems,
  classes?: number,
): Promise<FolderLayout> {
  const notes: string[] = [];
  const root = await insideWrapper(walk);
  const top = await walk.list(root);
  const found = new Map<SplitName, Named>();
  const listed = await labelledByFiles(walk, root, top, notes);
  for (const [split, images] of listed) found.set(split, images);
  if (found.size === 0) await readSplitFolders(walk, root, top, found, notes);
  if (found.size === 0)
    found.set('test', await byFolders(walk, root, top.folders, { problems, classes, notes }));
  const [train, test] = [found.get('train') ?? [], chosenTest(found, notes)];
  const names = inOrder(new Set([...train, ...test].map(({ name }) => name)));
  if (names.length < 2) problems.add(tooFew(names, top));
  for (const [split, images] of [
    ['train', train],
    ['test', test],
  ] as const) {
    const present = new Set(images.map(({ name }) => name));
    if (present.size === 0 || listed.size > 0) continue;
    for (const name of names.filter((other) => !present.has(other))) {
      problems.add(`no images of class ${name} in ${split}`);
    }
  }
  const label = new Map(names.map((name, k) => [name, k]));
  const numbered = (images: Named) =>
    takingTurns(
      images.map(({ path, name }) => ({ path, label: label.get(name) ?? 0 })),
      names.length,
    );
  return {
    classNames: await displayNames(walk, root, top, names),
    train: numbered(train),
    test: numbered(test),
    notes,
  };
}

/** A folder that holds nothing but the folder of the data set, as archives unpack. */
async function insideWrapper(walk: FolderWalk): Promise<string> {
  let root = '';
  for (let level = 0; level < 3; level += 1) {
    const { folders, images } = await walk.list(root);
    const [only] = folders;
    if (folders.length !== 1 || images.length > 0 || only === undefined || splitNamed(only)) return root;
    const inner = await walk.list(join(root, only));
    const isDataSet = inner.folders.length > 1 && (await walk.imagesBelow(join(root, only))).length > 0;
    if (!isDataSet) return root;
    root = join(root, only);
  }
  return root;
}

/**
 * Splits by files of labels at the top: one file with a column of splits, or one file for
 * each split, or one for all.
 */
async function labelledByFiles(
  walk: FolderWalk,
  root: string,
  top: Listing,
  notes: string[],
): Promise<Map<SplitName, Named>> {
  const found = new Map<SplitName, Named>();
  let index: ImageIndex | undefined;
  for (const file of top.others.filter(mayHoldLabels)) {
    const rows = await readLabelFile(join(walk.root, root, file));
    if (!rows) continue;
    index ??= new ImageIndex(root, await walk.imagesBelow(root));
    const own = splitNamed(basename(file, extname(file))) ?? 'test';
    for (const [split, images] of index.bySplit(rows, own, file, notes)) {
      found.set(split, [...(found.get(split) ?? []), ...images]);
    }
  }
  return found;
}

async function readSplitFolders(
  walk: FolderWalk,
  root: string,
  top: Listing,
  found: Map<SplitName, Named>,
  notes: string[],
): Promise<void> {
  const splits = top.folders.flatMap((name) => {
    const split = splitNamed(name);
    return split ? [{ name, split }] : [];
  });
  // Training folders first: they define the classes.
  splits.sort((a, b) => Number(b.split === 'train') - Number(a.split === 'train'));
  for (const { name, split } of splits) {
    const folder = join(root, name);
    const listing = await walk.list(folder);
    const labelled = await labelledByFiles(walk, folder, listing, notes);
    const images = [...labelled.values()].flat();
    if (images.length === 0) {
      images.push(...(await byFolders(walk, folder, listing.folders, {})));
      const known = new Set((found.get('train') ?? []).map((image) => image.name));
      const isUnlabelled = known.size > 0 && !images.some((image) => known.has(image.name));
      if (images.length > 0 && split !== 'train' && isUnlabelled) images.length = 0;
    }
    if (images.length > 0) found.set(split, [...(found.get(split) ?? []), ...images]);
    else if (split !== 'train' && (await walk.imagesBelow(folder)).length > 0) {
      notes.push(`the images in ${name} have no labels and are not used`);
    }
  }
  // A class may be called "train"; it then holds images, not folders.
  if (![...found.values()].some((images) => images.length > 0)) found.clear();
}

interface FolderRule {
  readonly problems?: Problems;
  readonly classes?: number | undefined;
  readonly notes?: string[];
}

/**
 * One class for each folder, or for each folder inside them where only that gives the
 * number of classes wanted.
 */
async function byFolders(
  walk: FolderWalk,
  root: string,
  folders: readonly string[],
  { problems, classes, notes }: FolderRule,
): Promise<Named> {
  const nested =
    classes !== undefined && folders.length !== classes ? await nestedClasses(walk, root, folders) : [];
  const chosen =
    nested.length > 0 && nested.length === classes ? nested : folders.map((name) => ({ name, folder: name }));
  if (chosen === nested) notes?.push(`classes are the ${nested.length} folders inside ${folders.join(', ')}`);
  const images: { path: string; name: string }[] = [];
  for (const { name, folder } of chosen) {
    const files = await walk.imagesBelow(join(root, folder));
    if (files.length === 0) problems?.add(`no images of class ${name}`);
    images.push(...files.map((path) => ({ path, name })));
  }
  return images;
}

async function nestedClasses(walk: FolderWalk, root: string, folders: readonly string[]) {
  const nested: { name: string; folder: string }[] = [];
  for (const folder of folders) {
    for (const name of (await walk.list(join(root, folder))).folders)
      nested.push({ name, folder: join(folder, name) });
  }
  return new Set(nested.map(({ name }) => name)).size === nested.length ? nested : [];
}

function chosenTest(found: ReadonlyMap<SplitName, Named>, notes: string[]): Named {
  const [test, validation] = [found.get('test') ?? [], found.get('validation') ?? []];
  if (test.length > 0) {
    if (validation.length > 0) notes.push(`the ${validation.length} validation images are not used`);
    return test;
  }
  if (validation.length > 0) notes.push('the validation images serve as test images');
  return validation;
}

function tooFew(names: readonly string[], { folders, images }: Listing): string {
  const present =
    names.length === 1
      ? `only one class, ${names[0]}`
      : folders.length === 0
        ? 'no sub-folders'
        : 'no labelled images';
  const loose = images.length > 0 ? `, and ${images.length} images that lie beside them` : '';
  const wanted = 'one sub-folder of images for each of two or more classes, or a file labels.csv';
  return `expected ${wanted}, but there are ${present}${loose}`;
}

/** Words for the ids of WordNet, where a file beside the images has them. */
async function displayNames(walk: FolderWalk, root: string, top: Listing, names: readonly string[]) {
  const file = top.others.find((name) => /^(words|LOC_synset_mapping)\.txt$/.test(name));
  if (!file || !names.every((name) => /^n\d{8}$/.test(name))) return names;
  const words = await readWordNames(join(walk.root, root, file));
  const shown = names.map((name) => words.get(name) ?? name);
  return shown.map((word, k) =>
    shown.indexOf(word) === shown.lastIndexOf(word) ? word : `${word} (${names[k]})`,
  );
}

/** Classes alternate, so that the first images cover all of them. */
function takingTurns(images: readonly LabelledImage[], classes: number): LabelledImage[] {
  const byClass = Array.from({ length: classes }, (): LabelledImage[] => []);
  for (const image of images) byClass[image.label]?.push(image);
  const longest = byClass.reduce((most, own) => Math.max(most, own.length), 0);
  return Array.from({ length: longest }, (_, turn) => byClass.flatMap((own) => own[turn] ?? [])).flat();
}

/** Finds the image that a file of labels means: by its path, else by its name, with or without the ending. */
class ImageIndex {
  readonly #byName = new Map<string, string | null>();

  constructor(
    private readonly root: string,
    images: readonly string[],
  ) {
    for (const image of images) {
      const below = image.slice(root === '' ? 0 : root.length + 1).replaceAll('\\', '/');
      const short = basename(below);
      for (const key of new Set([below, withoutEnding(below), short, withoutEnding(short)])) {
        // Two images of one name: only their paths tell them apart.
        this.#byName.set(key, this.#byName.has(key) ? null : image);
      }
    }
  }

  bySplit(rows: readonly LabelledFile[], fallback: SplitName, source: string, notes: string[]) {
    const found = new Map<SplitName, { path: string; name: string }[]>();
    const missing: string[] = [];
    for (const { file, label, split } of rows) {
      const path = this.#find(file);
      if (path === undefined) {
        missing.push(file);
        continue;
      }
      const own = (split === undefined ? undefined : splitNamed(split)) ?? fallback;
      const images = found.get(own) ?? [];
      images.push({ path, name: label });
      found.set(own, images);
    }
    if (missing.length > 0) {
      const named = missing.slice(0, MAX_LISTED).join(', ');
      notes.push(`${source} names ${missing.length} images that are not there: ${named}`);
    }
    return found;
  }

  #find(file: string): string | undefined {
    const key = file.replaceAll('\\', '/').replace(/^\.\//, '');
    const keys = [
      key,
      key.replace(`${basename(this.root)}/`, ''),
      basename(key),
      withoutEnding(basename(key)),
    ];
    return (
      keys.map((candidate) => this.#byName.get(candidate)).find((path) => typeof path === 'string') ??
      undefined
    );
  }
}

const withoutEnding = (name: string): string => name.slice(0, name.length - extname(name).length);
