import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { ToolkitError } from '../../core/base/errors.js';
import { errorCode, reasonOf } from '../store/files.js';

const extensions = ['.png', '.jpg', '.jpeg', '.webp'];
/** Levels of folders inside a class that are searched; some data sets have one more level there. */
const mostLevels = 4;

/**
 * Files that are not data: hidden files (.DS_Store) and leftovers of macOS archives.
 */
const isRubbish = (name: string): boolean => name.startsWith('.') || name === '__MACOSX';

export interface Listing {
  /** Names of sub-folders and of images, each sorted by code units; links are followed. */
  readonly folders: readonly string[];
  readonly images: readonly string[];
}

/** @throws ToolkitError 'file-missing', 'file-unreadable' */
export async function list(folder: string): Promise<Listing> {
  const folders: string[] = [];
  const images: string[] = [];
  for (const entry of await entriesOf(folder)) {
    if (isRubbish(entry.name)) continue;
    const kind = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => undefined) : entry;
    if (kind?.isDirectory()) folders.push(entry.name);
    else if (kind?.isFile() && extensions.includes(extname(entry.name).toLowerCase()))
      images.push(entry.name);
  }
  return { folders: folders.sort(), images: images.sort() };
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      throw new ToolkitError('file-missing', {
        path: folder,
        what: 'a folder with one sub-folder of images for each class',
      });
    }
    throw new ToolkitError('file-unreadable', { path: folder, reason: reasonOf(error) }, { cause: error });
  }
}

/** The images in a folder and the folders in it, as paths below `root`. */
export async function imagesBelow(root: string, folder: string, levels = mostLevels): Promise<string[]> {
  const { folders, images } = await list(join(root, folder));
  const found = images.map((name) => join(folder, name));
  if (levels === 0) return found;
  for (const inner of folders) found.push(...(await imagesBelow(root, join(folder, inner), levels - 1)));
  return found;
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
