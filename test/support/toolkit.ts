/** The parts of the toolkit that graph tests are written with. */
export { vjp } from '../../src/core/autodiff/gradient.js';
export { type Random, stream } from '../../src/core/base/random.js';
export { GraphBuilder } from '../../src/core/onnx/builder.js';
export { type AttributeInit, type Dim, float, floats, type Model } from '../../src/core/onnx/graph.js';
export { type DType, float32, int64, sizeOf, type Tensor, tensor } from '../../src/core/tensor/tensor.js';
export { nodeRuntime } from '../../src/node/runtime.js';
