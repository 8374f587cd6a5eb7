import { naming } from '../../core/base/naming.js';
import { inspectModel, type ModelReport } from '../../core/models/model-summary.js';
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

/**
 * Reads a model and describes it: `foolproof inspect` as a function. Nothing is run.
 * @throws ToolkitError as `readModel`
 */
export async function inspect(path: string): Promise<InspectReport> {
  const { model, bytes, sha256, opset, external } = await readModel(path);
  const file = { path, bytes, sha256, external };
  return { schema: 'foolproof.inspect/1', file, ...(await naming(path, () => inspectModel(model))), opset };
}
