import { ToolkitError } from '../base/errors.js';
import { choice, number, openChoice, type ParametersOf } from '../base/parameters.js';
import { argMax } from '../tensor/floats.js';
import type { Tensor } from '../tensor/tensor.js';
import { type AttackContext, defineAttack } from './attack.js';
import type { Bounds } from './harness/bounds.js';
import type { Goal } from './harness/goal.js';
import { clearlyAbove } from './harness/near-tie.js';
import { everyRow, pickRows } from './harness/rows.js';
import {
  applyChanges,
  type Changes,
  type Maps,
  type Shot,
  singleShot,
  trajectory,
} from './search/jsma-search.js';
import type { SaliencyStep } from './search/saliency.js';

type Floats = Tensor<'float32'>;

/**
 * No target: the input is already of the class that was asked for. It stays as it is,
 * which is not being stuck.
 */
const NONE = -1;

const parameters = {
  mode: choice({
    help:
      'single-shot: one saliency map, its most salient elements (Algorithm 1); iterative: a new map after ' +
      'each change, stopping at success',
    default: 'single-shot',
    choices: ['single-shot', 'iterative'],
    source: 'Liu et al., Algorithm 1; Papernot et al. 2016, Algorithm 2',
  }),
  search: choice({
    help: 'elements of each iterative change: the most salient one, or the best pair (mode iterative only)',
    default: 'element',
    choices: ['element', 'pair'],
    source: 'Liu et al., Eq. 7; Papernot et al. 2016, Algorithm 3',
  }),
  target: openChoice({
    help:
      'class to reach: the runner-up of each input, a random other one, all others in turn, or one class, ' +
      'which leaves inputs that are of it already as they are; a criterion that names a class goes before',
    default: 'runner-up',
    choices: ['runner-up', 'random', 'all'],
    also: { pattern: /^\d{1,6}$/, help: 'the number of a class' },
    source: 'Papernot et al. 2016, section IV',
  }),
  outputs: choice({
    help:
      'what is differentiated: the softmax probabilities, whose derivatives vanish with confidence, or the ' +
      'logits',
    default: 'logits',
    choices: ['logits', 'probabilities'],
    source: 'Papernot et al. 2016 (probabilities); Carlini and Wagner 2017, section IV (logits)',
  }),
  theta: number({
    help:
      'change of each chosen element, once; then clipped to the bounds, so that 1 turns a raised element ' +
      'white',
    unit: 'input units',
    default: 1,
    minimum: 1e-6,
    maximum: 1,
    source: 'Papernot et al. 2016, section IV',
  }),
  direction: choice({
    help: 'whether elements are raised, lowered, or each moved as its own derivatives ask',
    default: 'increase',
    choices: ['increase', 'decrease', 'both'],
    source: 'Papernot et al. 2016, Eq. 8 and 9',
  }),
  gamma: number({
    help: 'largest share of the elements that is changed, whatever the budget',
    unit: 'fraction',
    default: 1,
    minimum: 0,
    maximum: 1,
    source: 'Papernot et al. 2016, Upsilon',
  }),
} as const;

type Context = AttackContext<ParametersOf<typeof parameters>>;

/**
 * Jacobian-based Saliency Map Attack (Papernot et al. 2016; Liu et al., Eq. 7): moves few input elements far,
 * those whose change raises a target class most while it lowers the sum of all others. On a reshaped model
 * the derivatives are those of the reshaped function: the paper's HJSMA is this attack on a hashed model.
 *
 * The map needs two vector-Jacobian products, of the target class and of the sum of the others, and never the
 * Jacobian; on probabilities, which sum to one, the second is minus the first. Budgets are nested: the
 * elements changed for a budget are the first ones of those for a larger budget, so one search answers all.
 *
 * The iterative search of a transfer attack does not stop when its source is fooled: the
 * attacked model may not be.
 */
