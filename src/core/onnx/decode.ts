import { fromBinary } from '@bufbuild/protobuf';
import { ToolkitError } from '../base/errors.js';
import { bytesOf, dtypeOfCode, type Tensor } from '../tensor/tensor.js';
import { decodeTensor } from './decode-tensor.js';
import { symbolNamed } from './dims.js';
import { assertSelfContained } from './external-data.js';
import {
  type AttributeProto,
  type FunctionProto,
  type GraphProto,
  AttributeProto_AttributeType as Kind,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type ValueInfoProto,
} from './generated/onnx_pb.js';
import type { Attribute, Graph, LocalFunction, Model, Node, Value, ValueType } from './graph.js';
import { type AttributeSpecs, attributeProblem } from './operators/attributes.js';
import { operatorOf } from './operators/index.js';
import { decodeSparse } from './sparse.js';

/**
 * Reads an ONNX file. Weights are views into `bytes` where alignment allows, so do not write to `bytes`
 * afterwards.
 *
 * @param source how messages name the file
 * @throws ToolkitError `not-onnx`, `corrupt-model` (all problems at once), `external-data`
 */
export function decodeModel(bytes: Uint8Array, source = 'model'): Model {
  const proto = parseModel(bytes, source);
  assertSelfContained(proto, source);
  return decodeMessage(proto, source);
}

/**
 * A model from the message of its file.
 * @param proto with all weights in it
 * @throws ToolkitError `not-onnx`, `corrupt-model`
 */
export function decodeMessage(proto: ModelProto, source: string): Model {
  if (!proto.graph) throw new ToolkitError('not-onnx', { source, reason: 'it holds no graph' });
  if (proto.opsetImport.length === 0) {
    throw new ToolkitError('not-onnx', { source, reason: 'it declares no operator set' });
  }
  const problems: string[] = [];
  const whole = (value: bigint, what: string) => {
    if (value < 0n || value > 2n ** 31n) problems.push(`${what} ${value} is impossible`);
    return Number(value);
  };
  const graph = decodeGraph(proto.graph, problems);
  const irVersion = whole(proto.irVersion, 'the IR version');
  const opsetsOf = ({ opsetImport }: ModelProto | FunctionProto) =>
    new Map(
      opsetImport.map((o) => [
        standard(o.domain),
        whole(o.version, `the version of operator set "${o.domain}"`),
      ]),
    );
  const opsets = opsetsOf(proto);
  const functions = proto.functions.map((entry) => decodeFunction(entry, opsetsOf(entry), problems));
  if (problems.length > 0) throw new ToolkitError('corrupt-model', { source, problems });
  return {
    irVersion,
    opsets,
    producer: proto.producerName,
    metadata: new Map(proto.metadataProps.map((entry) => [entry.key, entry.value])),
    graph,
    ...(functions.length > 0 && { functions }),
    origin: proto,
  };
}

/** Standard ONNX has two names. */
const standard = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);

/** The message of a file, its weights not looked at. @throws ToolkitError `not-onnx` */
export function parseModel(bytes: Uint8Array, source: string): ModelProto {
  if (bytes.length === 0) throw new ToolkitError('not-onnx', { source, reason: 'the file is empty' });
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    const reason = `not readable as protobuf: ${(cause as Error).message}; it may be truncated`;
    throw new ToolkitError('not-onnx', { source, reason }, { cause });
  }
}

/** Bodies within bodies recurse no deeper than protobuf does: 100 messages, a third as many graphs. */
function decodeGraph(proto: GraphProto, problems: string[]): Graph {
  const initializers = new Map<string, Tensor>();
  const seen = new Set<string>();
  for (const entry of proto.initializer) {
    if (seen.has(entry.name)) problems.push(`initializer "${entry.name}" appears twice`);
    seen.add(entry.name);
    const value = decodeTensor(entry, `initializer "${entry.name}"`, problems);
    if (value) initializers.set(entry.name, value);
  }
  let spent = 0;
  for (const entry of proto.sparseInitializer) {
    const name = entry.values?.name ?? '';
    if (seen.has(name)) problems.push(`initializer "${name}" appears twice`);
    seen.add(name);
    const value = decodeSparse(entry, `sparse initializer "${name}"`, problems, spent);
    if (!value) continue;
    spent += bytesOf(value.dtype, value.dims);
    initializers.set(name, value);
  }
  const stated = proto.valueInfo.flatMap((value): [string, ValueType][] => {
    const type = decodeType(value);
    return type ? [[value.name, type]] : [];
  });
  return {
    name: proto.name,
    inputs: proto.input.filter((v) => !initializers.has(v.name)).map(decodeValue),
    outputs: proto.output.map(decodeValue),
    nodes: proto.node.map((node) => decodeNode(node, problems)),
    initializers,
    ...(stated.length > 0 && { stated: new Map(stated) }),
    origin: proto,
  };
}

