import { int64, type Tensor, tensor } from '../../tensor/tensor.js';
import type { Environment } from '../environment.js';
import type { Graph, Node } from '../graph.js';
import { attributesOf } from '../operators/index.js';
import { normalizeAxis } from '../operators/operator.js';
import { step } from '../operators/rewrites.js';
import { identity } from './copy.js';
import { Iterations, prefixOf } from './iterations.js';
import type { Names } from './value-names.js';

/** Loops that run more often stay loops. */
export const MAX_ITERATIONS = 1024;

/** Nodes that one loop may become, those of the loops in it included. */
export const MAX_NODES = 20_000;

/** Nodes of one iteration, or of the results behind the last one. */
export interface Step {
  readonly nodes: readonly Node[];
  readonly isLast: boolean;
}

/**
 * The next step of a loop, asked for when the nodes of the one before are written; `unknown` when it depends
 * on the input how often the loop runs, or when it runs too often.
 *
 * @param written nodes that the loop has become so far
 */
export type Steps = (written: number) => Step | 'unknown';

/** Writes loops whose number of iterations is known as their iterations, one after the other. */
export class Unrolling {
  constructor(
    private readonly env: Environment,
    private readonly names: Names,
    private readonly store: (name: string, value: Tensor) => void,
  ) {}

  /** @returns undefined for a loop of which nothing is known */
  begin(node: Node): Steps | undefined {
    return node.op === 'Loop' ? this.loop(node) : this.scan(node);
  }

  /** At most as many iterations as the first input says, and none after a condition is false. */
  private loop(node: Node): Steps | undefined {
    const [trips = '', condition = ''] = node.inputs;
    const limit = trips === '' ? Number.POSITIVE_INFINITY : this.number(trips);
    if (limit === undefined) return undefined;
    const { body } = attributesOf(node, 'Loop');
    const loop = new Iterations(node, body, node.inputs.slice(2), 1, this.names, this.store);
    const yes = this.constant(node, 'true', tensor('bool', [], Uint8Array.of(1)));
    return bounded(body, (k) => {
      const [running = condition] = loop.head;
      const goes = running === '' ? 1 : this.number(running);
      if (goes === undefined) return 'unknown';
      if (goes === 0 || k >= limit) return this.end(node, loop);
      const index = this.constant(node, `${k}/index`, int64([], [k]));
      return { nodes: loop.write(k, [index, yes], []), isLast: false };
    });
  }

  /** One iteration for each position of the sequences. */
  private scan(node: Node): Steps | undefined {
    const {
      num_scan_inputs: count,
      scan_input_axes,
      scan_input_directions,
      body,
    } = attributesOf(node, 'Scan');
    const sequences = node.inputs.slice(-count).map((value, i) => {
      const isReversed = scan_input_directions?.[i] === 1;
      return this.positions(node, value, scan_input_axes?.[i] ?? 0, isReversed);
    });
    const length = sequences[0]?.values.length;
    if (length === undefined || !sequences.every((each) => each?.values.length === length)) return undefined;
    const loop = new Iterations(node, body, node.inputs.slice(0, -count), 0, this.names, this.store);
    return bounded(body, (k) => {
      if (k >= length) return this.end(node, loop);
      const elements = sequences.map((each) => each?.values[k] ?? '');
      const taken = k === 0 ? sequences.flatMap((each) => each?.nodes ?? []) : [];
      return { nodes: [...taken, ...loop.write(k, [], elements)], isLast: false };
    });
  }

  /** What the loop puts out: the last state, and the results of all iterations side by side. */
  private end(node: Node, { state, collected }: Iterations): Step | 'unknown' {
    const { scan_output_axes: axes, scan_output_directions: directions } =
      node.op === 'Scan' ? attributesOf(node, 'Scan') : {};
    const nodes: Node[] = [];
    for (const [i, output] of node.outputs.entries()) {
      if (output === '') continue;
      const last = state[i];
      const values = collected[i - state.length] ?? [];
      if (last !== undefined) nodes.push(identity(last, output));
      else if (values.length === 0) return 'unknown';
      else {
        const at = i - state.length;
        const ordered = directions?.[at] === 1 ? [...values].reverse() : values;
        nodes.push(...this.stacked(node, ordered, axes?.[at] ?? 0, output));
      }
    }
    return { nodes, isLast: true };
  }

  private stacked(node: Node, values: readonly string[], axis: number, output: string): readonly Node[] {
    const axes = this.constant(node, `${output}/axis`, int64([1], [axis]));
    const wide = values.map((_, k) => this.names.fresh(`${output}/${k}`));
    return [
      ...values.map((value, k) => step('Unsqueeze', [value, axes], wide[k] ?? '')),
      step('Concat', wide, output, { axis }),
    ];
  }

  /** The elements of a sequence, in the order in which they are taken. */
  private positions(node: Node, value: string, given: number, isReversed: boolean) {
    const dims = this.env.type(value)?.dims;
    const axis = normalizeAxis(given, dims?.length ?? 0);
    const length = dims?.[axis];
    if (typeof length !== 'number' || length < 1 || length > MAX_ITERATIONS) return undefined;
    const axes = this.constant(node, `${value}/axis`, int64([1], [axis]));
    const cut = length === 1 ? [value] : Array.from({ length }, (_, k) => this.names.fresh(`${value}/${k}`));
    const values = cut.map((_, k) => this.names.fresh(`${value}/${k}/element`));
    const split: Node = { ...step('Split', [value], '', { axis, num_outputs: length }), outputs: cut };
    const nodes = [
      ...(length === 1 ? [] : [{ ...split, name: cut[0] ?? '' }]),
      ...cut.map((part, k) => step('Squeeze', [part, axes], values[k] ?? '')),
    ];
    return { nodes, values: isReversed ? values.reverse() : values };
  }

  private constant(node: Node, name: string, value: Tensor): string {
    const own = this.names.fresh(`${prefixOf(node)}${name}`);
    this.store(own, value);
    return own;
  }

  private number(name: string): number | undefined {
    const [value] = this.env.content(name)?.values ?? [];
    return typeof value === 'number' ? value : undefined;
  }
}

function bounded(body: Graph, write: (k: number) => Step | 'unknown'): Steps {
  let k = 0;
  return (written) =>
    k > MAX_ITERATIONS || written + body.nodes.length > MAX_NODES ? 'unknown' : write(k++);
}
