import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { decodeModel } from '../../../src/core/onnx/decode.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  SparseTensorProtoSchema,
  TensorProtoSchema,
} from '../../../src/core/onnx/generated/onnx_pb.js';
import { lower } from '../../../src/core/onnx/lowering/index.js';
import { weightLayers } from '../../../src/core/reshaping/index.js';
import { dataOf } from '../../support/errors.js';
import { numbers, run } from '../../support/run.js';
import { float32, GraphBuilder, vjp } from '../../support/toolkit.js';

interface Sparse {
  readonly dims?: readonly number[];
  readonly values?: readonly number[];
  /** Places in row-major order, or an index along each axis. */
  readonly places?: readonly number[];
  readonly placeDims?: readonly number[];
}

/** `y = x W` with W [3, 2] in sparse form: row 0 is [2, 0], row 1 [0, 0], row 2 [-1, 3]. */
function fileWith({ dims = [3, 2], values = [2, -1, 3], places = [0, 4, 5], placeDims }: Sparse = {}) {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', ['N', 3]);
  g.output(g.matmul(x, g.initializer('w', float32([3, 2], Array(6).fill(0)))), 'y');
  const proto = decodeModel(encodeModel(g.build())).origin ?? expect.fail();
  const sparse = create(SparseTensorProtoSchema, {
    values: create(TensorProtoSchema, {
      name: 'w',
      dataType: 1,
      dims: [BigInt(values.length)],
      floatData: [...values],
    }),
    indices: create(TensorProtoSchema, {
      dataType: 7,
      dims: (placeDims ?? [places.length]).map(BigInt),
      int64Data: places.map(BigInt),
    }),
    dims: dims.map(BigInt),
  });
  const graph = create(GraphProtoSchema, {
    ...proto.graph,
    $typeName: undefined as never,
    initializer: [],
    sparseInitializer: [sparse],
  });
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { ...proto, $typeName: undefined as never, graph }),
  );
}

const x = float32([1, 3], [1, 10, 100]);

describe('sparse weights', () => {
  it.each([
    ['places in row-major order', {}],
    ['an index along each axis', { places: [0, 0, 2, 0, 2, 1], placeDims: [3, 2] }],
  ])('are the numbers that the engine computes with: %s', async (_, sparse) => {
    const file = fileWith(sparse);
    const model = decodeModel(file);
    expect(numbers(model.graph.initializers.get('w') ?? expect.fail())).toEqual([2, 0, 0, 0, -1, 3]);
    expect(numbers((await run(file, { x })).y!)).toEqual([-98, 300]);
    expect(numbers((await run(model, { x })).y!)).toEqual([-98, 300]);
    expect(weightLayers(model).map(({ weight, dims }) => [weight, dims])).toEqual([['w', [3, 2]]]);
  });

  it('are written back as they were, and in full once they are changed', () => {
    const file = fileWith();
    const model = decodeModel(file);
    expect(encodeModel(model)).toEqual(file);
    const initializers = new Map([['w', float32([3, 2], [1, 2, 3, 4, 5, 6])]]);
    const changed = decodeModel(encodeModel({ ...model, graph: { ...model.graph, initializers } }));
    expect(changed.origin?.graph?.sparseInitializer).toEqual([]);
    expect(numbers(changed.graph.initializers.get('w') ?? expect.fail())).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('are differentiated', async () => {
    const g = new GraphBuilder(lower(decodeModel(fileWith())));
    g.clearOutputs();
    g.output(vjp(g, { y: g.input('c', 'float32', ['N', 2]) }, ['x'])[0] ?? '', 'dx');
    expect(numbers((await run(g.build(), { x, c: float32([1, 2], [1, 1]) })).dx!)).toEqual([2, 0, 2]);
  });

  it.each([
    ['a place outside the shape', { places: [0, 4, 6] }, /places that are not in its shape/],
    ['a negative place', { places: [-1, 4, 5] }, /places that are not in its shape/],
    ['an index outside its axis', { places: [0, 2, 2, 0, 2, 1], placeDims: [3, 2] }, /not in its shape/],
    ['fewer places than values', { places: [0, 4] }, /not in its shape/],
    ['a shape of many gigabytes', { dims: [2 ** 20, 2 ** 20] }, /more than sparse weights may stand for/],
  ])('are refused with %s', async (_, sparse, message) => {
    const { problems } = await dataOf('corrupt-model', () => decodeModel(fileWith(sparse)));
    expect(problems.join()).toMatch(message);
  });
});
