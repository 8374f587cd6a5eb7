import { fromBinary } from '@bufbuild/protobuf';
import { ToolkitError } from '../base/errors.js';
import {
  bytesOf,
  type DataOf,
  type DType,
  dtypeOfCode,
  sizeOf,
  type Tensor,
  viewBytes,
} from '../tensor/tensor.js';
import { attributeProblem } from './attributes.js';
import {
  type AttributeProto,
  type GraphProto,
  AttributeProto_AttributeType as Kind,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  TensorProto_DataLocation,
  type ValueInfoProto,
} from './generated/onnx_pb.js';
import type { Attribute, Graph, Model, Node, Value, ValueType } from './graph.js';

/** A tensor larger than this cannot be in a protobuf file at all, so a claim of more is a lie. */
const MAX_BYTES = 2 ** 31;

/**
 * Reads an ONNX file. Weights are views into `bytes` where alignment allows, so do not write to `bytes` afterwards.
 *
 * @param source how messages name the file
 * @throws ToolkitError `not-onnx`, `corrupt-model` (all problems at once), `external-data`
 */
export function decodeModel(bytes: Uint8Array, source = 'model'): Model {
  const proto = parse(bytes, source);
  if (!proto.graph) throw new ToolkitError('not-onnx', { source, reason: 'it holds no graph' });
  if (proto.opsetImport.length === 0) {
    throw new ToolkitError('not-onnx', { source, reason: 'it declares no operator set' });
  }
  const problems: string[] = [];
  const whole = (value: bigint, what: string) => {
    if (value < 0n || value > 2n ** 31n) problems.push(`${what} ${value} is impossible`);
    return Number(value);
  };
  const external = proto.graph.initializer.filter(
    (t) => t.dataLocation === TensorProto_DataLocation.EXTERNAL,
  );
  if (external.length > 0) {
    throw new ToolkitError('external-data', { source, tensors: external.map((t) => t.name) });
  }
  const graph = decodeGraph(proto.graph, problems);
  const irVersion = whole(proto.irVersion, 'the IR version');
  const opsets = new Map(
    proto.opsetImport.map((o) => [
      standard(o.domain),
      whole(o.version, `the version of operator set "${o.domain}"`),
    ]),
  );
  if (problems.length > 0) throw new ToolkitError('corrupt-model', { source, problems });
  return {
    irVersion,
    opsets,
    producer: proto.producerName,
    metadata: new Map(proto.metadataProps.map((entry) => [entry.key, entry.value])),
    graph,
    origin: proto,
  };
}

/** Standard ONNX has two names. */
const standard = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);

function parse(bytes: Uint8Array, source: string): ModelProto {
  if (bytes.length === 0) throw new ToolkitError('not-onnx', { source, reason: 'the file is empty' });
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    const reason = `not readable as protobuf: ${(cause as Error).message}; it may be truncated`;
    throw new ToolkitError('not-onnx', { source, reason }, { cause });
  }
}

function decodeGraph(proto: GraphProto, problems: string[]): Graph {
  const initializers = new Map<string, Tensor>();
  const seen = new Set<string>();
  for (const entry of proto.initializer) {
    if (seen.has(entry.name)) problems.push(`initializer "${entry.name}" appears twice`);
    seen.add(entry.name);
    const value = decodeTensor(entry, `initializer "${entry.name}"`, problems);
    if (value) initializers.set(entry.name, value);
  }
  return {
    name: proto.name,
    inputs: proto.input.filter((v) => !initializers.has(v.name)).map(decodeValue),
    outputs: proto.output.map(decodeValue),
    nodes: proto.node.map((node) => decodeNode(node, problems)),
    initializers,
    origin: proto,
  };
}

function decodeNode(proto: NodeProto, problems: string[]): Node {
  const label = `node "${proto.name || proto.opType}"`;
  if (!proto.opType) problems.push(`${label} has no operator`);
  // A file may call an attribute __proto__.
  const attributes: Record<string, Attribute> = Object.create(null);
  for (const entry of proto.attribute) {
    const attribute = decodeAttribute(entry, label, problems);
    attributes[entry.name] = { ...attribute, origin: entry };
    const problem = standard(proto.domain) === '' ? attributeProblem(entry.name, attribute) : undefined;
    if (problem) problems.push(`${label}: ${problem}`);
  }
  return {
    op: proto.opType,
    domain: standard(proto.domain),
    name: proto.name,
    inputs: proto.input,
    outputs: proto.output,
    attributes,
    origin: proto,
  };
}

const text = new TextDecoder();

