import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, isAbsolute, join, relative, sep } from 'node:path';
import { ToolkitError } from '../../core/base/errors.js';
import { errorCode, reasonOf } from '../store/files.js';

/** Extensions of the formats that `image-decoding.ts` reads. */
const IMAGE_EXTENSIONS = new Set(
  '.png .jpg .jpeg .jpe .jfif .webp .bmp .dib .tif .tiff .gif .ppm .pgm .pbm .pnm .avif'.split(' '),
);
/** Levels of folders inside a class that are searched; some data sets have one or two more there. */
const MAX_LEVELS = 4;
/** Entries of all folders together; a folder with more was probably named by mistake. */
const MAX_ENTRIES = 2_000_000;

/** Files that are not data: hidden files (.DS_Store) and leftovers of macOS archives. */
const isRubbish = (name: string): boolean => name.startsWith('.') || name === '__MACOSX';

export const isImageName = (name: string): boolean => IMAGE_EXTENSIONS.has(extname(name).toLowerCase());

/** What a folder holds, each list sorted by code units. */
export interface Listing {
  readonly folders: readonly string[];
  readonly images: readonly string[];
  /** Other files: they may hold labels. */
  readonly others: readonly string[];
}

/**
 * Reads the folders of one data set. Links to images are followed; links to folders only where they stay
 * inside the data set and do not lead to a folder above, so that a walk ends and never leaves the root.
 */
export class FolderWalk {
  #entries = 0;
  #home: string | undefined;

  /** @param root the folder of the data set */
  constructor(readonly root: string) {}

  /**
   * @param folder below the root, '' for the root itself
   * @throws ToolkitError 'file-missing', 'file-unreadable'; 'corrupt-data' for more than two million entries
   */
  async list(folder: string): Promise<Listing> {
    const [folders, images, others]: [string[], string[], string[]] = [[], [], []];
    const place = join(this.root, folder);
    for (const entry of await entriesOf(place)) {
      this.#count();
      if (isRubbish(entry.name)) continue;
      const path = join(place, entry.name);
      const kind = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
      if (kind?.isDirectory()) {
        if (!entry.isSymbolicLink() || (await this.#mayFollow(path, place))) folders.push(entry.name);
      } else if (kind?.isFile()) (isImageName(entry.name) ? images : others).push(entry.name);
    }
    return { folders: folders.sort(), images: images.sort(), others: others.sort() };
  }

  /** The images in a folder and in the folders in it, as paths below the root. */
  async imagesBelow(folder: string, levels = MAX_LEVELS): Promise<string[]> {
    const { folders, images } = await this.list(folder);
    const found = images.map((name) => join(folder, name));
    if (levels === 0) return found;
    for (const inner of folders) found.push(...(await this.imagesBelow(join(folder, inner), levels - 1)));
    return found;
  }

  async #mayFollow(link: string, from: string): Promise<boolean> {
    this.#home ??= await realpath(this.root);
    const target = await realpath(link).catch(() => undefined);
    const here = await realpath(from);
    return target !== undefined && isInside(target, this.#home) && !isInside(here, target) && here !== target;
  }

  #count(): void {
    this.#entries += 1;
    if (this.#entries <= MAX_ENTRIES) return;
    const reason = `more than ${MAX_ENTRIES} files and folders; expected a folder of labelled images`;
    throw new ToolkitError('corrupt-data', { source: this.root, reason });
  }
}

/** Whether a real path lies below another one. */
function isInside(path: string, folder: string): boolean {
  const below = relative(folder, path);
  return below !== '' && below.split(sep)[0] !== '..' && !isAbsolute(below);
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      const what = 'a folder with one sub-folder of images for each class';
      throw new ToolkitError('file-missing', { path: folder, what });
    }
    throw new ToolkitError('file-unreadable', { path: folder, reason: reasonOf(error) }, { cause: error });
  }
}

/**
 * Names of classes in their order: by number when all are whole numbers ('2' before
 * '10'), else by code units.
 */
export function inOrder(names: Iterable<string>): string[] {
  const sorted = [...names].sort();
  return sorted.every((name) => /^\d{1,15}$/.test(name))
    ? sorted.sort((a, b) => Number(a) - Number(b))
    : sorted;
}
