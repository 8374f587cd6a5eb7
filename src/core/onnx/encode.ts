import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { dtypes } from '../tensor/tensor.js';
import { attributeOrigins, decodeType } from './decode.js';
import { derive } from './derive.js';
import { tensorProto } from './encode-tensor.js';
import {
  type AttributeProto,
  AttributeProtoSchema,
  type FunctionProto,
  FunctionProtoSchema,
  GraphProtoSchema,
  AttributeProto_AttributeType as Kind,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './generated/onnx_pb.js';
import type { Attribute, Graph, LocalFunction, Model, Node, Value, ValueType } from './graph.js';
import { sparseOrigins } from './sparse.js';

/** Writes an ONNX file; everything the model was read with and that we do not model is kept. */
export const encodeModel = (model: Model): Uint8Array<ArrayBuffer> => encodeMessage(modelProto(model));

/** The file of a message. */
export const encodeMessage = (proto: ModelProto): Uint8Array<ArrayBuffer> =>
  toBinary(ModelProtoSchema, proto);

function modelProto(model: Model) {
  return derive(ModelProtoSchema, model.origin, {
    irVersion: BigInt(model.irVersion),
    opsetImport: opsetImport(model.opsets),
    producerName: model.producer,
    metadataProps: [...model.metadata].map(([key, value]) => ({ key, value })),
    graph: graphProto(model.graph, model.irVersion),
    functions: (model.functions ?? []).map(functionProto),
  });
}

const opsetImport = (opsets: ReadonlyMap<string, number>) =>
  [...opsets].map(([domain, version]) => ({ domain, version: BigInt(version) }));

function functionProto(local: LocalFunction): FunctionProto {
  return derive(FunctionProtoSchema, local.origin, {
    domain: local.domain,
    name: local.name,
    overload: local.overload,
    input: [...local.inputs],
    output: [...local.outputs],
    attributeProto: Object.entries(local.defaults).map(([name, value]) => attributeProto(name, value)),
    opsetImport: opsetImport(local.opsets),
    node: local.nodes.map(nodeProto),
  });
}

/** @param irVersion of the file; bodies of nodes are written as newer files have them */
function graphProto(graph: Graph, irVersion = 4) {
  const read = new Map(graph.origin?.initializer.map((proto) => [proto.name, proto]));
  const weights = [...graph.initializers];
  const sparse = weights.flatMap(([name, value]) => {
    const proto = sparseOrigins.get(value);
    return proto?.values?.name === name ? [proto] : [];
  });
  const dense = weights.filter(([name, value]) => sparseOrigins.get(value)?.values?.name !== name);
  return derive(GraphProtoSchema, graph.origin, {
    // ONNX wants a name, but a file that gave none keeps none.
    name: graph.origin ? graph.name : graph.name || 'graph',
    input: irVersion >= 4 ? graph.inputs.map(valueProto) : allInputs(graph),
    output: graph.outputs.map(valueProto),
    node: graph.nodes.map(nodeProto),
    initializer: dense.map(([name, value]) => tensorProto(name, value, read.get(name))),
    sparseInitializer: sparse,
    // Declared shapes of intermediate values may no longer hold after a transform; runtimes infer them
    // anyway.
    valueInfo: graph.origin && isAsRead(graph) ? graph.origin.valueInfo : [],
  });
}

/** Before IR version 4 every initializer had to be listed as an input too. */
function allInputs(graph: Graph): ValueInfoProto[] {
  const order = new Map(graph.origin?.input.map((value, i) => [value.name, { value, i }]));
  const listed = [...graph.initializers].map(
    ([name, { dtype, dims }]) => order.get(name)?.value ?? valueProto({ name, type: { dtype, dims } }),
  );
  const place = (value: ValueInfoProto) => order.get(value.name)?.i ?? order.size;
  return [...graph.inputs.map(valueProto), ...listed].sort((a, b) => place(a) - place(b));
}

/**
 * True when inputs and nodes are those of the file, so that the shapes which it declares between them still
 * hold.
 */
function isAsRead(graph: Graph): boolean {
  const same = (node: Node) =>
    node.inputs === node.origin?.input &&
    node.outputs === node.origin.output &&
    Object.values(node.attributes).every((a) => a.origin && isUnchanged(a, a.origin)) &&
    Object.keys(node.attributes).length === node.origin.attribute.length;
  const read = new Map([
    ...(graph.origin?.initializer.map((proto) => [proto.name, `${proto.dims}`] as const) ?? []),
    ...(graph.origin?.sparseInitializer.map(
      (proto) => [proto.values?.name ?? '', `${proto.dims}`] as const,
    ) ?? []),
  ]);
  return (
    graph.inputs.every((v) => v.origin && valueProto(v) === v.origin) &&
    [...graph.initializers].every(([name, value]) => read.get(name) === `${value.dims}`) &&
    graph.nodes.every(same)
  );
}

function valueProto(value: Value): ValueInfoProto {
  const { origin } = value;
  const declared = origin && decodeType(origin);
  const same = (a?: ValueType, b?: ValueType) => a?.dtype === b?.dtype && `${a?.dims}` === `${b?.dims}`;
  if (origin?.name === value.name && same(declared, value.type)) return origin;
  return create(ValueInfoProtoSchema, {
    name: value.name,
    ...(value.type && { type: typeInit(value.type) }),
  });
}

const typeInit = (type: ValueType) => ({
  value: {
    case: 'tensorType' as const,
    value: {
      elemType: dtypes[type.dtype].code,
      ...(type.dims && {
        shape: {
          dim: type.dims.map((dim) => ({
            value:
              typeof dim === 'number'
                ? { case: 'dimValue' as const, value: BigInt(dim) }
                : { case: 'dimParam' as const, value: dim },
          })),
        },
      }),
    },
  },
});

function nodeProto(node: Node): NodeProto {
  return derive(NodeProtoSchema, node.origin, {
    opType: node.op,
    domain: node.domain,
    name: node.name,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: Object.entries(node.attributes).map(([name, value]) => attributeProto(name, value)),
  });
}

const utf8 = new TextEncoder();

/** The largest int64 means "to the end"; as a double it has been rounded up beyond int64. */
const int64 = (value: number): bigint => (value >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(value));

function attributeProto(name: string, attribute: Attribute): AttributeProto {
  if (attribute.origin?.name === name && isUnchanged(attribute, attribute.origin)) return attribute.origin;
  const make = (init: MessageInitShape<typeof AttributeProtoSchema>) =>
    create(AttributeProtoSchema, { name, ...init });
  switch (attribute.kind) {
    case 'int':
      return make({ type: Kind.INT, i: int64(attribute.value) });
    case 'float':
      return make({ type: Kind.FLOAT, f: attribute.value });
    case 'string':
      return make({ type: Kind.STRING, s: utf8.encode(attribute.value) });
    case 'ints':
      return make({ type: Kind.INTS, ints: attribute.value.map(int64) });
    case 'floats':
      return make({ type: Kind.FLOATS, floats: [...attribute.value] });
    case 'strings':
      return make({ type: Kind.STRINGS, strings: attribute.value.map((s) => utf8.encode(s)) });
    case 'tensor':
      return make({ type: Kind.TENSOR, t: tensorProto('', attribute.value, undefined) });
    case 'graph':
      return make({ type: Kind.GRAPH, g: graphProto(attribute.value) });
    case 'reference':
      return make({ type: attribute.origin?.type ?? Kind.UNDEFINED, refAttrName: attribute.value });
    case 'opaque':
      return attribute.value;
  }
}

/**
 * True when an attribute still says what its message says; a copy with another value may have kept the
 * message.
 */
function isUnchanged(attribute: Attribute, origin: AttributeProto): boolean {
  switch (attribute.kind) {
    case 'int':
      return origin.type === Kind.INT && Number(origin.i) === attribute.value;
    case 'float':
      return origin.type === Kind.FLOAT && Object.is(origin.f, attribute.value);
    case 'string':
      return origin.type === Kind.STRING && text.decode(origin.s) === attribute.value;
    case 'ints':
      return origin.type === Kind.INTS && `${origin.ints.map(Number)}` === `${attribute.value}`;
    case 'floats':
      return origin.type === Kind.FLOATS && origin.floats === attribute.value;
    case 'strings':
      return (
        origin.type === Kind.STRINGS && origin.strings.every((s, i) => text.decode(s) === attribute.value[i])
      );
    case 'tensor':
    case 'graph':
      return attributeOrigins.get(attribute.value) === origin;
    case 'reference':
      return origin.refAttrName === attribute.value;
    case 'opaque':
      return attribute.value === origin;
  }
}

const text = new TextDecoder();
