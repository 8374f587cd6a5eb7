/** The parts of the toolkit that graph tests are written with. */
export { vjp } from '../../src/autodiff/gradient.js';
export { GraphBuilder } from '../../src/onnx/builder.js';
export { type Dim, float, floats, type Model } from '../../src/onnx/graph.js';
export { type Random, stream } from '../../src/random.js';
export { nodeRuntime } from '../../src/runtime/node.js';
export { type DType, float32, int64, sizeOf, type Tensor, tensor } from '../../src/tensor/tensor.js';
