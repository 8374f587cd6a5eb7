import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-common';
import { ToolkitError } from '../errors.js';
import { encodeModel } from '../onnx/encode.js';
import type { Model } from '../onnx/graph.js';
import type { DataOf, DType, Tensor } from '../tensor/tensor.js';
import type { Feeds, Runtime, Session, SessionOptions } from './runtime.js';

/** What onnxruntime-node and onnxruntime-web both export. */
export interface OrtModule {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
  readonly env: { readonly versions: { readonly common?: string; readonly node?: string; readonly web?: string } };
}

/**
 * A runtime over an ONNX Runtime package.
 *
 * @param defaults of every session that does not say otherwise
 */
export function onnxRuntime(ort: OrtModule, name: string, defaults: Pick<SessionOptions, 'threads'> = {}): Runtime {
  const { node, web, common } = ort.env.versions;
  return {
    name,
    version: node ?? web ?? common ?? 'unknown',
    async createSession(model, options = {}) {
      const bytes = model instanceof Uint8Array ? model : encodeModel(model as Model);
      const session = await create(ort, bytes, { ...defaults, ...options });
      return wrap(ort, session, options.source ?? 'model');
    },
  };
}

async function create(ort: OrtModule, bytes: Uint8Array, options: SessionOptions): Promise<InferenceSession> {
  try {
    return await ort.InferenceSession.create(bytes, {
      logSeverityLevel: 4,
      ...(options.threads && { intraOpNumThreads: options.threads }),
      ...(options.profile && { enableProfiling: true, profileFilePrefix: options.profile }),
    });
  } catch (cause) {
    throw new ToolkitError('runtime', { what: options.source ?? 'model', reason: oneLine(cause) }, { cause });
  }
}

function wrap(ort: OrtModule, session: InferenceSession, source: string): Session {
  let released = false;
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    async run(feeds: Feeds, fetches) {
      const inputs = Object.fromEntries(Object.entries(feeds).map(([key, value]) => [key, toOrt(ort, value)]));
      try {
        const results = fetches ? await session.run(inputs, [...fetches]) : await session.run(inputs);
        return Object.fromEntries(Object.entries(results).map(([key, value]) => [key, fromOrt(value)]));
      } catch (cause) {
        throw new ToolkitError('runtime', { what: source, reason: oneLine(cause) }, { cause });
      }
    },
    async release() {
      // A second release throws inside ONNX Runtime.
      if (!released) await session.release();
      released = true;
    },
  };
}

const toOrt = (ort: OrtModule, value: Tensor): OrtTensor =>
  new ort.Tensor(value.dtype as 'float32', value.data as Float32Array, value.dims);

const fromOrt = (value: OrtTensor): Tensor => ({
  dtype: value.type as DType,
  dims: value.dims,
  data: value.data as DataOf<DType>,
});

const oneLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, ' ').trim().slice(0, 300);
