import * as z from 'zod';
import { isToolkitError } from '../base/errors.js';
import { readNpz, writeNpz } from '../tensor/npz.js';
import { expectType, type Tensor, tensor } from '../tensor/tensor.js';
import type { RunningStatistics } from './batch-statistics.js';
import type { OptimizerState } from './optimizers.js';

/** Where checkpoints are kept: a file, or memory in tests. Saving must replace the old one atomically. */
export interface CheckpointStore {
  /** The bytes of the last checkpoint; undefined where there is none. */
  load(): Promise<Uint8Array | undefined>;
  /** Keeps these bytes in place of the last ones. */
  save(bytes: Uint8Array): Promise<void>;
  /** Forgets the checkpoint: the training is done. */
  clear(): Promise<void>;
}

const point = z.object({ images: z.number(), loss: z.number(), accuracy: z.number() });

const headerSchema = z.object({
  /** Hash of everything that determines the training: a checkpoint of another training is not resumed. */
  key: z.string(),
  step: z.int().nonnegative(),
  history: z.array(point),
  /** Sums since the last point of the history. */
  running: z.object({ images: z.number(), loss: z.number(), correct: z.number() }),
  parameters: z.array(z.string()),
  slots: z.array(z.string()),
  /** Running statistics of batch normalization; absent where there are none. */
  statistics: z.array(z.string()).optional(),
  /** Values of the teacher of a distillation; absent before it has learnt. */
  teacher: z.array(z.string()).optional(),
});

export type Header = z.infer<typeof headerSchema>;
export type HistoryPoint = z.infer<typeof point>;

export interface Checkpoint {
  readonly header: Header;
  readonly parameters: ReadonlyMap<string, Tensor<'float32'>>;
  readonly state: OptimizerState;
  /** Those that the header names. */
  readonly statistics?: RunningStatistics;
  readonly teacher?: ReadonlyMap<string, Tensor<'float32'>>;
}

/** An `.npz` with a JSON header: other tools can look into it. */
export function encodeCheckpoint({ header, parameters, state, statistics, teacher }: Checkpoint): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const arrays = new Map<string, Tensor>([['header', tensor('uint8', [json.length], json)]]);
  header.parameters.forEach((name, i) => {
    arrays.set(`parameter_${i}`, parameters.get(name)!);
    header.slots.forEach((slot) => {
      const data = state.get(`${name}/${slot}`)!;
      arrays.set(`${slot}_${i}`, tensor('float32', [data.length], data));
    });
  });
  header.statistics?.forEach((name, i) => {
    arrays.set(`statistic_${i}`, statistics!.get(name)!);
  });
  header.teacher?.forEach((name, i) => {
    arrays.set(`teacher_${i}`, teacher!.get(name)!);
  });
  return writeNpz(arrays, { level: 0 });
}

/** The checkpoint, or undefined when it is damaged or belongs to another training. */
export function decodeCheckpoint(bytes: Uint8Array, key: string): Checkpoint | undefined {
  try {
    const arrays = readNpz(bytes, { source: 'checkpoint' });
    const json = arrays.get('header')?.data as Uint8Array;
    const header = headerSchema.parse(JSON.parse(new TextDecoder().decode(json)));
    if (header.key !== key) return undefined;
    const parameters = new Map<string, Tensor<'float32'>>();
    const state: OptimizerState = new Map();
    const array = (name: string) => expectType(arrays.get(name)!, 'float32', name);
    header.parameters.forEach((name, i) => {
      const value = array(`parameter_${i}`);
      parameters.set(name, value);
      for (const slot of header.slots) {
        const { data } = array(`${slot}_${i}`);
        if (data.length !== value.data.length)
          throw new TypeError(`${slot}_${i} is not of the parameter's size`);
        state.set(`${name}/${slot}`, data);
      }
    });
    const named = (names: readonly string[], prefix: string) =>
      new Map(names.map((name, i) => [name, array(`${prefix}_${i}`)]));
    return {
      header,
      parameters,
      state,
      ...(header.statistics && { statistics: named(header.statistics, 'statistic') }),
      ...(header.teacher && { teacher: named(header.teacher, 'teacher') }),
    };
  } catch (error) {
    // A damaged checkpoint is ignored: training starts again rather than fails.
    if (isToolkitError(error, 'corrupt-data') || isToolkitError(error, 'unsupported-type')) return undefined;
    if (error instanceof z.ZodError || error instanceof SyntaxError) return undefined;
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
