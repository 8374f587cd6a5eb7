import { dtypeOfCode } from '../../tensor/tensor.js';
import { broadcast, product, quotient } from '../dims.js';
import { type Dim, intOf } from '../graph.js';
import { one, type ShapeContext, type ShapeFunction, type ShapeTable } from './environment.js';

/** Same type and shape as the first input. */
const same: ShapeFunction = (c) => one(c.type(0));

function broadcastAll(c: ShapeContext, from = 0): readonly Dim[] {
  let dims = c.dims(from);
  for (let i = from + 1; i < c.node.inputs.length; i++) {
    const wider = broadcast(dims, c.dims(i));
    if (!wider) c.fail(`[${dims}] and [${c.dims(i)}] cannot be broadcast together`);
    dims = wider;
  }
  return dims;
}

const broadcasting: ShapeFunction = (c) => one({ dtype: c.type(0).dtype, dims: broadcastAll(c) });
const comparison: ShapeFunction = (c) => one({ dtype: 'bool', dims: broadcastAll(c) });

/** Broadcasting arithmetic that also follows the content of shapes, as exporters compute them in the graph. */
const arithmetic =
  (follow: (a: Dim, b: Dim) => Dim | undefined): ShapeFunction =>
  (c) => {
    const type = { dtype: c.type(0).dtype, dims: broadcastAll(c) };
    const [a, b] = [c.content(0), c.content(1)];
    if (!a || !b || (a.length !== b.length && a.length !== 1 && b.length !== 1)) return one(type);
    const at = (v: readonly Dim[], i: number) => (v.length === 1 ? v[0]! : v[i]!);
    const content = Array.from({ length: Math.max(a.length, b.length) }, (_, i) =>
      follow(at(a, i), at(b, i)),
    );
    return content.every((v) => v !== undefined) ? one(type, content) : one(type);
  };

const known =
  (f: (a: number, b: number) => number) =>
  (a: Dim, b: Dim): Dim | undefined => {
    const result = typeof a === 'number' && typeof b === 'number' ? f(a, b) : Number.NaN;
    return Number.isFinite(result) ? result : undefined;
  };
const positive = (d: Dim) => typeof d === 'string' || d > 0;
const times = (a: Dim, b: Dim) =>
  known((x, y) => x * y)(a, b) ?? (positive(a) && positive(b) ? product([a, b]) : undefined);
const over = (a: Dim, b: Dim) =>
  known((x, y) => Math.trunc(x / y))(a, b) ?? (positive(a) && positive(b) ? quotient(a, b) : undefined);

export const elementwise: ShapeTable = {
  ...Object.fromEntries(
    [
      'Abs Ceil Clip Elu Erf Exp Floor Gelu HardSigmoid HardSwish LeakyRelu Log LogSoftmax Neg Reciprocal Relu',
      'Round Selu Sigmoid Sign Softmax Softplus Softsign Sqrt Sin Cos Tanh ThresholdedRelu BitwiseNot Celu Mish CumSum',
    ].flatMap((names) => names.split(' ').map((op) => [op, same])),
  ),
  ...Object.fromEntries(
    'Equal Greater GreaterOrEqual Less LessOrEqual And Or Xor'.split(' ').map((op) => [op, comparison]),
  ),
  ...Object.fromEntries(
    'Pow Max Min Sum Mean PRelu BitShift BitwiseAnd BitwiseOr BitwiseXor Mod'
      .split(' ')
      .map((op) => [op, broadcasting]),
  ),
  Add: arithmetic(known((a, b) => a + b)),
  Sub: arithmetic(known((a, b) => a - b)),
  Mul: arithmetic(times),
  Div: arithmetic(over),
  Not: (c) => one({ dtype: 'bool', dims: c.dims(0) }),
  IsNaN: (c) => one({ dtype: 'bool', dims: c.dims(0) }),
  IsInf: (c) => one({ dtype: 'bool', dims: c.dims(0) }),
  Identity: (c) => one(c.type(0), c.content(0)),
  Dropout: (c) => ({ outputs: [c.type(0), { dtype: 'bool', dims: c.dims(0) }] }),
  Cast: (c) => {
    const dtype = dtypeOfCode(intOf(c.node, 'to', 0)) ?? c.fail('it casts to an unknown type');
    return one({ ...c.type(0), dtype }, c.content(0));
  },
  Where: (c) => {
    const dims =
      broadcast(c.dims(0), broadcastAll(c, 1)) ??
      c.fail('condition and branches cannot be broadcast together');
    return one({ dtype: c.type(1).dtype, dims });
  },
};
