import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type ModelProto,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
} from '../../src/core/onnx/generated/onnx_pb.js';

/** Says of a tensor that its bytes are in another file. */
export function moveOut(tensor: TensorProto, said: Readonly<Record<string, string | number>>): void {
  tensor.rawData = new Uint8Array();
  tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
  tensor.externalData = Object.entries(said).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value: String(value) }),
  );
}

/** A file changed as a message. */
export function edited(bytes: Uint8Array, edit: (proto: ModelProto) => void): Uint8Array<ArrayBuffer> {
  const proto = fromBinary(ModelProtoSchema, bytes);
  edit(proto);
  return toBinary(ModelProtoSchema, proto);
}

/** The model with all its weights in one other file, one behind the other. */
export function split(
  bytes: Uint8Array,
  location: string,
): { readonly model: Uint8Array<ArrayBuffer>; readonly data: Uint8Array<ArrayBuffer> } {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const model = edited(bytes, ({ graph }) => {
    for (const tensor of graph?.initializer ?? []) {
      const { rawData } = tensor;
      parts.push(rawData);
      moveOut(tensor, { location, offset, length: rawData.length });
      offset += rawData.length;
    }
  });
  return { model, data: new Uint8Array(Buffer.concat(parts)) };
}
