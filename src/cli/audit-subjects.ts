import { basename, dirname, join } from 'node:path';
import type { Dataset } from '../core/data/dataset.js';
import type { Subject } from '../core/evaluation/subject.js';
import { subjectOf } from '../node/apps/audit/load-subject.js';
import { readModel } from '../node/subject/load-model.js';
import { type FittingContext, type FittingOptions, fitToData } from './fitting.js';
import type { Io } from './terminal/io.js';

export interface Subjects {
  readonly subjects: readonly Subject[];
  /** What is odd about the data. */
  readonly warnings: readonly string[];
}

/**
 * Reads all models and the data that they are judged on, and finds out how each takes its images.
 * @throws ToolkitError as `readModel` and `fitToData`
 */
export async function readSubjects(
  paths: readonly string[],
  options: FittingOptions,
  context: FittingContext & { readonly io: Io },
): Promise<Subjects> {
  const ids = uniqueNames(paths);
  const subjects: Subject[] = [];
  const warnings = new Set<string>();
  let shared: Dataset | undefined;
  for (const [i, path] of paths.entries()) {
    const file = await readModel(path);
    const fitted = await fitToData(path, file, options, context, shared);
    shared ??= fitted.original;
    for (const warning of fitted.warnings) warnings.add(warning);
    const engine = {
      runtime: context.runtime,
      ...(options.batchSize && { batchSize: options.batchSize }),
      ...(options.threads && { threads: options.threads }),
    };
    subjects.push(subjectOf({ id: ids[i]!, path, file, fitted }, engine));
  }
  return { subjects, warnings: [...warnings] };
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
