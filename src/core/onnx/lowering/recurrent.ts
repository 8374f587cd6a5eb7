import type { GraphBuilder } from '../builder.js';
import type { NodeContext } from '../node-context.js';
import type { LoweringFamily } from './lowering.js';

/** More steps than this make a graph that no engine should be asked to run. */
const MAX_STEPS = 1024;

type Recurrent = NodeContext<'LSTM' | 'GRU' | 'RNN'>;

/** The hidden state and, of an LSTM, the cell state; each [1, batch, hidden]. */
type State = readonly string[];

/** Weights of one direction: [hidden, gates * hidden], and biases [gates * hidden] where there are any. */
interface Weights {
  readonly recurrent: string;
  readonly inputBias: string | undefined;
  readonly recurrentBias: string | undefined;
}

interface Cell {
  readonly gates: number;
  readonly defaults: readonly string[];
  /** @param x what the input brings to each gate, [1, batch, gates * hidden], without biases */
  next(g: GraphBuilder, x: string, state: State, weights: Weights, f: readonly Activation[]): State;
}

type Activation = (value: string) => string;

/** Activations that take no numbers. */
const ACTIVATIONS: readonly string[] = ['Sigmoid', 'Tanh', 'Relu', 'Softsign', 'Softplus'];

const plus = (g: GraphBuilder, a: string, b: string | undefined) => (b === undefined ? a : g.add(a, b));

const split = (g: GraphBuilder, value: string, parts: number, axis: number): readonly string[] =>
  parts === 1 ? [value] : g.ops('Split', [value], { axis, num_outputs: parts }, { outputs: parts });

const apply = (f: Activation | undefined, value: string) => f?.(value) ?? value;

/** Input, hidden state and all biases summed for every gate. */
const preactivation = (g: GraphBuilder, x: string, h: string, w: Weights) =>
  plus(g, plus(g, g.add(x, g.matmul(h, w.recurrent)), w.inputBias), w.recurrentBias);

const lstm: Cell = {
  gates: 4,
  defaults: ['Sigmoid', 'Tanh', 'Tanh'],
  next: (g, x, [h = '', c = ''], weights, [f, candidate, output]) => {
    const [i = '', o = '', forget = '', new_ = ''] = split(g, preactivation(g, x, h, weights), 4, 2);
    const kept = g.mul(apply(f, forget), c);
    const cell = g.add(kept, g.mul(apply(f, i), apply(candidate, new_)));
    return [g.mul(apply(f, o), apply(output, cell)), cell];
  },
};

/** @param isLate whether the reset gate acts on the product with the hidden state, not on the state */
const gru = (isLate: boolean): Cell => ({
  gates: 3,
  defaults: ['Sigmoid', 'Tanh'],
  next: (g, x, [h = ''], { recurrent, inputBias, recurrentBias }, [f, candidate]) => {
    const ofX = split(g, plus(g, x, inputBias), 3, 2);
    const matrices = split(g, recurrent, 3, 1);
    const biases = recurrentBias === undefined ? [] : split(g, recurrentBias, 3, 0);
    const gate = (i: number, from: string) => plus(g, g.matmul(from, matrices[i] ?? ''), biases[i]);
    const [update = '', reset = ''] = [0, 1].map((i) => apply(f, g.add(ofX[i] ?? '', gate(i, h))));
    const memory = isLate ? g.mul(reset, gate(2, h)) : gate(2, g.mul(reset, h));
    const fresh = apply(candidate, g.add(ofX[2] ?? '', memory));
    return [g.add(fresh, g.mul(update, g.sub(h, fresh)))];
  },
});

const rnn: Cell = {
  gates: 1,
  defaults: ['Tanh'],
  next: (g, x, [h = ''], weights, [f]) => [apply(f, preactivation(g, x, h, weights))],
};

/** One function for each gate of one direction; undefined for functions that take numbers. */
function activationsOf(c: Recurrent, cell: Cell, direction: number): readonly Activation[] | undefined {
  const { activations } = c.attributes;
  const count = cell.defaults.length;
  const names = activations?.slice(direction * count, (direction + 1) * count) ?? cell.defaults;
  if (names.length < count || !names.every((name) => ACTIVATIONS.includes(name))) return undefined;
  return names.map((name) => (value: string) => c.g.op(name, [value]));
}

/** The last axis but one and the last exchanged, of the matrix of one direction. */
const matrixOf = (g: GraphBuilder, weights: string, direction: number) =>
  g.transpose(g.gather(weights, g.scalar(direction, 'int64')), [1, 0]);

/** Steps written out one after the other, in each direction. */
function unrolled(c: Recurrent, cell: Cell): readonly (string | undefined)[] | undefined {
  const { g } = c;
  const { clip, direction, layout } = c.attributes;
  const isBatchFirst = layout === 1;
  const steps = c.dims(0)[isBatchFirst ? 1 : 0];
  const lengths = c.has(4) ? g.content(c.x(4)) : [];
  if (typeof steps !== 'number' || steps > MAX_STEPS || steps < 1) return undefined;
  if (clip !== undefined || c.has(7) || !lengths?.every((length) => length === steps)) return undefined;
  const swap = (value: string) => (isBatchFirst ? g.transpose(value, [1, 0, 2]) : value);
  const x = swap(c.x(0));
  const hidden = Number(c.dims(2)[2]);
  const starts = [5, 6].slice(0, cell === lstm ? 2 : 1);
  const directions = direction === 'bidirectional' ? 2 : 1;
  const sequences: string[] = [];
  const ends: State[] = [];
  for (let d = 0; d < directions; d++) {
    const functions = activationsOf(c, cell, d);
    if (!functions) return undefined;
    const bias = c.has(3) ? split(g, g.gather(c.x(3), g.scalar(d, 'int64')), 2, 0) : [];
    const weights = { recurrent: matrixOf(g, c.x(2), d), inputBias: bias[0], recurrentBias: bias[1] };
    const inputs = split(g, g.matmul(x, matrixOf(g, c.x(1), d)), steps, 0);
    let state: State = starts.map((i) =>
      c.has(i) ? g.slice(swap(c.x(i)), [0], [d], [d + 1]) : zeroState(g, inputs[0] ?? '', hidden),
    );
    const isReverse = direction === 'reverse' || d === 1;
    const results: string[] = [];
    for (const input of isReverse ? [...inputs].reverse() : inputs) {
      state = cell.next(g, input, state, weights, functions);
      results.push(state[0] ?? '');
    }
    if (isReverse) results.reverse();
    sequences.push(g.unsqueeze(g.concat(results, 0), [1]));
    ends.push(state);
  }
  const all = g.concat(sequences, 1);
  const last = starts.map((_, i) =>
    swap(
      g.concat(
        ends.map((state) => state[i] ?? ''),
        0,
      ),
    ),
  );
  return [isBatchFirst ? g.transpose(all, [2, 0, 1, 3]) : all, ...last];
}

/** Zeros [1, batch, hidden] beside a step of the sequence. */
function zeroState(g: GraphBuilder, step: string, hidden: number): string {
  const shape = g.concat([g.op('Shape', [step], { end: 2 }), g.ints([hidden])], 0);
  return g.cast(g.op('ConstantOfShape', [shape]), g.dtype(step));
}

export const recurrence = {
  LSTM: (c) => (c.attributes.input_forget === 0 ? unrolled(c, lstm) : undefined),
  GRU: (c) => unrolled(c, gru(c.attributes.linear_before_reset !== 0)),
  RNN: (c) => unrolled(c, rnn),
} as const satisfies LoweringFamily;
