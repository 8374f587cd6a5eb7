import { clone, fromBinary, toBinary } from '@bufbuild/protobuf';
import { isToolkitError, ToolkitError } from '../../../src/core/base/errors.js';
import { asClassifier } from '../../../src/core/models/classifier-shape.js';
import { gradientGraph } from '../../../src/core/models/gradient-graph.js';
import { differentiable } from '../../../src/core/models/guide-graph.js';
import { loadModelBytes } from '../../../src/core/models/model-file.js';
import { inspectModel } from '../../../src/core/models/model-summary.js';
import { objectives } from '../../../src/core/models/objectives/index.js';
import { encodeModel } from '../../../src/core/onnx/encode.js';
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
} from '../../../src/core/onnx/generated/onnx_pb.js';
import type { Random } from '../../support/toolkit.js';
import { modelFiles } from '../corpus.js';
import { mutateBytes, pick } from '../mutate/bytes.js';
import { mutateMessage } from '../mutate/messages.js';
import { shorterBytes, type Target } from '../target.js';

let files: readonly Uint8Array[] | undefined;
const MAX_CHANGES = 4;

/** A damaged model file: of every five, four are changed in their structure, one in its bytes. */
export function makeModel(random: Random): Uint8Array {
  files ??= modelFiles();
  const file = pick(random, files);
  const changes = 1 + random.integer(MAX_CHANGES);
  if (random.integer(5) === 0) {
    let bytes = file;
    for (let i = 0; i < changes; i++) bytes = mutateBytes(bytes, random);
    return bytes;
  }
  const proto = clone(ModelProtoSchema, fromBinary(ModelProtoSchema, file));
  for (let i = 0; i < changes; i++) mutateMessage(proto, ModelProtoSchema, random);
  try {
    return toBinary(ModelProtoSchema, proto);
  } catch {
    // A change that no message can hold.
    return mutateBytes(file, random);
  }
}

/** What a user error is; one that nobody foresaw is a finding. */
export async function refused<T>(work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ToolkitError && !isToolkitError(error, 'unusable')) return undefined;
    throw error;
  }
}

export const models: Target = {
  help: 'decoding, shapes, gradients and what inspect does, on damaged models',
  make: makeModel,
  async run(bytes) {
    const loaded = await refused(() => loadModelBytes(bytes, 'm.onnx'));
    if (!loaded) return;
    await refused(() => encodeModel(loaded.model));
    await refused(() => inspectModel(loaded.model));
    const graph = await refused(() => asClassifier(loaded.model));
    if (!graph) return;
    await refused(() => {
      const followed = differentiable(graph.model);
      return encodeModel(gradientGraph(followed.model, objectives['cross-entropy']).model);
    });
  },
  *smaller(bytes) {
    let proto: ModelProto;
    try {
      proto = fromBinary(ModelProtoSchema, bytes);
    } catch {
      yield* shorterBytes(bytes);
      return;
    }
    const lists: readonly (keyof GraphProto)[] = ['node', 'initializer', 'input', 'output', 'valueInfo'];
    for (const list of lists) {
      const count = (proto.graph?.[list] as unknown[] | undefined)?.length ?? 0;
      for (let size = Math.ceil(count / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
        for (let at = 0; at < count; at += size) {
          const copy = clone(ModelProtoSchema, proto);
          (copy.graph?.[list] as unknown[] | undefined)?.splice(at, size);
          yield toBinary(ModelProtoSchema, copy);
        }
      }
    }
    for (const list of ['functions', 'metadataProps', 'trainingInfo'] as const) {
      if (proto[list].length === 0) continue;
      yield toBinary(ModelProtoSchema, { ...clone(ModelProtoSchema, proto), [list]: [] });
    }
  },
};
