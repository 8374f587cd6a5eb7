import { parse } from 'csv-parse/sync';
import { ToolkitError } from '../../core/base/errors.js';
import { readFileBytes } from '../store/files.js';

/** Bytes of a file of labels. */
const MAX_BYTES = 2 ** 26;

/** Names of columns, without case, spaces and underscores. */
const FILE_COLUMNS = new Set(
  'file filename filenames path filepath image images imageid imagename imagepath img imgname id name'.split(
    ' ',
  ),
);
const LABEL_COLUMNS = new Set(
  'label labels class classes classid classname classlabel category target y breed species diagnosis'.split(
    ' ',
  ),
);
const SPLIT_COLUMNS = new Set('split subset set partition dataset fold usage'.split(' '));

/** One image of a file of labels. */
export interface LabelledFile {
  /** As written: a path or a name, with or without its extension. */
  readonly file: string;
  readonly label: string;
  /** Value of the split column, where there is one. */
  readonly split?: string;
}

/** The parts of a data set; `validation` is used as test images where there are no others. */
export type SplitName = 'train' | 'test' | 'validation';

const SPLITS: Readonly<Record<string, SplitName>> = {
  train: 'train',
  training: 'train',
  test: 'test',
  testing: 'test',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  dev: 'validation',
};

/** The split that a folder, a file or a cell is named after; undefined for any other name. */
export function splitNamed(name: string): SplitName | undefined {
  const key = name.trim().toLowerCase();
  return Object.hasOwn(SPLITS, key) ? SPLITS[key] : undefined;
}

/**
 * The labelled images of a `.csv`, `.tsv` or `.txt` file with a head line that names a column of files and
 * one of labels, or of Tiny-ImageNet's `val_annotations.txt`, which has no head line. Undefined for a file
 * that is neither.
 *
 * @throws ToolkitError 'file-unreadable', 'file-too-large'
 */
export async function readLabelFile(path: string): Promise<LabelledFile[] | undefined> {
  const bytes = await readFileBytes(path, 'a file of labels', MAX_BYTES);
  const records = recordsOf(new TextDecoder().decode(bytes));
  const [head, ...rest] = records;
  if (!head) return undefined;
  if (/(^|[\\/])val_annotations\.txt$/.test(path))
    return records.flatMap(([file, label]) => row(file, label));
  const find = (columns: ReadonlySet<string>) =>
    head.findIndex((cell) => columns.has(cell.toLowerCase().replace(/[\s_-]+/g, '')));
  const [file, label, split] = [find(FILE_COLUMNS), find(LABEL_COLUMNS), find(SPLIT_COLUMNS)];
  if (file < 0 || label < 0) return undefined;
  return rest.flatMap((cells) => row(cells[file], cells[label], split < 0 ? undefined : cells[split]));
}

const row = (file?: string, label?: string, split?: string): LabelledFile[] =>
  file && label ? [{ file, label, ...(split && { split }) }] : [];

/** Whether a file may hold labels, by its ending. */
export const mayHoldLabels = (name: string): boolean =>
  /\.(csv|tsv)$/i.test(name) || /^(val_annotations|labels?|annotations?)\.txt$/i.test(name);

function recordsOf(text: string): string[][] {
  const line = text.slice(0, text.indexOf('\n') + 1 || undefined);
  const delimiter = ['\t', ';', ','].find((candidate) => line.includes(candidate));
  if (!delimiter) return [];
  try {
    return parse(text, {
      bom: true,
      delimiter,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      trim: true,
    }) as string[][];
  } catch {
    return [];
  }
}

/**
 * Names of classes by their id from Tiny-ImageNet's and ImageNet's `words.txt` or `LOC_synset_mapping.txt`:
 * an id of WordNet, then its words. Classes of equal words (ImageNet has two kinds of crane) get their id
 * behind the words.
 */
export async function readWordNames(path: string): Promise<ReadonlyMap<string, string>> {
  try {
    const text = new TextDecoder().decode(await readFileBytes(path, 'names of classes', MAX_BYTES));
    const entries = text.split(/\r?\n/).flatMap((line): [string, string][] => {
      const [, id, words] = /^(n\d{8})\s+(.+)$/.exec(line) ?? [];
      return id && words ? [[id, words.split(',')[0] ?? words]] : [];
    });
    return new Map(entries);
  } catch (error) {
    if (error instanceof ToolkitError) return new Map();
    throw error;
  }
}
