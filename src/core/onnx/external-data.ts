import { clearField } from '@bufbuild/protobuf';
import { ToolkitError } from '../base/errors.js';
import { bytesOf, dtypeOfCode } from '../tensor/tensor.js';
import {
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type SparseTensorProto,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from './generated/onnx_pb.js';

/** A file that holds weights of a model. */
export interface ExternalFile {
  /** In bytes. */
  readonly size: number;
  /** Bytes of the file, as many as asked for; both numbers lie within `size`. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Called once, when nothing more is read. */
  close?(): Promise<void>;
}

/** A file that cannot be given, and why: "no such file beside the model". */
export interface ExternalRefusal {
  readonly reason: string;
}

/**
 * Files of weights beside a model, by the names that the model has for them: their bytes, or a function that
 * opens one. Names are relative, with slashes, and never lead out of the folder of the model.
 */
export type ExternalData =
  | ReadonlyMap<string, Uint8Array>
  | ((location: string) => Promise<ExternalFile | ExternalRefusal>);

/** A protobuf file cannot be larger, and neither can what the engine is given. */
const MAX_BYTES = 2 ** 31 - 1;

/** A tensor whose numbers are in another file, and where. */
interface Placed {
  readonly tensor: TensorProto;
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Puts the weights that a model has in other files into the model itself, so that it is one file from then
 * on: what is decoded, run and hashed are the same bytes. Those of sparse weights, bodies, attributes and
 * functions too.
 *
 * All places are checked before anything is read: an offset or a size that the file does not have costs no
 * memory.
 *
 * @param proto is changed
 * @param bytes of the model's own file
 * @returns the names of the files that were read
 * @throws ToolkitError `external-data` with everything that is wrong; `file-too-large` for more than 2 GiB
 */
export async function embedExternalData(
  proto: ModelProto,
  { source, bytes, files }: { source: string; bytes: number; files?: ExternalData | undefined },
): Promise<readonly string[]> {
  if (!files) assertSelfContained(proto, source);
  const tensors = externalTensors(proto);
  if (!files || tensors.length === 0) return [];
  const problems: string[] = [];
  const placed = tensors.flatMap((tensor) => placeOf(tensor, problems) ?? []);
  const opened = new Map<string, ExternalFile>();
  try {
    for (const [location, members] of groups(placed)) {
      const file = await open(files, location);
      if ('reason' in file) problems.push(`${quoted(location)} (${named(members)}): ${file.reason}`);
      else opened.set(location, file);
    }
    for (const { tensor, location, offset, length } of placed) {
      const size = opened.get(location)?.size;
      if (size !== undefined && offset + length > size) {
        const place = `bytes ${offset} to ${offset + length} of ${quoted(location)}`;
        problems.push(`tensor ${quoted(tensor.name)}: ${place}, which has ${size}`);
      }
    }
    if (problems.length > 0) throw new ToolkitError('external-data', { source, problems });
    const total = placed.reduce((sum, { length }) => sum + length, bytes);
    if (total > MAX_BYTES) {
      const path = `${source} with its external data`;
      throw new ToolkitError('file-too-large', { path, bytes: total, limit: MAX_BYTES });
    }
    for (const { tensor, location, offset, length } of placed) {
      const data = await opened.get(location)?.read(offset, length);
      if (data?.length !== length) {
        const changed = `${quoted(location)} became shorter while it was read`;
        throw new ToolkitError('external-data', { source, problems: [changed] });
      }
      tensor.rawData = data;
      clearField(tensor, TensorProtoSchema.field.dataLocation);
      tensor.externalData = [];
    }
    return [...opened.keys()];
  } finally {
    for (const file of opened.values()) await file.close?.();
  }
}

/** @throws ToolkitError `external-data` naming the files that hold the rest of the model */
export function assertSelfContained(proto: ModelProto, source: string): void {
  const tensors = externalTensors(proto);
  if (tensors.length > 0) throw new ToolkitError('external-data', { source, problems: locationsOf(tensors) });
}

/** Tensors whose numbers are in other files, wherever they are in the model. */
function externalTensors(proto: ModelProto): readonly TensorProto[] {
  const graphs = [
    proto.graph,
    ...proto.trainingInfo.flatMap(({ initialization, algorithm }) => [initialization, algorithm]),
  ];
  const inFunctions = proto.functions.flatMap(({ node, attributeProto }) => [
    ...attributeProto.flatMap(inAttribute),
    ...node.flatMap(inNode),
  ]);
  return [...graphs.flatMap(inGraph), ...inFunctions].filter(
    ({ dataLocation }) => dataLocation === TensorProto_DataLocation.EXTERNAL,
  );
}

const inGraph = (graph: GraphProto | undefined): readonly TensorProto[] =>
  graph
    ? [...graph.initializer, ...graph.sparseInitializer.flatMap(inSparse), ...graph.node.flatMap(inNode)]
    : [];

const inNode = ({ attribute }: NodeProto): readonly TensorProto[] => attribute.flatMap(inAttribute);

const inAttribute = (attribute: AttributeProto): readonly TensorProto[] => [
  ...(attribute.t ? [attribute.t] : []),
  ...attribute.tensors,
  ...[attribute.sparseTensor, ...attribute.sparseTensors].flatMap(inSparse),
  ...[attribute.g, ...attribute.graphs].flatMap(inGraph),
];

const inSparse = (sparse: SparseTensorProto | undefined): readonly TensorProto[] =>
  [sparse?.values, sparse?.indices].flatMap((tensor) => tensor ?? []);

/** Where the numbers of a tensor are; what is wrong with that is added to `problems`. */
function placeOf(tensor: TensorProto, problems: string[]): Placed | undefined {
  const label = `tensor ${quoted(tensor.name)}`;
  const said = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const location = said.get('location') ?? '';
  const refused = locationProblem(location);
  if (refused) problems.push(`${label}: its file ${quoted(location)} ${refused}`);
  const expected = bytesNeeded(tensor);
  if (expected === undefined) problems.push(`${label}: its type and shape say no size`);
  const number = (name: string, standard: number) => {
    const text = said.get(name);
    if (text === undefined) return standard;
    const value = /^\d{1,16}$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value)) return value;
    problems.push(`${label}: its ${name} is ${quoted(text)}, not a number of bytes`);
    return undefined;
  };
  const offset = number('offset', 0);
  const length = number('length', expected ?? 0);
  if (refused || expected === undefined || offset === undefined || length === undefined) return undefined;
  if (length !== expected) {
    problems.push(`${label}: ${length} bytes are given, its shape [${tensor.dims}] needs ${expected}`);
    return undefined;
  }
  return { tensor, location, offset, length };
}

