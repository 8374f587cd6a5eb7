import { naming } from '../../core/base/naming.js';
import { inspectModel, type ModelReport } from '../../core/models/model-summary.js';
import { withImageSize } from '../../core/models/preprocessing/preprocessing.js';
import { readModel } from '../subject/load-model.js';

/** What a model is made of, and whether it can be attacked. JSON throughout; see docs/cli.md. */
export interface InspectReport extends ModelReport {
  readonly schema: 'foolproof.inspect/1';
  readonly file: {
    readonly path: string;
    /** Of the model as one file. */
    readonly bytes: number;
    readonly sha256: string;
    /** Other files that hold weights of the model. */
    readonly external: readonly string[];
  };
}

/** What `inspect` is told beside the file. */
export interface InspectOptions {
  /** The output that holds the classes, of a model with several. */
  readonly output?: string | undefined;
  /** [height, width] of the images, where the model leaves them free. */
  readonly size?: readonly [number, number] | undefined;
}

/**
 * Reads a model and describes it: `foolproof inspect` as a function. Nothing is run.
 * @throws ToolkitError as `readModel`; `unknown-name` for an output that it does not have
 */
export async function inspect(path: string, options: InspectOptions = {}): Promise<InspectReport> {
  const { model, bytes, sha256, opset, external } = await readModel(path);
  const file = { path, bytes, sha256, external };
  const { size } = options;
  const report = await naming(path, () => inspectModel(size ? withImageSize(model, size) : model, options));
  return { schema: 'foolproof.inspect/1', file, ...report, opset };
}
