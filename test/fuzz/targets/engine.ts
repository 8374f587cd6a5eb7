import { loadModelBytes } from '../../../src/core/models/model-file.js';
import { isStatic } from '../../../src/core/onnx/dims.js';
import type { Dim } from '../../../src/core/onnx/graph.js';
import { lengthOf, sizeOf, type Tensor, zeros } from '../../../src/core/tensor/tensor.js';
import { nodeRuntime } from '../../support/toolkit.js';
import type { Target } from '../target.js';
import { makeModel, models, refused } from './models.js';

/** Elements of an input that is fed. */
const MAX_ELEMENTS = 1e6;

/** Damaged models in the engine itself, whose native code may end the process. */
export const engine: Target = {
  help: 'damaged models that are loaded and run by ONNX Runtime',
  make: makeModel,
  async run(bytes) {
    const loaded = await refused(() => loadModelBytes(bytes, 'm.onnx'));
    if (!loaded) return;
    const runtime = await nodeRuntime({ threads: 1 });
    const session = await refused(() => runtime.createSession(loaded.model));
    if (!session) return;
    const feeds: Record<string, Tensor> = {};
    for (const { name, type } of loaded.model.graph.inputs) {
      const dims = (type?.dims ?? []).map((dim: Dim) => (typeof dim === 'number' ? dim : 2));
      if (!type || !isStatic(dims) || sizeOf(dims) > MAX_ELEMENTS) return session.release();
      if (lengthOf(type.dtype, dims) !== sizeOf(dims) || type.dtype === 'string') return session.release();
      feeds[name] = zeros(type.dtype, dims);
    }
    await refused(() => session.run(feeds));
    await session.release();
  },
  smaller: models.smaller,
};