function decodeFunction(
  proto: FunctionProto,
  opsets: ReadonlyMap<string, number>,
  problems: string[],
): LocalFunction {
  const label = `function "${proto.name}"`;
  return {
    domain: standard(proto.domain),
    name: proto.name,
    overload: proto.overload,
    inputs: proto.input,
    outputs: proto.output,
    defaults: decodeAttributes(proto.attributeProto, label, problems),
    opsets,
    nodes: proto.node.map((node) => decodeNode(node, problems)),
    origin: proto,
  };
}

function decodeNode(proto: NodeProto, problems: string[]): Node {
  const label = `node "${proto.name || proto.opType}"`;
  if (!proto.opType) problems.push(`${label} has no operator`);
  const node: Node = {
    op: proto.opType,
    domain: standard(proto.domain),
    name: proto.name,
    inputs: proto.input,
    outputs: proto.output,
    attributes: decodeAttributes(proto.attribute, label, problems),
    origin: proto,
  };
  const operator = operatorOf(node);
  if (!operator) return node;
  const specs: AttributeSpecs = { ...operator.attributes, ...operator.upgrade?.attributes };
  for (const [name, attribute] of Object.entries(node.attributes)) {
    const problem = attributeProblem(name, attribute, Object.hasOwn(specs, name) ? specs[name] : undefined);
    if (problem) problems.push(`${label}: ${problem}`);
  }
  return node;
}

function decodeAttributes(
  protos: readonly AttributeProto[],
  label: string,
  problems: string[],
): Record<string, Attribute> {
  // A file may call an attribute __proto__.
  const attributes: Record<string, Attribute> = Object.create(null);
  for (const entry of protos) {
    attributes[entry.name] = { ...decodeAttribute(entry, label, problems), origin: entry };
  }
  return attributes;
}

const text = new TextDecoder();

/**
 * The message that a tensor or a body of an attribute was read from: tells the encoder that it is still the
 * same.
 */
export const attributeOrigins = new WeakMap<Tensor | Graph, AttributeProto>();

function decodeAttribute(proto: AttributeProto, label: string, problems: string[]): Attribute {
  if (proto.refAttrName) return { kind: 'reference', value: proto.refAttrName };
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
      attributeOrigins.set(value, proto);
      return { kind: 'tensor', value };
    }
    case Kind.GRAPH: {
      if (!proto.g) return { kind: 'opaque', value: proto };
      const value = decodeGraph(proto.g, problems);
      attributeOrigins.set(value, proto);
      return { kind: 'graph', value };
    }
    default:
      return { kind: 'opaque', value: proto };
  }
}

function decodeValue(proto: ValueInfoProto): Value {
  const type = decodeType(proto);
  return { name: proto.name, ...(type && { type }), origin: proto };
}

/** Type and shape as the file declares them; anonymous dimensions become symbols of their own. */
export function decodeType(proto: ValueInfoProto): ValueType | undefined {
  const kind = proto.type?.value;
  if (kind?.case !== 'tensorType') return undefined;
  const dtype = dtypeOfCode(kind.value.elemType);
  if (!dtype) return undefined;
  const dims = kind.value.shape?.dim.map((dim, axis) => {
    if (dim.value.case === 'dimValue' && dim.value.value >= 0n) return Number(dim.value.value);
    if (dim.value.case === 'dimParam' && dim.value.value) return symbolNamed(dim.value.value);
    return symbolNamed(`${proto.name}_${axis}`);
  });
  return { dtype, ...(dims && { dims }) };
}
