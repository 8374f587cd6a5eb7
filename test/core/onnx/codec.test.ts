import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { isToolkitError } from '../../../src/core/base/errors.js';
import { decodeModel } from '../../../src/core/onnx/decode.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import {
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  TensorProto_DataLocation,
  type TensorProtoSchema,
} from '../../../src/core/onnx/generated/onnx_pb.js';
import { withBodies } from '../../../src/core/onnx/rewrite/copy.js';
import { dtypes } from '../../../src/core/tensor/tensor.js';
import { numbers, run } from '../../support/run.js';
import { type DType, float32, GraphBuilder, type Model, type Tensor, tensor } from '../../support/toolkit.js';
import { richFile, sampleModel } from './sample.js';

const parse = (bytes: Uint8Array) => fromBinary(ModelProtoSchema, bytes);

/** A file of one initializer "t" that is the output. */
function fileOf(init: MessageInitShape<typeof TensorProtoSchema>): Uint8Array {
  const graph = { name: 'g', initializer: [{ name: 't', ...init }], output: [{ name: 't' }] };
  const model = { irVersion: 10n, opsetImport: [{ domain: '', version: 20n }], graph };
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, model));
}

const problemsOf = (bytes: Uint8Array): readonly string[] => {
  try {
    decodeModel(bytes);
  } catch (error) {
    if (isToolkitError(error, 'corrupt-model')) return error.data.problems;
    throw error;
  }
  return [];
};

