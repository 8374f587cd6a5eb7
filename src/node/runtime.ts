import { ToolkitError } from '../core/base/errors.js';
import { onnxRuntime } from '../core/runtime/onnxruntime.js';
import { type Device, devices, type Runtime } from '../core/runtime/runtime.js';

const NAME = 'onnxruntime-node';

/** More than any machine has cores for one session. */
const MAX_THREADS = 1024;

type Environment = Readonly<Record<string, string | undefined>>;

/** How `nodeRuntime` runs models. */
export interface NodeRuntimeOptions {
  /**
   * Threads of every session that does not ask for a number of its own; default: what `FOOLPROOF_THREADS`
   * says, else the engine's own choice (all cores).
   */
  readonly threads?: number;
  /** Default: what `FOOLPROOF_DEVICE` says, else the processor. Worker processes inherit the variable. */
  readonly device?: Device;
}

/** By device and threads. */
const loaded = new Map<string, Promise<Runtime>>();

/**
 * The native ONNX Runtime; loaded once, on first use, so that commands that run no model start fast.
 * @throws ToolkitError `bad-value` for a device that there is none of
 */
export async function nodeRuntime(options: NodeRuntimeOptions = {}): Promise<Runtime> {
  const { threads = threadsOf(), device = deviceOf() } = options;
  const key = `${device} ${threads}`;
  const found =
    loaded.get(key) ??
    engine().then((ort) => onnxRuntime(ort, NAME, { device, ...(threads !== undefined && { threads }) }));
  loaded.set(key, found);
  return found;
}

async function engine() {
  const ort = await import('onnxruntime-node');
  // What it would print about a missing provider is in the error that it throws.
  ort.env.logLevel = 'fatal';
  return ort;
}

/** What `FOOLPROOF_DEVICE` asks for. @throws ToolkitError `bad-value` */
export function deviceOf({ FOOLPROOF_DEVICE: wanted }: Environment = process.env): Device {
  const device = devices.find((known) => known === (wanted || 'cpu'));
  if (device) return device;
  const expected = devices.join(' or ');
  throw new ToolkitError('bad-value', { what: 'FOOLPROOF_DEVICE', expected, received: `"${wanted}"` });
}

/** What `FOOLPROOF_THREADS` asks for, if anything. @throws ToolkitError `bad-value` */
export function threadsOf({ FOOLPROOF_THREADS: wanted }: Environment = process.env): number | undefined {
  if (!wanted) return undefined;
  const threads = Number(wanted);
  if (Number.isInteger(threads) && threads >= 1 && threads <= MAX_THREADS) return threads;
  const expected = `a whole number from 1 to ${MAX_THREADS}`;
  throw new ToolkitError('bad-value', { what: 'FOOLPROOF_THREADS', expected, received: `"${wanted}"` });
}