export const jsma = defineAttack({
  name: 'jsma',
  title: 'Jacobian-based Saliency Map Attack (HJSMA on reshaped models)',
  source:
    'Papernot et al. 2016, "The Limitations of Deep Learning in Adversarial Settings"; Liu et al., Eq. 7',
  norm: 'L0',
  followsObjective: false,
  budget: {
    name: 'elements',
    help: 'number of input elements that may change; a colour pixel has three',
    default: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
    minimum: 0,
    maximum: 1_000_000,
    unit: 'elements',
    integer: true,
  },
  parameters,

  check({ mode, search }) {
    if (mode === 'iterative' || search !== 'pair') return;
    const expected = `element in mode ${mode}, pair only in mode iterative`;
    throw new ToolkitError('bad-value', { what: 'jsma search', expected, received: JSON.stringify(search) });
  },

  async prepare(context) {
    const { images, parameters: given, target, labels, signal, transfer, goal } = context;
    const logits = await target.logits(images, everyRow(images));
    const clean = labels ?? argMax(logits);
    const width = images.data.length / images.dims[0]!;
    const shared = {
      images,
      // 0.29 * 100 is just below 29.
      cap: Math.floor(given.gamma * width + 1e-9),
      step: stepOf(given, target.bounds),
      pairs: given.search === 'pair',
      stopAtSuccess: !transfer,
      done: (versions: Floats, rows: readonly number[], z: Floats) =>
        goal.confirmed(
          versions,
          rows,
          rows.map((row, at) => isDone(goal, z, at, row, clean[row]!)),
        ),
      maps: mapsOf(context),
      ...(signal && { signal }),
    };
    const shots = targetsOf(context, clean, logits.data).map(
      (targets): Shot =>
        given.mode === 'iterative' ? trajectory({ ...shared, targets }) : singleShot({ ...shared, targets }),
    );
    return {
      attempts: shots.length,
      async candidates(budget, rows, attempt) {
        const changes: Changes = await shots[attempt]!.upTo(Math.min(budget, shared.cap), rows);
        return applyChanges(pickRows(images, rows), rows, changes, shared.step);
      },
      stuck: (row) => shots.every((shot) => shot.stuck(row)),
    };
  },
});

/** Whether a version of an input is a success, by more than rounding: near a tie the search goes on. */
function isDone(goal: Goal, logits: Floats, at: number, row: number, label: number): boolean {
  const z = (k: number) => logits.data[at * logits.dims[1]! + k]!;
  const [rival] = goal.rivals(logits, at, row, label, 1);
  return clearlyAbove(z(rival!), z(goal.opponent(logits, at, row, label)));
}

const stepOf = ({ theta, direction }: Context['parameters'], bounds: Bounds): SaliencyStep => ({
  theta,
  bounds,
  direction,
});

/**
 * Target classes of all inputs, once for each attempt.
 * @throws ToolkitError `bad-value` for a class that the model does not have
 */
function targetsOf(context: Context, clean: Int32Array, logits: Float32Array): Int32Array[] {
  const { target: asked } = context.parameters;
  const { classes } = context.target;
  const { towards } = context.goal;
  if (towards) return [clean.map((own, n) => (towards[n] !== own ? towards[n]! : NONE))];
  const other = (n: number, k: number) => (k < clean[n]! ? k : k + 1);
  if (asked === 'all') {
    return Array.from({ length: classes - 1 }, (_, k) => clean.map((_, n) => other(n, k)));
  }
  if (asked === 'random') return [clean.map((_, n) => other(n, context.random(n).integer(classes - 1)))];
  if (asked === 'runner-up') return [clean.map((own, n) => runnerUp(logits, n, classes, own))];
  const wanted = Number(asked);
  if (!(wanted < classes)) {
    const expected = `a class from 0 to ${classes - 1}`;
    throw new ToolkitError('bad-value', { what: 'jsma target', expected, received: JSON.stringify(asked) });
  }
  return [clean.map((own) => (wanted !== own ? wanted : NONE))];
}

function runnerUp(logits: Float32Array, n: number, classes: number, own: number): number {
  let best = own === 0 ? 1 : 0;
  for (let k = 0; k < classes; k++) {
    if (k !== own && logits[n * classes + k]! > logits[n * classes + best]!) best = k;
  }
  return best;
}

/** The derivatives of Eq. 7 at some inputs. */
function mapsOf({ target, parameters: { outputs } }: Context): Maps {
  return async (images, rows, targets) => {
    const { classes } = target;
    const dims = [targets.length, classes];
    const chosen = new Float32Array(targets.length * classes);
    targets.forEach((t, n) => {
      if (t !== NONE) chosen[n * classes + t] = 1;
    });
    const wanted = { dtype: 'float32' as const, dims, data: chosen };
    if (outputs === 'probabilities') {
      const { logits, gradients } = await target.vjp(images, rows, [wanted], outputs);
      const alpha = gradients[0]!.data;
      return { logits, alpha, beta: alpha.map((slope) => -slope) };
    }
    const others = { ...wanted, data: chosen.map((share) => 1 - share) };
    const { logits, gradients } = await target.vjp(images, rows, [wanted, others], outputs);
    return { logits, alpha: gradients[0]!.data, beta: gradients[1]!.data };
  };
}