describe('round trip', () => {
  it('keeps every byte of a file that nobody changed', () => {
    const bytes = richFile();
    expect(parse(bytes).$unknown).toHaveLength(1);
    expect(Buffer.from(encodeModel(decodeModel(bytes)))).toEqual(Buffer.from(bytes));
  });

  it('keeps every byte of what it wrote itself', () => {
    const bytes = encodeModel(sampleModel());
    expect(Buffer.from(encodeModel(decodeModel(bytes)))).toEqual(Buffer.from(bytes));
  });

  it('keeps what it does not model through a change', () => {
    const model = decodeModel(richFile());
    const weights = new Map([...model.graph.initializers, ['w', float32([3], [4, 5, 6])]]);
    const proto = parse(
      encodeModel({ ...model, producer: 'us', graph: { ...model.graph, initializers: weights } }),
    );
    expect(proto).toMatchObject({
      producerName: 'us',
      producerVersion: '1.2.3',
      modelVersion: 7n,
      docString: 'said in the file',
    });
    expect(proto.trainingInfo).toHaveLength(1);
    expect(proto.functions).toHaveLength(1);
    expect(proto.graph?.quantizationAnnotation).toHaveLength(1);
    expect(proto.graph?.initializer[0]).toMatchObject({ name: 'w', docString: 'said in the file' });
    expect(proto.graph?.initializer[0]?.$unknown).toHaveLength(1);
    expect([...new Float32Array(proto.graph!.initializer[0]!.rawData.slice().buffer)]).toEqual([4, 5, 6]);
  });

  it('writes changes rather than the message something was copied from', () => {
    const model = decodeModel(encodeModel(sampleModel()));
    const { graph } = model;
    const nodes = graph.nodes.map((node) =>
      node.op === 'MaxPool'
        ? {
            ...node,
            attributes: {
              ...node.attributes,
              strides: { ...node.attributes.strides!, value: [1, 1] } as never,
            },
          }
        : node,
    );
    const inputs = graph.inputs.map((v) => ({
      ...v,
      type: { dtype: 'float32' as const, dims: [5, 1, 4, 4] },
    }));
    const b = float32([1, 3], graph.initializers.get('b')!.data as Float32Array);
    const changed = decodeModel(
      encodeModel({
        ...model,
        graph: { ...graph, nodes, inputs, initializers: new Map([...graph.initializers, ['b', b]]) },
      }),
    );
    expect(changed.graph.nodes.find((n) => n.op === 'MaxPool')!.attributes.strides).toMatchObject({
      value: [1, 1],
    });
    expect(changed.graph.inputs[0]!.type!.dims).toEqual([5, 1, 4, 4]);
    expect(changed.graph.initializers.get('b')!.dims).toEqual([1, 3]);
  });

  it('drops declared shapes between nodes once nodes have changed', () => {
    const model = decodeModel(richFile());
    const nodes = model.graph.nodes.map((n) => (n.op === 'Mul' ? { ...n, inputs: ['x', 'x'] } : n));
    expect(parse(encodeModel(model)).graph!.valueInfo).toHaveLength(1);
    expect(parse(encodeModel({ ...model, graph: { ...model.graph, nodes } })).graph!.valueInfo).toHaveLength(
      0,
    );
  });

  it('gives a graph that ONNX Runtime runs, sub-graphs included', async () => {
    const proto = parse(richFile());
    // ONNX Runtime refuses training information and the fields that are ours alone.
    const bytes = toBinary(ModelProtoSchema, { ...proto, trainingInfo: [], $unknown: [] });
    const feeds = { x: float32([1, 3], [-1, 2, -3]), flag: tensor('bool', [], Uint8Array.of(1)) };
    const { y } = await run(encodeModel(decodeModel(bytes)), feeds);
    expect(numbers(y!)).toEqual([0, 4, 0]);
    const built = new GraphBuilder(decodeModel(bytes)).build();
    expect(numbers((await run(built, feeds)).y!)).toEqual([0, 4, 0]);
  });

  it('reads the bodies of nodes as graphs, and writes what changed in them', async () => {
    const model = decodeModel(richFile());
    const nodes = model.graph.nodes.map((node) => ({
      ...node,
      attributes: withBodies(node, (body) => ({
        ...body,
        nodes: body.nodes.map((inner) => (inner.op === 'Relu' ? { ...inner, op: 'Abs' } : inner)),
      })),
    }));
    const changed = encodeModel({ ...model, graph: { ...model.graph, nodes } });
    const [branch] = parse(changed).graph!.node[1]!.attribute;
    expect(branch!.g).toMatchObject({ name: 'then_branch', node: [{ opType: 'Abs', input: ['h'] }] });
    // The other branch has not changed, but its attribute was made anew: only the message's own notes are
    // gone.
    expect(decodeModel(changed).graph.nodes[1]!.attributes.else_branch).toMatchObject({
      value: { nodes: [{ op: 'Neg', inputs: ['h'] }] },
    });
  });

  it('reads functions, with attributes that refer to those of the caller', () => {
    const bytes = richFile({
      functions: [
        {
          name: 'f',
          domain: 'com.example',
          input: ['a'],
          output: ['b'],
          attribute: ['alpha'],
          attributeProto: [{ name: 'beta', type: Kind.FLOAT, f: 0.5 }],
          node: [
            {
              opType: 'LeakyRelu',
              input: ['a'],
              output: ['b'],
              attribute: [{ name: 'alpha', type: Kind.FLOAT, refAttrName: 'alpha' }],
            },
          ],
          opsetImport: [{ domain: '', version: 20n }],
        },
      ],
    });
    const model = decodeModel(bytes);
    expect(model.functions).toMatchObject([
      {
        name: 'f',
        defaults: { beta: { kind: 'float', value: 0.5 } },
        nodes: [{ op: 'LeakyRelu', attributes: { alpha: { kind: 'reference', value: 'alpha' } } }],
      },
    ]);
    expect(Buffer.from(encodeModel(model))).toEqual(Buffer.from(bytes));
    const { functions: _, ...without } = model;
    expect(parse(encodeModel(without)).functions).toEqual([]);
  });

  it('runs the same after reading and writing', async () => {
    const feeds = {
      x: float32(
        [1, 1, 4, 4],
        Float32Array.from({ length: 16 }, (_, i) => Math.sin(i)),
      ),
    };
    const model = sampleModel();
    const again = decodeModel(encodeModel(decodeModel(encodeModel(model))));
    expect(await run(again, feeds)).toEqual(await run(model, feeds));
  });

  it('treats initializers of IR version 3 as no inputs, and lists them again', () => {
    const model = sampleModel();
    const old: Model = { ...model, irVersion: 3 };
    const bytes = encodeModel(old);
    expect(parse(bytes).graph!.input.map((v) => v.name)).toEqual(['x', 'k', 'w', 'b']);
    const read = decodeModel(bytes);
    expect(read.graph.inputs.map((v) => v.name)).toEqual(['x']);
    expect(Buffer.from(encodeModel(read))).toEqual(Buffer.from(bytes));
    expect(parse(encodeModel({ ...read, irVersion: 9 })).graph!.input.map((v) => v.name)).toEqual(['x']);
  });
});

