import type { Dataset } from '../../../core/data/dataset.js';
import type { Subject } from '../../../core/evaluation/subject.js';
import { type FittedFormat, fitFormat } from '../../../core/formats/index.js';
import { Classifier } from '../../../core/models/classifier.js';
import { countParameters } from '../../../core/models/model-summary.js';
import { reshapings, reshapingsOf, withoutDefences } from '../../../core/reshaping/index.js';
import type { Runtime } from '../../../core/runtime/runtime.js';
import { assertFinite, type LoadedModel, readModel } from '../../subject/load-model.js';
import { statedFormat } from '../../subject/sidecar.js';

export interface EngineOptions {
  readonly runtime: Runtime;
  readonly batchSize?: number;
  readonly threads?: number;
}

/** A model that is fitted to its data, ready to be audited. */
export function subjectOf(
  { id, path, file, fitted }: { id: string; path: string; file: LoadedModel; fitted: FittedFormat },
  engine: EngineOptions,
): Subject {
  const bare = withoutDefences(fitted.model, reshapings);
  const recorded = Object.values(reshapingsOf(file.model)).flatMap((chain) => chain.map(({ name }) => name));
  return {
    id,
    path,
    sha256: file.sha256,
    bytes: file.bytes,
    producer: file.model.producer,
    parameters: countParameters(file.model).total.stored,
    reshapings: [...new Set(recorded)],
    classifier: new Classifier(fitted.model, { source: path, ...engine }),
    ...(bare && { undefended: new Classifier(bare, { source: `${path} without its defences`, ...engine }) }),
    data: fitted.data,
    format: fitted.format,
    notes: fitted.notes,
  };
}

/**
 * Reads a model for `audit`: how it takes its images and counts its classes is read from a file beside it or its metadata, or
 * found by trying on the data.
 *
 * @param path an ONNX classifier
 * @throws ToolkitError as `readModel`, `fitFormat` and `assertFinite`
 */
export async function loadSubject(path: string, data: Dataset, engine: EngineOptions): Promise<Subject> {
  const file = await readModel(path);
  assertFinite(file.model, path);
  const stated = await statedFormat(file.model, path);
  const fitted = await fitFormat(file.model, data, { source: path, stated, ...engine });
  // The file's name, whichever way its system writes folders.
  const id = path.replace(/^.*[\\/]/, '').replace(/\.onnx$/i, '');
  return subjectOf({ id, path, file, fitted }, engine);
}
