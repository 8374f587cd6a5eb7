import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
} from '../../../src/core/onnx/generated/onnx_pb.js';
import { float32, GraphBuilder, type Model, stream } from '../../support/toolkit.js';

/** A small network with attributes of several kinds. */
export function sampleModel(): Model {
  const random = stream(1, 'sample');
  const draw = (dims: readonly number[]) =>
    float32(
      dims,
      Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()),
    );
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', ['N', 1, 4, 4]);
  const c = g.op('Conv', [x, g.initializer('k', draw([2, 1, 3, 3]))], {
    pads: [1, 1, 1, 1],
    auto_pad: 'NOTSET',
  });
  const p = g.op('MaxPool', [g.op('Relu', [c])], { kernel_shape: [2, 2], strides: [2, 2] });
  const flat = g.op('Flatten', [p]);
  const y = g.op('Gemm', [flat, g.initializer('w', draw([8, 3])), g.initializer('b', draw([3]))]);
  g.output(g.op('Softmax', [y], { axis: -1 }), 'probabilities');
  return g.build('sample');
}

/** A field that no version of ONNX has. */
const unknown = (text: string) => ({
  no: 7000,
  wireType: 2,
  data: lengthPrefixed(new TextEncoder().encode(text)),
});

const lengthPrefixed = (bytes: Uint8Array): Uint8Array => Uint8Array.of(bytes.length, ...bytes);

const doc = { docString: 'said in the file' };
const note = (value: string) => ({ metadataProps: [{ key: 'note', value }] });

/** A file that uses everything we do not model, with unknown fields at each level. */
export function richFile(changes: object = {}): Uint8Array<ArrayBuffer> {
  const bytes = (values: ArrayBufferView) => new Uint8Array(values.buffer as ArrayBuffer);
  const proto = create(ModelProtoSchema, {
    irVersion: 10n,
    producerName: 'elsewhere',
    producerVersion: '1.2.3',
    domain: 'com.example',
    modelVersion: 7n,
    ...doc,
    opsetImport: [
      { domain: '', version: 20n },
      { domain: 'com.example', version: 1n },
    ],
    ...note('model'),
    graph: {
      name: 'rich',
      ...doc,
      ...note('graph'),
      input: [
        {
          name: 'x',
          ...doc,
          ...note('input'),
          type: { denotation: 'IMAGE', value: tensorType(1, ['N', 3n]) },
        },
        { name: 'flag', type: { value: tensorType(9, []) } },
      ],
      output: [{ name: 'y', type: { value: tensorType(1, ['N', 3n]) } }],
      valueInfo: [{ name: 'h', ...doc, type: { value: tensorType(1, ['N', 3n]) } }],
      quantizationAnnotation: [
        { tensorName: 'h', quantParameterTensorNames: [{ key: 'SCALE_TENSOR', value: 'w' }] },
      ],
      initializer: [
        {
          name: 'w',
          dataType: 1,
          dims: [3n],
          rawData: bytes(Float32Array.of(1, 2, 3)),
          ...doc,
          ...note('weight'),
        },
        {
          name: 's',
          dataType: 8,
          dims: [2n],
          stringData: [new TextEncoder().encode('a'), new Uint8Array(0)],
        },
      ],
      node: [
        { opType: 'Mul', name: 'scale', input: ['x', 'w'], output: ['h'], ...doc, ...note('node') },
        {
          opType: 'If',
          input: ['flag'],
          output: ['y'],
          attribute: [branch('then_branch', 'Relu'), branch('else_branch', 'Neg')],
        },
      ],
    },
    trainingInfo: [{ updateBinding: [{ key: 'w', value: 'w2' }] }],
    functions: [
      {
        name: 'f',
        domain: 'com.example',
        input: ['a'],
        output: ['b'],
        node: [{ opType: 'Relu', input: ['a'], output: ['b'] }],
        opsetImport: [{ domain: '', version: 20n }],
      },
    ],
    ...changes,
  });
  const graph = proto.graph;
  proto.$unknown = [unknown('model')];
  if (graph) {
    graph.$unknown = [unknown('graph')];
    for (const part of [graph.node[0], graph.node[1]?.attribute[0], graph.initializer[0], graph.input[0]]) {
      if (part) part.$unknown = [unknown('part')];
    }
  }
  return toBinary(ModelProtoSchema, proto) as Uint8Array<ArrayBuffer>;
}

const tensorType = (elemType: number, dims: readonly (string | bigint)[]) => ({
  case: 'tensorType' as const,
  value: {
    elemType,
    shape: {
      dim: dims.map((d) => ({
        value:
          typeof d === 'string'
            ? { case: 'dimParam' as const, value: d }
            : { case: 'dimValue' as const, value: d },
      })),
    },
  },
});

/** A branch that reads `h` from the graph around it. */
const branch = (name: string, opType: string) => ({
  name,
  ...doc,
  type: Kind.GRAPH,
  g: {
    name,
    node: [{ opType, input: ['h'], output: [`${name}_y`] }],
    output: [{ name: `${name}_y`, type: { value: tensorType(1, ['N', 3n]) } }],
  },
});