describe('tensors', () => {
  const raw = (view: ArrayBufferView) => new Uint8Array(view.buffer as ArrayBuffer);
  const samples = (dtype: DType): Uint8Array => {
    const bits = dtypes[dtype].bits;
    return Uint8Array.from({ length: Math.ceil((3 * bits) / 8) }, (_, i) =>
      dtype === 'bool' ? i % 2 : i + 1,
    );
  };

  it.each((Object.keys(dtypes) as DType[]).filter((d) => d !== 'string'))('raw %s', (dtype) => {
    const bytes = fileOf({
      dataType: dtypes[dtype].code,
      dims: [3n],
      rawData: samples(dtype) as Uint8Array<ArrayBuffer>,
    });
    const model = decodeModel(bytes);
    const value = model.graph.initializers.get('t')!;
    expect(value.dtype).toBe(dtype);
    expect(Buffer.from(encodeModel(model))).toEqual(Buffer.from(bytes));
    // A copy is another array: it is written anew, to the same bytes.
    const copy = { ...value, data: (value.data as Uint8Array).slice() } as Tensor;
    const rewritten = encodeModel({
      ...model,
      graph: { ...model.graph, initializers: new Map([['t', copy]]) },
    });
    expect(Buffer.from(rewritten)).toEqual(Buffer.from(bytes));
  });

  it.each<[DType, MessageInitShape<typeof TensorProtoSchema>, ArrayBufferView]>([
    ['float32', { floatData: [1.5, -2] }, Float32Array.of(1.5, -2)],
    ['float64', { doubleData: [1.5, -2] }, Float64Array.of(1.5, -2)],
    ['int64', { int64Data: [1n, -2n] }, BigInt64Array.of(1n, -2n)],
    ['uint64', { uint64Data: [1n, 2n ** 64n - 1n] }, BigUint64Array.of(1n, 2n ** 64n - 1n)],
    ['uint32', { uint64Data: [1n, 2n ** 32n - 1n] }, Uint32Array.of(1, 2 ** 32 - 1)],
    ['int32', { int32Data: [1, -2] }, Int32Array.of(1, -2)],
    ['int16', { int32Data: [1, -2] }, Int16Array.of(1, -2)],
    ['int8', { int32Data: [1, -2] }, Int8Array.of(1, -2)],
    ['uint16', { int32Data: [1, 65535] }, Uint16Array.of(1, 65535)],
    ['uint8', { int32Data: [1, 255] }, Uint8Array.of(1, 255)],
    ['bool', { int32Data: [1, 0] }, Uint8Array.of(1, 0)],
    ['float16', { int32Data: [0x3c00, 0xc000] }, Uint16Array.of(0x3c00, 0xc000)],
    ['bfloat16', { int32Data: [0x3f80, 0xbf80] }, Uint16Array.of(0x3f80, 0xbf80)],
    ['complex64', { floatData: [1, 2, 3, 4] }, raw(Float32Array.of(1, 2, 3, 4))],
    ['complex128', { doubleData: [1, 2, 3, 4] }, raw(Float64Array.of(1, 2, 3, 4))],
    ['int4', { int32Data: [0xf1] }, Int8Array.of(1, -1)],
    ['uint4', { int32Data: [0xf1] }, Uint8Array.of(1, 15)],
    ['uint2', { int32Data: [0b1001] }, Uint8Array.of(1, 2)],
    ['float8e4m3fn', { int32Data: [0x38, 0xb8] }, Uint8Array.of(0x38, 0xb8)],
  ])('typed fields of %s become raw bytes', (dtype, content, expected) => {
    const model = decodeModel(
      fileOf({ dataType: dtypes[dtype].code, dims: [2n], docString: 'kept', ...content }),
    );
    expect(model.graph.initializers.get('t')!.data).toEqual(expected);
    const [written] = parse(encodeModel(model)).graph!.initializer;
    expect(written!.docString).toBe('kept');
    expect(written!.floatData.length + written!.int32Data.length + written!.int64Data.length).toBe(0);
    expect(decodeModel(encodeModel(model)).graph.initializers.get('t')!.data).toEqual(expected);
  });

  it('keeps strings', () => {
    const model = decodeModel(richFile());
    expect(model.graph.initializers.get('s')!.data).toEqual(['a', '']);
  });

  it('copies misaligned raw bytes, and shares aligned ones', () => {
    const bytes = fileOf({ dataType: 11, dims: [1n], rawData: raw(Float64Array.of(Math.PI)) });
    const sharing = Array.from({ length: 8 }, (_, shift) => {
      const moved = new Uint8Array(bytes.length + shift);
      moved.set(bytes, shift);
      const value = decodeModel(moved.subarray(shift)).graph.initializers.get('t')!;
      expect([...(value.data as Float64Array)]).toEqual([Math.PI]);
      return (value.data as Float64Array).buffer === moved.buffer;
    });
    expect(sharing.filter(Boolean)).toHaveLength(1);
  });

  it('writes a part of a larger array', () => {
    const whole = Float32Array.of(1, 2, 3, 4);
    const g = new GraphBuilder();
    g.output(g.initializer('t', float32([2], whole.subarray(1, 3))));
    expect(numbers(decodeModel(encodeModel(g.build())).graph.initializers.get('t')!)).toEqual([2, 3]);
  });
});

