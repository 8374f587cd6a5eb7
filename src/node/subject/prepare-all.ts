import { basename, dirname, join } from 'node:path';
import { ToolkitError } from '../../core/base/errors.js';
import type { Dataset } from '../../core/data/dataset.js';
import type { StatedFormat } from '../../core/formats/stated-format.js';
import type { LoadedModel } from '../../core/models/model-file.js';
import { ModelUnderTest } from '../../core/models/model-under-test.js';
import type { Dim } from '../../core/onnx/graph.js';
import { type DataChoice, loadDataFor } from './load-data.js';
import { readModel } from './load-model.js';
import { type PrepareOptions, prepare } from './prepare.js';

/** The path of an ONNX classifier, or a model that is prepared for the data already. */
export type ModelChoice = string | ModelUnderTest;

/** Models that were brought together with the same data. */
export interface PreparedModels {
  readonly models: readonly ModelUnderTest[];
  readonly data: Dataset;
  /** Releases the models that were prepared here; those that came prepared stay as they are. */
  release(): Promise<void>;
}

/** How `prepareAll` brings models and their data together. */
export interface PrepareAllOptions extends Omit<PrepareOptions, 'id' | 'stated'> {
  /** What is known of the input format of all models, or of each. */
  readonly stated?: StatedFormat | ((model: number) => StatedFormat | undefined) | undefined;
  /** Hears of each model when it is ready. */
  readonly onModel?: ((model: ModelUnderTest) => void) | undefined;
  /** Hears of the data when they are loaded. */
  readonly onData?: ((data: Dataset) => void) | undefined;
}

/**
 * Prepares models for the same data, which are loaded as the first of them takes them.
 *
 * @throws ToolkitError as `readModel`, `loadDataFor` and `prepare`; `nothing-to-do` without a model
 */
export async function prepareAll(
  given: readonly ModelChoice[],
  choice: DataChoice | Dataset,
  options: PrepareAllOptions,
): Promise<PreparedModels> {
  const { onModel, onData, stated, ...others } = options;
  const statedOf = typeof stated === 'function' ? stated : () => stated;
  const ids = uniqueNames(given.map((model) => (typeof model === 'string' ? model : model.id)));
  const own: ModelUnderTest[] = [];
  const release = async () => {
    for (const model of own) await model.release();
  };
  try {
    const [first] = given;
    if (first === undefined)
      throw new ToolkitError('nothing-to-do', { what: 'No model', hint: 'Name one at least.' });
    const file = typeof first === 'string' ? await readModel(first) : undefined;
    const data = 'test' in choice ? choice : await loadDataFor(inputDims(file, first), choice);
    onData?.(data);
    const models: ModelUnderTest[] = [];
    for (const [i, model] of given.entries()) {
      const isOurs = typeof model === 'string';
      const made = isOurs
        ? await prepare(i === 0 && file ? file : model, data, { ...others, id: ids[i], stated: statedOf(i) })
        : model;
      if (isOurs) own.push(made);
      models.push(made);
      onModel?.(made);
    }
    return { models, data, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The shape of the images that a model takes, without the batch. */
const inputDims = (file: LoadedModel | undefined, model: ModelChoice): readonly Dim[] =>
  (model instanceof ModelUnderTest ? model.shape.dims : file?.model.graph.inputs[0]?.type?.dims?.slice(1)) ??
  [];

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
