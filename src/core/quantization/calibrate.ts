import { ToolkitError } from '../base/errors.js';
import type { Model } from '../onnx/graph.js';
import { inferShapes } from '../onnx/infer.js';
import { prune, topological } from '../onnx/order.js';
import type { Runtime, Session } from '../runtime/runtime.js';
import { expectType, type Tensor } from '../tensor/tensor.js';
import { BINS, type Calibration, type Distribution, type Range } from './ranges.js';

/** How values are looked at. */
export interface CalibrateOptions {
  readonly runtime: Runtime;
  /** Images [n, C, H, W] as the model takes them, batch by batch; read twice for methods with a histogram. */
  batches(): Iterable<Tensor<'float32'>>;
  readonly calibration: Calibration;
  readonly percentile: number;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each batch, with the number of images of it. */
  readonly onBatch?: ((images: number) => void) | undefined;
}

/**
 * Ranges of values inside a model on calibration images.
 *
 * @param model with one input, free batch
 * @param names of float32 values
 * @throws ToolkitError `not-finite` for values that are no finite numbers; `nothing-to-do` without images
 */
export async function calibrate(
  model: Model,
  names: readonly string[],
  options: CalibrateOptions,
): Promise<Map<string, Range>> {
  const { runtime, calibration, percentile, threads } = options;
  if (names.length === 0) return new Map();
  const session = await runtime.createSession(observed(model, names), { threads, source: 'calibration' });
  try {
    const seen = new Map<string, Distribution>();
    await overBatches(session, names, options, (name, data) => {
      const { low, high } = seen.get(name) ?? {
        low: Number.POSITIVE_INFINITY,
        high: Number.NEGATIVE_INFINITY,
      };
      seen.set(name, { ...extremes(data, low, high), histogram: new Float64Array() });
    });
    for (const [name, { low, high }] of seen) {
      if (!Number.isFinite(low) || !Number.isFinite(high)) {
        throw new ToolkitError('not-finite', { source: name, what: 'values', count: 1, total: 1 });
      }
    }
    if (calibration.needsHistogram) {
      for (const [name, distribution] of seen) {
        seen.set(name, { ...distribution, histogram: new Float64Array(BINS) });
      }
      await overBatches(session, names, options, (name, data) => {
        const distribution = seen.get(name);
        if (distribution) count(distribution, data);
      });
    }
    if (seen.size === 0) {
      throw new ToolkitError('nothing-to-do', {
        what: 'There are no images to calibrate on',
        hint: 'Choose data with training images.',
      });
    }
    return new Map(
      [...seen].map(([name, distribution]) => [name, calibration.range(distribution, percentile)]),
    );
  } finally {
    await session.release();
  }
}

/** The model with these values as its outputs. */
function observed(model: Model, names: readonly string[]): Model {
  const { graph } = model;
  const types = inferShapes(graph);
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const outputs = [
    ...new Set([...names.filter((name) => !inputs.has(name)), graph.outputs[0]?.name ?? '']),
  ].map((name) => ({ name, type: types.type(name) ?? { dtype: 'float32' as const } }));
  return { ...model, graph: prune({ ...graph, nodes: topological(graph), outputs }) };
}

async function overBatches(
  session: Session,
  names: readonly string[],
  { batches, signal, onBatch }: CalibrateOptions,
  look: (name: string, data: Float32Array) => void,
): Promise<void> {
  const [input = ''] = session.inputs;
  for (const images of batches()) {
    signal?.throwIfAborted();
    const results = { ...(await session.run({ [input]: images })), [input]: images };
    for (const name of names) {
      const value = results[name];
      if (value) look(name, expectType(value, 'float32', name).data);
    }
    onBatch?.(images.dims[0] ?? 0);
    // The engine runs synchronously: signals and progress are handled in between.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

function extremes(data: Float32Array, low: number, high: number): { low: number; high: number } {
  let [least, most] = [low, high];
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0;
    if (!Number.isFinite(value)) return { low: Number.NaN, high: Number.NaN };
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { low: least, high: most };
}

function count({ low, high, histogram }: Distribution, data: Float32Array): void {
  const scale = high > low ? histogram.length / (high - low) : 0;
  for (let i = 0; i < data.length; i++) {
    const bin = Math.min(histogram.length - 1, Math.floor(((data[i] ?? 0) - low) * scale));
    histogram[bin] = (histogram[bin] ?? 0) + 1;
  }
}
