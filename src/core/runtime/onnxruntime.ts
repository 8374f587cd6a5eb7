import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-common';
import { ToolkitError } from '../base/errors.js';
import { encodeModel } from '../onnx/encode.js';
import type { DataOf, DType, Tensor } from '../tensor/tensor.js';
import { forCuda } from './devices/cuda.js';
import type { Device, Feeds, Runtime, Session, SessionOptions } from './runtime.js';

/** What onnxruntime-node and onnxruntime-web both export. */
export interface OrtModule {
  readonly InferenceSession: {
    /** Makes a session of an encoded model. */
    create(bytes: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
  readonly env: {
    readonly versions: { readonly common?: string; readonly node?: string; readonly web?: string };
  };
}

export interface RuntimeOptions {
  /** Of every session that does not say otherwise. */
  readonly threads?: number;
  /** Default: the processor. */
  readonly device?: Device;
}

/** A runtime over an ONNX Runtime package. */
export function onnxRuntime(ort: OrtModule, name: string, options: RuntimeOptions = {}): Runtime {
  const { node, web, common } = ort.env.versions;
  const { device = 'cpu', ...defaults } = options;
  return {
    name,
    version: node ?? web ?? common ?? 'unknown',
    device,
    ...(defaults.threads && { threads: defaults.threads }),
    async createSession(model, options = {}) {
      const bytes =
        model instanceof Uint8Array ? model : encodeModel(device === 'cuda' ? forCuda(model) : model);
      const session = await create(ort, bytes, device, {
        ...options,
        threads: options.threads ?? defaults.threads,
      });
      return wrap(ort, session, options.source ?? 'model');
    },
  };
}

async function create(
  ort: OrtModule,
  bytes: Uint8Array,
  device: Device,
  options: SessionOptions,
): Promise<InferenceSession> {
  try {
    return await ort.InferenceSession.create(bytes, {
      logSeverityLevel: 4,
      ...(device !== 'cpu' && { executionProviders: [device, 'cpu'] }),
      ...(options.threads && { intraOpNumThreads: options.threads }),
      ...(options.profile && { enableProfiling: true, profileFilePrefix: options.profile }),
    });
  } catch (cause) {
    if (/append\w*execution\s*provider|no available backend/i.test(String(cause)))
      throw noDevice(device, cause);
    throw new ToolkitError('runtime', { what: options.source ?? 'model', reason: oneLine(cause) }, { cause });
  }
}

/**
 * The engine's package has no CUDA provider: it is installed beside it, CUDA 13 and cuDNN 9 in the system.
 */
const noDevice = (device: Device, cause: unknown): ToolkitError =>
  new ToolkitError(
    'bad-value',
    {
      what: 'FOOLPROOF_DEVICE',
      expected:
        `cpu, or ${device} with ONNX Runtime's ${device.toUpperCase()} provider installed ` +
        '(docs/cli.md, Devices)',
      received: `${device}, which cannot be used (${oneLine(cause)})`,
    },
    { cause },
  );

function wrap(ort: OrtModule, session: InferenceSession, source: string): Session {
  let released = false;
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    async run(feeds: Feeds, fetches) {
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([key, value]) => [key, toOrt(ort, value)]),
      );
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
