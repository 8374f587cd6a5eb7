import { isToolkitError, ToolkitError } from '../base/errors.js';
import { MODEL_LIMITS } from '../base/limits.js';
import { bytesOf } from '../tensor/tensor.js';
import { atOne } from './dims.js';
import type { Environment } from './environment.js';
import { bodiesOf, type Dim, type Graph, type Model, type Node, type ValueType } from './graph.js';
import { environmentOf, inferNode } from './infer.js';
import { inputsOf } from './order.js';

/** A constant that is so many times larger than what it is computed from was asked for by a few numbers. */
const GROWTH = 16;
/** Bytes below which no constant is worth counting. */
const SMALL = 2 ** 20;

/**
 * Refuses a model that asks for more memory than any classifier needs, before the engine takes it: a file of
 * a hundred bytes can ask for a terabyte (ConstantOfShape, Expand, Tile, Range, OneHot, Pad, Resize). What
 * depends on numbers that are known at run time alone is not seen here.
 *
 * @param graph its nodes in order
 * @throws ToolkitError `too-large` naming the value
 */
export function assertBounded(graph: Graph): void {
  const batch = graph.inputs[0]?.type?.dims?.[0];
  const images = typeof batch === 'number' && batch > 1 ? batch : 1;
  new Check(images).graph(graph, environmentOf(graph), new Set());
}

/**
 * Refuses functions that call others so often that they would fill the memory once they are written out, as
 * the engine does when it loads a model.
 *
 * @throws ToolkitError `too-large`; `corrupt-model` for functions that call themselves
 */
export function assertExpandable({ functions = [], graph }: Model, source: string): void {
  const known = new Map(functions.map((local) => [`${local.domain}::${local.name}`, local]));
  const sizes = new Map<string, number>();
  const sizeOf = (nodes: readonly Node[], open: ReadonlySet<string>): number =>
    nodes.reduce((sum, node) => {
      const bodies = bodiesOf(node).reduce((inside, body) => inside + sizeOf(body.nodes, open), 0);
      return sum + bodies + calledSize(`${node.domain}::${node.op}`, open);
    }, 0);
  const calledSize = (name: string, open: ReadonlySet<string>): number => {
    const local = known.get(name);
    if (!local) return 1;
    if (open.has(name)) {
      throw new ToolkitError('corrupt-model', {
        source,
        problems: [`function "${local.name}" calls itself`],
      });
    }
    const size = sizes.get(name) ?? sizeOf(local.nodes, new Set([...open, name]));
    sizes.set(name, size);
    return size;
  };
  const size = sizeOf(graph.nodes, new Set());
  const limit = MODEL_LIMITS.nodes;
  if (size <= limit) return;
  throw new ToolkitError('too-large', {
    what: 'the model, its functions written out',
    size,
    limit,
    unit: 'nodes',
  });
}

class Check {
  private grown = 0;

  /** @param images of the batch that the file fixes */
  constructor(private readonly images: number) {}

  /** @param moving values that depend on an input, those of bodies among them */
  graph(graph: Graph, env: Environment, moving: Set<string>): void {
    for (const { name, type } of graph.inputs) {
      moving.add(name);
      this.value(name, type, this.images);
    }
    for (const node of graph.nodes) {
      infer(node, env);
      const depends = inputsOf(node).some((name) => moving.has(name));
      for (const body of bodiesOf(node)) this.graph(body, environmentOf(body, env), moving);
      for (const name of node.outputs) {
        if (depends) moving.add(name);
        const bytes = this.value(name, env.type(name), depends ? this.images : 1);
        if (!depends) this.count(node, env, bytes);
      }
    }
  }

  /** @returns bytes of a value in which free sizes count as 1 */
  private value(name: string, type: ValueType | undefined, images: number): number {
    if (!type?.dims) return 0;
    const bytes = bytesOf(type.dtype, type.dims.map(leastSize));
    if (bytes <= MODEL_LIMITS.valueBytes * images) return bytes;
    const limit = MODEL_LIMITS.valueBytes;
    throw new ToolkitError('too-large', {
      what: `value ${name}`,
      size: bytes / images,
      limit,
      unit: 'bytes',
    });
  }

  private count(node: Node, env: Environment, bytes: number): void {
    if (bytes < SMALL) return;
    const from = inputsOf(node).reduce((sum, name) => sum + this.value(name, env.type(name), 1), 0);
    if (bytes <= GROWTH * from) return;
    this.grown += bytes;
    const limit = MODEL_LIMITS.grownBytes;
    if (this.grown <= limit) return;
    throw new ToolkitError('too-large', {
      what: 'computed constants',
      size: this.grown,
      limit,
      unit: 'bytes',
    });
  }
}

const leastSize = (dim: Dim): number => (typeof dim === 'number' ? dim : Math.max(1, atOne(dim)));

/** Shapes that do not fit are told of by whoever needs them. */
function infer(node: Node, env: Environment): void {
  try {
    inferNode(node, env);
  } catch (error) {
    if (isToolkitError(error, 'too-large') || !(error instanceof ToolkitError)) throw error;
  }
}