function bytesNeeded({ dataType, dims }: TensorProto): number | undefined {
  const dtype = dtypeOfCode(dataType);
  const sizes = dims.map(Number);
  if (!dtype || dtype === 'string' || sizes.some((size) => size < 0)) return undefined;
  const bytes = bytesOf(dtype, sizes);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Why a location may not be followed; the file's author is not trusted. */
function locationProblem(location: string): string | undefined {
  if (location === '') return 'has no name';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\x00-\x1f\x7f\\]/.test(location)) return 'has a character that file names of models cannot have';
  if (location.startsWith('/') || /^[A-Za-z]:/.test(location)) return 'is an absolute path';
  return location.split('/').includes('..') ? 'leads out of the folder of the model' : undefined;
}

async function open(files: ExternalData, location: string): Promise<ExternalFile | ExternalRefusal> {
  if (typeof files === 'function') return files(location);
  const plain = (name: string) => name.replace(/^(\.\/)+/, '');
  const bytes = files.get(location) ?? files.get(plain(location));
  if (!bytes) return { reason: 'no such file was given' };
  return { size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) };
}

function groups(placed: readonly Placed[]): ReadonlyMap<string, readonly TensorProto[]> {
  const found = new Map<string, TensorProto[]>();
  for (const { tensor, location } of placed) {
    const members = found.get(location);
    if (members) members.push(tensor);
    else found.set(location, [tensor]);
  }
  return found;
}

/** For a caller that gives no files. */
function locationsOf(tensors: readonly TensorProto[]): string[] {
  const places = tensors.map(
    ({ externalData }) => externalData.find(({ key }) => key === 'location')?.value ?? '',
  );
  return [...new Set(places)].map((location) => {
    const members = tensors.filter((_, i) => places[i] === location);
    return `${quoted(location)} (${named(members)}) was not given`;
  });
}

const named = (tensors: readonly TensorProto[]): string => {
  const [first] = tensors;
  return `${quoted(first?.name ?? '')}${tensors.length > 1 ? ` and ${tensors.length - 1} more` : ''}`;
};

const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