describe('damaged files', () => {
  it.each<[string, MessageInitShape<typeof TensorProtoSchema>, RegExp]>([
    ['an unknown element type', { dataType: 99, dims: [1n] }, /unknown element type 99/],
    [
      'too few elements',
      { dataType: 1, dims: [3n], rawData: new Uint8Array(8) },
      /holds 2 elements.*needs 3/,
    ],
    ['a broken element', { dataType: 1, dims: [2n], rawData: new Uint8Array(7) }, /needs 2/],
    [
      'a huge tensor',
      { dataType: 1, dims: [2n ** 40n, 2n ** 20n], rawData: new Uint8Array(4) },
      /impossible shape/,
    ],
    ['sizes whose product is not a number', { dataType: 1, dims: [2n ** 62n, 0n] }, /impossible shape/],
    ['a negative size', { dataType: 1, dims: [-1n], rawData: new Uint8Array(4) }, /impossible shape/],
  ])('reports %s', (_, init, message) => {
    expect(problemsOf(fileOf(init))[0]).toMatch(message);
  });

  it('reports all problems at once', () => {
    const bytes = richFile({
      graph: {
        initializer: [
          { name: 'a', dataType: 99 },
          { name: 'b', dataType: 1, dims: [5n] },
          { name: 'b', dataType: 1, dims: [0n] },
        ],
        node: [{ name: 'nameless' }],
      },
    });
    expect(problemsOf(bytes)).toHaveLength(4);
  });

  it('reports impossible versions', () => {
    expect(problemsOf(richFile({ irVersion: 2n ** 63n - 1n, opsetImport: [{ version: -1n }] }))).toHaveLength(
      2,
    );
  });

  it('says when weights are elsewhere', () => {
    const bytes = fileOf({ dataType: 1, dims: [1n], dataLocation: TensorProto_DataLocation.EXTERNAL });
    expect(() => decodeModel(bytes)).toThrow(expect.objectContaining({ code: 'external-data' }));
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['text', new TextEncoder().encode('<html>not found</html>')],
    ['no graph', richFile({ graph: undefined as never })],
    ['no operator set', richFile({ opsetImport: [] })],
  ])('does not take %s for a model', (_, bytes) => {
    expect(() => decodeModel(bytes)).toThrow(expect.objectContaining({ code: 'not-onnx' }));
  });

  it('is not confused by an attribute called __proto__', () => {
    const attribute = [{ name: '__proto__', type: Kind.INT, i: 3n }];
    const node = [{ opType: 'Relu', input: ['x'], output: ['y'], attribute }];
    const bytes = richFile({ graph: { name: 'g', input: [{ name: 'x' }], output: [{ name: 'y' }], node } });
    const model = decodeModel(bytes);
    expect(Object.keys(model.graph.nodes[0]!.attributes)).toEqual(['__proto__']);
    expect(Buffer.from(encodeModel(model))).toEqual(Buffer.from(bytes));
  });
});