/** The message each tensor attribute was read from: tells the encoder that it is still the same. */
export const attributeTensors = new WeakMap<Tensor, AttributeProto>();

function decodeAttribute(proto: AttributeProto, label: string, problems: string[]): Attribute {
  switch (proto.type) {
    case Kind.INT:
      return { kind: 'int', value: Number(proto.i) };
    case Kind.FLOAT:
      return { kind: 'float', value: proto.f };
    case Kind.STRING:
      return { kind: 'string', value: text.decode(proto.s) };
    case Kind.INTS:
      return { kind: 'ints', value: proto.ints.map(Number) };
    case Kind.FLOATS:
      return { kind: 'floats', value: proto.floats };
    case Kind.STRINGS:
      return { kind: 'strings', value: proto.strings.map((s) => text.decode(s)) };
    case Kind.TENSOR: {
      const value = proto.t && decodeTensor(proto.t, `${label}, attribute "${proto.name}"`, problems);
      if (!value) return { kind: 'opaque', value: proto };
      attributeTensors.set(value, proto);
      return { kind: 'tensor', value };
    }
    default:
      return { kind: 'opaque', value: proto };
  }
}

function decodeValue(proto: ValueInfoProto): Value {
  const type = decodeType(proto);
  return { name: proto.name, ...(type && { type }), origin: proto };
}

/** A name that our arithmetic on dimensions does not take for a product or a number. */
const symbol = (name: string): string => (/^\d+$/.test(name) ? `_${name}` : name.replaceAll('*', '_'));

/** Type and shape as the file declares them; anonymous dimensions become symbols of their own. */
export function decodeType(proto: ValueInfoProto): ValueType | undefined {
  const kind = proto.type?.value;
  if (kind?.case !== 'tensorType') return undefined;
  const dtype = dtypeOfCode(kind.value.elemType);
  if (!dtype) return undefined;
  const dims = kind.value.shape?.dim.map((dim, axis) => {
    if (dim.value.case === 'dimValue' && dim.value.value >= 0n) return Number(dim.value.value);
    if (dim.value.case === 'dimParam' && dim.value.value) return symbol(dim.value.value);
    return symbol(`${proto.name}_${axis}`);
  });
  return { dtype, ...(dims && { dims }) };
}

function decodeTensor(proto: TensorProto, label: string, problems: string[]): Tensor | undefined {
  const dtype = dtypeOfCode(proto.dataType);
  if (!dtype) {
    problems.push(`${label} has the unknown element type ${proto.dataType}`);
    return undefined;
  }
  const dims = proto.dims.map(Number);
  if (dims.some((d) => d < 0 || !Number.isSafeInteger(d)) || bytesOf(dtype, dims) > MAX_BYTES) {
    problems.push(`${label} claims the impossible shape [${dims}]`);
    return undefined;
  }
  const data = dtype === 'string' ? proto.stringData.map((s) => text.decode(s)) : numericData(proto, dtype);
  const expected = data instanceof Uint8Array ? bytesOf(dtype, dims) : sizeOf(dims);
  if (data.length !== expected) {
    problems.push(`${label} holds ${data.length} elements, its shape [${dims}] needs ${expected}`);
    return undefined;
  }
  return { dtype, dims, data: data as DataOf<DType> };
}

/** Numbers come as raw bytes, or spread over typed fields that older exporters used. */
function numericData(proto: TensorProto, dtype: DType): ArrayLike<unknown> {
  if (proto.rawData.length > 0) {
    const width = bytesOf(dtype, [1]);
    return proto.rawData.length % width === 0 ? viewBytes(dtype, proto.rawData) : [];
  }
  switch (dtype) {
    case 'float32':
      return Float32Array.from(proto.floatData);
    case 'float64':
      return Float64Array.from(proto.doubleData);
    case 'int64':
      return BigInt64Array.from(proto.int64Data);
    case 'uint64':
      return BigUint64Array.from(proto.uint64Data);
    case 'uint32':
      return Uint32Array.from(proto.uint64Data, Number);
    case 'int32':
      return Int32Array.from(proto.int32Data);
    case 'int16':
      return Int16Array.from(proto.int32Data);
    case 'int8':
      return Int8Array.from(proto.int32Data);
    case 'uint16':
    case 'float16':
    case 'bfloat16':
      return Uint16Array.from(proto.int32Data);
    case 'complex64':
      return new Uint8Array(Float32Array.from(proto.floatData).buffer);
    case 'complex128':
      return new Uint8Array(Float64Array.from(proto.doubleData).buffer);
    default:
      return Uint8Array.from(proto.int32Data);
  }
}
