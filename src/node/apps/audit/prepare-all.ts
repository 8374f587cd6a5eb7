import { basename, dirname, join } from 'node:path';
import type { Dataset } from '../../../core/data/dataset.js';
import type { ModelUnderTest } from '../../../core/models/model-under-test.js';
import { type DataChoice, loadDataFor } from '../../subject/load-data.js';
import { readModel } from '../../subject/load-model.js';
import { type PrepareOptions, prepare } from '../../subject/prepare.js';

/** Models of one audit, and the data that they are judged on. */
export interface PreparedModels {
  /** To be released when they are no longer needed. */
  readonly models: readonly ModelUnderTest[];
  readonly data: Dataset;
}

/**
 * Reads all models and the data, which are loaded as the first of them takes them, and prepares each for the data.
 *
 * @param chosen data that are loaded already, or which
 * @throws ToolkitError as `readModel`, `loadDataFor` and `prepare`
 */
export async function prepareAll(
  paths: readonly string[],
  chosen: Dataset | DataChoice,
  options: PrepareOptions,
): Promise<PreparedModels> {
  const ids = uniqueNames(paths);
  const models: ModelUnderTest[] = [];
  let data = 'test' in chosen ? chosen : undefined;
  try {
    for (const [i, path] of paths.entries()) {
      const file = await readModel(path);
      data ??= await loadDataFor(file, chosen as DataChoice);
      models.push(await prepare(file, data, { ...options, id: ids[i] ?? path }));
    }
    return { models, data: data as Dataset };
  } catch (error) {
    for (const model of models) await model.release();
    throw error;
  }
}

/** File names without their ending, with as many folders before them as it takes to tell them apart. */
export function uniqueNames(paths: readonly string[]): string[] {
  const bare = paths.map((path) => path.replace(/\.onnx$/i, '').replace(/^\.\//, ''));
  const names = bare.map((path, i) => {
    let [name, rest] = [basename(path), dirname(path)];
    const isTaken = (candidate: string) =>
      bare.some((other, k) => k !== i && (other === candidate || other.endsWith(`/${candidate}`)));
    while (isTaken(name) && rest !== '.' && rest !== dirname(rest)) {
      name = join(basename(rest), name);
      rest = dirname(rest);
    }
    return name;
  });
  // The same file twice.
  return names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length;
    return before > 0 ? `${name} (${before + 1})` : name;
  });
}
